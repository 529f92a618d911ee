import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf, markdownReport, textReport } from './report.ts';
import type { Result } from './run.ts';

const common = { client: 'gemini', feature: 'text', id: 'text', title: 'it arrives' } as const;
const results: readonly Result[] = [
  { ...common, provider: 'openai', outcome: 'passed', reasons: [] },
  { ...common, provider: 'anthropic', outcome: 'failed', reasons: ['too short'] },
  { ...common, provider: 'gemini', outcome: 'not applicable', reasons: ['not served'] },
];

test('a report has a row a case and a column a provider, and each reason with its places', () => {
  const text = textReport(results);
  assert.match(text, /clients of gemini\n +openai +anthropic +gemini\n {2}text +✓ +✗ +–\n/);
  assert.match(text, /✗ too short\n {4}gemini → anthropic text\n– not served/);
  assert.match(text, /1 passed, 1 failed, 1 not applicable/);
});

test('a report for a document is a table of the same', () => {
  const text = markdownReport(results);
  assert.ok(text.includes('| text | text: it arrives | ✓ | ✗ | – |'));
  assert.ok(text.includes('- ✗ too short: gemini → anthropic text'));
});

test('outcomes are counted', () => {
  assert.deepEqual(countsOf(results), { passed: 1, failed: 1, notApplicable: 1 });
});
