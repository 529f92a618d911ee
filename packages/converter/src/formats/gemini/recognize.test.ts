import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../format.ts';
import type { JsonObject } from '../../json.ts';
import { recognize } from './recognize.ts';
import { plain } from './testing/exchange.ts';

function callOf(url: string, method = 'POST'): Call | undefined {
  const [path = '', query = ''] = url.split('?');
  const probe = {
    method,
    path,
    query: new URLSearchParams(query),
    header: () => undefined,
    body: undefined,
  };
  return plain(recognize(probe).path() ?? null) ?? undefined;
}

function marksOf(body: JsonObject): readonly string[] {
  const query = new URLSearchParams();
  return recognize({ method: 'POST', path: '/', query, header: () => undefined, body }).body();
}

test('every spelling of the endpoint is recognised', () => {
  const call = { model: 'gemini-2.5-pro', stream: false };
  for (const prefix of [
    '/v1beta',
    '/v1',
    '/v1alpha',
    '',
    '/v1/v1beta',
    '/v1beta/v1beta',
    '/v1/v1',
  ]) {
    assert.deepEqual(callOf(`${prefix}/models/gemini-2.5-pro:generateContent`), call, prefix);
    assert.deepEqual(callOf(`${prefix}/models/gemini-2.5-pro:generateContent/`), call, prefix);
  }
  assert.deepEqual(
    callOf(
      '/v1beta1/projects/p/locations/global/publishers/google/models/gemini-2.5-pro:generateContent',
    ),
    call,
  );
});

test('llm-rosetta#53: model names may hold slashes, colons, at-signs and escapes', () => {
  const model = (path: string): string | undefined =>
    callOf(`/v1beta/models/${path}:generateContent`)?.model;
  assert.equal(model('anthropic/claude-opus-5'), 'anthropic/claude-opus-5');
  assert.equal(model('openrouter%2Fqwen%2Fqwen3:free'), 'openrouter/qwen/qwen3:free');
  assert.equal(model('claude-sonnet-4@20250514'), 'claude-sonnet-4@20250514');
  assert.equal(model('models/gemini-2.5-pro'), 'gemini-2.5-pro');
  assert.equal(model('100%'), '100%');
});

test('a stream without alt=sse is one JSON array', () => {
  const path = '/v1beta/models/m:streamGenerateContent';
  assert.deepEqual(callOf(`${path}?alt=sse`), { model: 'm', stream: true });
  assert.deepEqual(callOf(`${path}?%24alt=sse`), { model: 'm', stream: true });
  assert.deepEqual(callOf(path), { model: 'm', stream: true, framing: 'json-array' });
  assert.deepEqual(callOf(`${path}?alt=json`), { model: 'm', stream: true, framing: 'json-array' });
});

test('other endpoints and methods are not', () => {
  assert.equal(callOf('/v1beta/models/m:countTokens'), undefined);
  assert.equal(callOf('/v1beta/models/m'), undefined);
  assert.equal(callOf('/v1beta/models/:generateContent'), undefined);
  assert.equal(callOf('/x/v1beta/models/m:generateContent'), undefined);
  assert.equal(callOf('/v1/v1/v1/models/m:generateContent'), undefined);
  assert.equal(callOf('/v1beta/models/m:generateContent', 'GET'), undefined);
});

test('the key of Google is a header of these clients alone', () => {
  const probe = {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    body: undefined,
    header: (name: string) => (name === 'x-goog-api-key' ? 'k' : undefined),
  };
  const recognition = recognize(probe);
  assert.equal(recognition.path(), undefined);
  assert.equal(recognition.header(), 'x-goog-api-key');
  assert.deepEqual(recognition.body(), []);
});

test('fields that only this format has are marks, in either spelling', () => {
  assert.deepEqual(marksOf({ contents: [], generation_config: {} }), [
    'contents',
    'generationConfig',
  ]);
  assert.deepEqual(marksOf({ tools: [{ function_declarations: [] }] }), [
    'tools[].functionDeclarations',
  ]);
  assert.deepEqual(marksOf({ model: 'm', messages: [], tools: [{ type: 'function' }] }), []);
});
