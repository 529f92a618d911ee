/** Dragoman passes every case of the conformance command, and its report says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentDocument, documentOf } from './document.ts';
import { dragomansResults } from './dragoman.ts';

test('all cases pass, and docs/conformance.md is what they say (npm run conformance)', async () => {
  const results = await dragomansResults();
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(failed, []);
  assert.ok(results.length > 500, `${results.length} results`);
  assert.equal(currentDocument(), documentOf(results));
});
