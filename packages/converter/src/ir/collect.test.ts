import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../errors.ts';
import { createCollector, explode } from './collect.ts';
import type { ChatResponse } from './response.ts';
import type { StreamPart } from './stream.ts';

const seal = { format: 'gemini', kind: 'signature', data: 'x' } as const;

const full: ChatResponse = {
  id: 'r1',
  model: 'm',
  usage: { fresh: 1, text: 2 },
  candidates: [
    {
      parts: [
        { type: 'reasoning', text: 'hm', seal },
        { type: 'reasoning', text: '' },
        {
          type: 'text',
          text: 'hi',
          citations: [{ url: 'https://example.com' }],
          logprobs: [{ token: 'hi', logprob: -1, top: [] }],
          seal,
        },
        { type: 'text', text: '' },
        { type: 'tool-call', id: '1', name: 'look', kind: 'function', input: '{}', seal },
        { type: 'tool-call', id: '2', name: 'sql', kind: 'custom', input: '' },
        {
          type: 'media',
          media: 'image',
          mimeType: 'image/png',
          source: { type: 'base64', data: 'AA==' },
        },
      ],
      finish: { reason: 'tool-calls', raw: 'STOP' },
    },
    { parts: [{ type: 'refusal', text: 'no' }], finish: { reason: 'stop' } },
    { parts: [], finish: { reason: 'content-filter' } },
  ],
};

function collect(parts: Iterable<StreamPart>): ChatResponse {
  const collector = createCollector();
  for (const part of parts) collector.push(part);
  return collector.response();
}

test('what an answer explodes into amounts to the answer', () => {
  const parts: StreamPart[] = [];
  explode(full, (part) => parts.push(part));
  assert.deepEqual(collect(parts), full);
  const bare = { id: 'r', model: 'm', candidates: [] };
  parts.length = 0;
  explode(bare, (part) => parts.push(part));
  assert.deepEqual(collect(parts), bare);
});

test('deltas of different parts may interleave, and the last word on usage counts', () => {
  const response = collect([
    { type: 'message-start', id: 'r', model: 'm', usage: { fresh: 5, text: 0 } },
    { type: 'text-start', candidate: 0, index: 0 },
    { type: 'tool-call-start', candidate: 0, index: 1, id: '1', name: 'f', kind: 'function' },
    { type: 'text-delta', candidate: 0, index: 0, text: 'a' },
    { type: 'tool-call-delta', candidate: 0, index: 1, input: '{' },
    { type: 'ping' },
    { type: 'text-delta', candidate: 0, index: 0, text: 'b' },
    { type: 'tool-call-delta', candidate: 0, index: 1, input: '}' },
    { type: 'tool-call-end', candidate: 0, index: 1 },
    { type: 'text-end', candidate: 0, index: 0 },
    { type: 'finish', candidate: 0, finish: { reason: 'tool-calls' } },
    { type: 'message-end', usage: { fresh: 5, text: 9 } },
  ]);
  assert.deepEqual(response, {
    id: 'r',
    model: 'm',
    candidates: [
      {
        parts: [
          { type: 'text', text: 'ab' },
          { type: 'tool-call', id: '1', name: 'f', kind: 'function', input: '{}' },
        ],
        finish: { reason: 'tool-calls' },
      },
    ],
    usage: { fresh: 5, text: 9 },
  });
});

test('a stream that failed, or never began, is no answer', () => {
  const error = { kind: 'overloaded', status: 529, message: 'busy' } as const;
  assert.throws(
    () =>
      collect([
        { type: 'message-start', id: 'r', model: 'm' },
        { type: 'stream-error', error },
      ]),
    (cause) => cause instanceof ConversionError && cause.error === error,
  );
  assert.throws(() => collect([]), ConversionError);
});
