/** What was asked, in pages, as typed clients expect it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from 'ai-api-converter';
import { GatewayError } from '../../model/errors.ts';
import { listInputItems } from './input-items.ts';

const items = [
  { role: 'user', content: 'hi' },
  { id: 'msg_1', type: 'message', role: 'assistant', content: 'hello' },
  { type: 'function_call_output', call_id: 'a', output: 'snow' },
];

function list(query: string): JsonObject {
  return listInputItems(items, new URLSearchParams(query));
}

function idsOf({ data }: JsonObject): readonly unknown[] {
  return Array.isArray(data) ? data.map((item) => item.id) : [];
}

test('the newest comes first, and every item has what typed clients read', () => {
  const { data, ...page } = list('');
  assert.deepEqual(data, [
    { type: 'function_call_output', call_id: 'a', output: 'snow', id: 'item_2' },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'hello', annotations: [] }],
    },
    {
      id: 'item_0',
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_text', text: 'hi' }],
    },
  ]);
  assert.deepEqual(page, {
    object: 'list',
    first_id: 'item_2',
    last_id: 'item_0',
    has_more: false,
  });
});

test('pages follow each other in either order', () => {
  const first = list('order=asc&limit=2');
  assert.deepEqual([idsOf(first), first['has_more']], [['item_0', 'msg_1'], true]);
  const second = list('order=asc&limit=2&after=msg_1');
  assert.deepEqual([idsOf(second), second['has_more']], [['item_2'], false]);
  assert.deepEqual(idsOf(list('after=item_2&limit=1')), ['msg_1']);
});

test('what cannot be meant is refused by its name', () => {
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'order=up', 'after=msg_9'])
    assert.throws(
      () => list(query),
      (cause: unknown) =>
        cause instanceof GatewayError && cause.error.param === query.split('=')[0],
    );
});
