import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { encodeError } from '../../openai/error-words.ts';
import { recognize } from './recognize.ts';
import { streamError } from './stream-error.ts';
import { eventsOf } from './testing/event-order.ts';

function probed(path: string, body?: JsonObject, method = 'POST'): ReturnType<typeof recognize> {
  const query = new URLSearchParams();
  return recognize({ method, path, query, header: () => undefined, body });
}

test('a request is known by its path, with and without a doubled version', () => {
  for (const path of ['/v1/responses', '/responses', '/v1/v1/responses/', '/openai/v1/responses']) {
    assert.deepEqual(probed(path).path(), {});
  }
  for (const path of ['/v1/responses/compact', '/v1/chat/completions', '/x/responses']) {
    assert.equal(probed(path).path(), undefined);
  }
  assert.equal(probed('/v1/responses', undefined, 'GET').path(), undefined);
  assert.equal(probed('/v1/responses/resp_1', undefined, 'GET').sibling(), true);
});

test('a request at the wrong door is known by its body', () => {
  const item = { role: 'user', content: 'Hi' };
  assert.deepEqual(probed('/', { model: 'a', input: [item] }).body(), ['input[]']);
  assert.deepEqual(probed('/', { model: 'a', input: 'Hi' }).body(), ['input']);
  for (const body of [{ messages: [item], input: 'x' }, { contents: [] }, { input: ['a', 'b'] }]) {
    assert.deepEqual(probed('/', body).body(), []);
  }
});

test('errors have the codes that clients act on', () => {
  const error = { kind: 'context-length', status: 413, message: 'too long' } as const;
  assert.deepEqual(encodeError(error), {
    status: 400,
    body: {
      error: {
        message: 'too long',
        type: 'invalid_request_error',
        param: null,
        code: 'context_length_exceeded',
      },
    },
  });
  const [event] = eventsOf(streamError(error).slice(2));
  assert.equal(event?.['type'], 'error');
  assert.equal(event['code'], 'context_length_exceeded');
});
