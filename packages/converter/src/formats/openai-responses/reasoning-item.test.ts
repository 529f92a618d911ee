import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../json.ts';
import { reasoningItemOf, reasoningPartOf } from './reasoning-item.ts';

const piece = fc.string({ minLength: 1, maxLength: 20 });

test('an item comes back as the provider sent it, however many pieces it had', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (summaries, contents) => {
      const item: JsonObject = {
        type: 'reasoning',
        id: 'rs_1',
        summary: summaries.map((text) => ({ type: 'summary_text', text })),
        ...(contents.length > 0 && {
          content: contents.map((text) => ({ type: 'reasoning_text', text })),
        }),
        encrypted_content: 'gAAA',
      };
      const part = reasoningPartOf(item);
      assert.ok(part);
      assert.deepEqual(reasoningItemOf(part), item);
    }),
  );
});

// litellm#13420
test('nulls are not sent back', () => {
  const item = { type: 'reasoning', id: 'rs_1', summary: [], content: null, status: null };
  const part = reasoningPartOf({ ...item, encrypted_content: 'gAAA' });
  assert.ok(part);
  assert.deepEqual(reasoningItemOf(part), {
    type: 'reasoning',
    id: 'rs_1',
    summary: [],
    encrypted_content: 'gAAA',
  });
  assert.equal(reasoningPartOf(item), undefined);
});

test('text that the client changed goes back whole, as one summary', () => {
  const summary = ['One', 'Two'].map((text) => ({ type: 'summary_text', text }));
  const part = reasoningPartOf({ type: 'reasoning', summary, encrypted_content: 'gAAA' });
  assert.ok(part);
  assert.deepEqual(reasoningItemOf({ ...part, text: 'One' }).summary, [
    { type: 'summary_text', text: 'One' },
  ]);
});
