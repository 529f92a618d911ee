import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectByPath, guessFormat, siblingOf } from './detect.ts';
import type { Probe } from './format.ts';
import {
  anthropicMessages,
  formats,
  gemini,
  openaiChat,
  openaiResponses,
} from './formats/index.ts';

function probe(path: string, headers: Readonly<Record<string, string>> = {}): Probe {
  const header = (name: string): string | undefined => headers[name];
  return { method: 'POST', path, query: new URLSearchParams(), header, body: undefined };
}

const all = [openaiChat, openaiResponses, anthropicMessages, gemini] as const;

test('paths beside those that are served belong to their format', () => {
  const owners = new Map([
    ['/v1/messages/count_tokens', anthropicMessages],
    ['/messages/batches', anthropicMessages],
    ['/v1/complete', anthropicMessages],
    ['/v1/responses/resp_1/cancel', openaiResponses],
    ['/responses/input_tokens', openaiResponses],
    ['/v1/conversations', openaiResponses],
    ['/v1/embeddings', openaiChat],
    ['/v1/models', openaiChat],
    ['/v1/models/gpt-5', openaiChat],
    ['/v1/models/ft:gpt-4o:org::1', openaiChat],
    ['/v1/completions', openaiChat],
    ['/v1/audio/speech', openaiChat],
    ['/v1beta/openai/chat/completions', openaiChat],
    ['/v1beta/models/gemini-2.5-flash:countTokens', gemini],
    ['/v1/models/gemini-2.5-flash:countTokens', gemini],
    ['/v1beta/models', gemini],
    ['/v1beta/cachedContents', gemini],
  ]);
  for (const [path, format] of owners) {
    assert.equal(detectByPath(probe(path), formats), undefined, path);
    assert.equal(siblingOf(probe(path), all), format, path);
    assert.equal(guessFormat(probe(path), all), format, path);
  }
  for (const path of ['/', '/healthz', '/v1', '/v2/messages', '/favicon.ico', '/modelsx']) {
    assert.equal(siblingOf(probe(path), all), undefined, path);
  }
});

test('headers tell where a path is of several formats, or of none', () => {
  const anthropic = { 'anthropic-version': '2023-06-01' };
  assert.equal(guessFormat(probe('/v1/models', anthropic), all), anthropicMessages);
  assert.equal(guessFormat(probe('/', anthropic), all), anthropicMessages);
  assert.equal(guessFormat(probe('/', { 'x-goog-api-key': 'k' }), all), gemini);
  assert.equal(guessFormat(probe('/'), all), openaiChat);
});

test('a path says more than a header', () => {
  const google = { 'x-goog-api-key': 'k' };
  assert.equal(guessFormat(probe('/v1/messages', google), all), anthropicMessages);
  assert.equal(guessFormat(probe('/v1/messages/count_tokens', google), all), anthropicMessages);
});
