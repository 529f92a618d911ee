import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { ChatResponse } from '../../ir/response.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { decodeResponse, readUsage } from './decode-response.ts';
import { completed, createLedger, features, functionCall, message } from './testing/upstream.ts';

function answer(output: readonly JsonObject[], over: JsonObject = {}): JsonObject {
  const { response } = completed(output, over);
  assert.ok(isObject(response));
  return response;
}

function partsOf(output: readonly JsonObject[]): ChatResponse['candidates'][number]['parts'] {
  return decodeResponse(answer(output), () => {}).candidates[0]?.parts ?? [];
}

function errorOf(body: JsonObject): unknown {
  try {
    decodeResponse(body, () => {});
  } catch (cause) {
    if (cause instanceof ConversionError) return cause.error;
    throw cause;
  }
  return undefined;
}

// CLIProxyAPI#2444
test('calls make the answer one that waits for results', () => {
  const response = decodeResponse(answer([message('Hi'), functionCall('a', '')]), () => {});
  assert.equal(response.candidates[0]?.finish.reason, 'tool-calls');
  assert.deepEqual(response.usage, {
    fresh: 5,
    cacheRead: 4,
    cacheWrite: 1,
    text: 5,
    reasoning: 3,
  });
});

test('empty text is none, and several contents are several parts', () => {
  assert.deepEqual(partsOf([message('')]), []);
  assert.deepEqual(partsOf([message('a', 'b')]), [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
});

test('items are told apart where a server gives all of them one id', () => {
  const calls = ['a', 'b'].map((id) => ({ ...functionCall(id, '{}'), id: 'same' }));
  assert.deepEqual(
    partsOf(calls).map((part) => part.type === 'tool-call' && part.id),
    ['call_a', 'call_b'],
  );
});

test('probabilities and sources of a text come along', () => {
  const ledger = createLedger();
  const logprobs = [
    { token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [{ token: 'Yo', logprob: -2 }] },
  ];
  const annotations = [
    { type: 'url_citation', url: 'https://a.example', start_index: 0, end_index: 0 },
    { type: 'file_citation', file_id: 'file-1', filename: 'a.pdf', index: 1 },
  ];
  const content = [{ type: 'output_text', text: 'Hi', logprobs, annotations }];
  const { candidates } = decodeResponse(answer([{ ...message(), content }]), ledger.report);
  assert.deepEqual(candidates[0]?.parts, [
    {
      type: 'text',
      text: 'Hi',
      citations: [{ url: 'https://a.example' }],
      logprobs: [
        { token: 'Hi', logprob: -0.5, bytes: [72, 105], top: [{ token: 'Yo', logprob: -2 }] },
      ],
    },
  ]);
  assert.deepEqual(features(ledger), ['file-citation']);
});

test('calls without an id get one that is the same every time', () => {
  const call = { type: 'function_call', name: 'look', arguments: { a: 1 } };
  const [first] = partsOf([call]);
  assert.deepEqual(partsOf([call])[0], first);
  assert.ok(first?.type === 'tool-call');
  assert.match(first.id, /^call_[a-z0-9]+$/);
  assert.equal(first.input, '{"a":1}');
});

test('a failure is an error, and what is not complete is no answer', () => {
  const failed = { status: 'failed', error: { code: 'server_error', message: 'Oops' } };
  assert.partialDeepStrictEqual(errorOf(answer([], failed)), { kind: 'server', message: 'Oops' });
  assert.partialDeepStrictEqual(
    errorOf({ error: { message: 'No', type: 'invalid_request_error' } }),
    {
      kind: 'invalid-request',
      message: 'No',
    },
  );
  for (const body of [{}, { detail: 'Not Found' }, answer([], { status: 'queued' })]) {
    assert.ok(errorOf(body));
  }
});

test('an answer that says nothing of usage has none', () => {
  assert.equal(readUsage(answer([], { usage: null })), undefined);
});
