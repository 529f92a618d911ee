import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Probe } from '../../format.ts';
import type { JsonObject } from '../../json.ts';
import { recognize } from './recognize.ts';

function probe(over: {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: JsonObject;
}): Probe {
  const { method = 'POST', path = '/', headers = {}, body } = over;
  return { method, path, query: { get: () => null }, header: (name) => headers[name], body };
}

function marks(body: JsonObject): readonly string[] {
  return recognize(probe({ body })).body();
}

test('the endpoint is known with, without and with a doubled version, and by POST only', () => {
  for (const path of ['/v1/messages', '/messages', '/v1/v1/messages', '/v1/messages/']) {
    assert.deepEqual(recognize(probe({ path })).path(), {}, path);
  }
  for (const path of ['/v1/messages/count_tokens', '/x/v1/messages', '/v1/chat/completions']) {
    assert.equal(recognize(probe({ path })).path(), undefined, path);
  }
  assert.equal(recognize(probe({ method: 'GET', path: '/v1/messages' })).path(), undefined);
});

test('the version header is this format’s own', () => {
  const headers = { 'anthropic-version': '2023-06-01' };
  assert.equal(recognize(probe({ headers })).header(), 'anthropic-version');
  assert.equal(recognize(probe({ headers: { authorization: 'Bearer x' } })).header(), undefined);
});

test('fields and blocks that only this format has are named', () => {
  const user = { role: 'user', content: 'Hi' };
  assert.deepEqual(marks({ messages: [user], system: 'S' }), ['system']);
  assert.deepEqual(marks({ messages: [user], tool_choice: { type: 'any' } }), ['tool_choice.type']);
  assert.deepEqual(marks({ messages: [user], tools: [{ name: 'a', input_schema: {} }] }), [
    'tools[].input_schema',
  ]);
  const result = { type: 'tool_result', tool_use_id: 'a' };
  const image = { type: 'image', source: { type: 'url', url: 'https://a' } };
  for (const block of [result, image]) {
    assert.deepEqual(marks({ messages: [user, user, { role: 'user', content: [block] }] }), [
      'messages[].content[].type',
    ]);
  }
});

test('a body of another format has no marks', () => {
  const user = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a' } }] };
  const tool = { type: 'function', function: { name: 'a', parameters: {} } };
  assert.deepEqual(marks({ messages: [user], tools: [tool], tool_choice: 'auto' }), []);
  assert.deepEqual(marks({ contents: [{ parts: [{ text: 'Hi' }] }] }), []);
});
