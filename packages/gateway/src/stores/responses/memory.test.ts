/** What a memory of responses tells of itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedBytesOf } from '../../lib/bytes.ts';
import type { NewResponse } from '../../model/responses.ts';
import { defaultSettings } from '../../model/settings.ts';
import { createResponseMemory } from './memory.ts';

function response(id: string, owner: string, text = ''): NewResponse {
  const [output, before, after] = [text, '{', '}'].map(sharedBytesOf);
  assert.ok(output && before && after);
  return { id, owner, previous: undefined, input: [], output, before, after };
}

test('it counts what it holds, and what each of its bounds has cost', async () => {
  const bounds = { bytesEachMax: 2_000, bytesMax: 3_000, perOwnerMax: 2 };
  const memory = createResponseMemory({ ...defaultSettings.responses, ...bounds });
  assert.deepEqual(memory.counts(), {
    entries: 0,
    bytes: 0,
    dropped: { bytes: 0, bytes_each: 0, per_key: 0 },
  });
  for (const id of ['a', 'b', 'c']) await memory.keep(response(id, 'one'));
  assert.deepEqual(memory.counts().dropped, { bytes: 0, bytes_each: 0, per_key: 1 });
  assert.equal(memory.counts().entries, 2);
  const { bytes } = memory.counts();
  await memory.remove('one', 'b');
  assert.equal(memory.counts().entries, 1);
  assert.equal(memory.counts().bytes, bytes / 2);
  await memory.keep(response('d', 'two', 'x'.repeat(2_000)));
  await memory.keep(response('e', 'two', 'x'.repeat(1_400)));
  await memory.keep(response('f', 'two', 'x'.repeat(1_400)));
  const { dropped, ...held } = memory.counts();
  assert.deepEqual(dropped, { bytes: 2, bytes_each: 1, per_key: 1 });
  assert.equal(held.entries, 1);
  assert.ok(held.bytes > 1_400 && held.bytes < 3_000);
  await memory.close();
});
