import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conversation,
  itemReferences,
  joinConversation,
  resolveReferences,
} from './conversation.ts';

const call = { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' };
const result = { type: 'function_call_output', call_id: 'a', output: 'sky' };
const asked = { role: 'user', content: 'Hi' };

test('a stored conversation keeps its calls before the results that follow (CLIProxyAPI#4052)', () => {
  const next = { model: 'a', previous_response_id: 'resp_1', input: [result] };
  assert.deepEqual(joinConversation([asked, call], next), {
    model: 'a',
    input: [asked, call, result],
  });
});

test('what a client compacted is not joined with what it stands for (CLIProxyAPI#2266)', () => {
  const compaction = { type: 'compaction', encrypted_content: 'x' };
  const next = { previous_response_id: 'resp_1', input: [compaction, asked] };
  assert.deepEqual(joinConversation([asked, call], next), { input: [compaction, asked] });
});

test('a conversation is known by its instructions and first question', () => {
  const body = { instructions: 'Be', input: [asked, call, result], prompt_cache_key: 'k' };
  const start = ['Be', asked];
  assert.deepEqual(conversation(body), { start, isContinued: true, cacheKey: 'k' });
  assert.equal(conversation({ input: 'Hi' }).isContinued, false);
});

test('items that are only referred to are known by their ids, with or without a type', () => {
  const input = [
    asked,
    { type: 'item_reference', id: 'msg_1' },
    { id: 'fc_1', type: null },
    { id: 'fc_2' },
    { id: 'msg_2', role: 'assistant', content: 'Hello' },
    { ...call, id: 'fc_3' },
  ];
  assert.deepEqual(itemReferences({ input }), ['msg_1', 'fc_1', 'fc_2']);
  assert.deepEqual(itemReferences({ input: 'Hi' }), []);
  assert.deepEqual(itemReferences({}), []);
});

test('items that are known stand where they were referred to, the other references stay', () => {
  const unknown = { type: 'item_reference', id: 'rs_1' };
  const input = [asked, unknown, { type: 'item_reference', id: 'fc_1' }, result];
  assert.deepEqual(resolveReferences(new Map([['fc_1', call]]), { model: 'a', input }), {
    model: 'a',
    input: [asked, unknown, call, result],
  });
});
