import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEnvelope } from '../../envelope.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { openaiChat } from './index.ts';
import {
  answerContext,
  chunksOf,
  createLedger,
  deltasOf,
  eventsOf,
  features,
  written,
} from './testing/exchange.ts';

const place = { candidate: 0, index: 0 } as const;
const start: StreamPart = { type: 'message-start', id: 'msg_1', model: 'claude' };
const end: StreamPart = { type: 'message-end', usage: { fresh: 1, text: 2 } };
const role = { role: 'assistant', content: '' };

function finish(reason: 'stop' | 'tool-calls' | 'content-filter', message?: string): StreamPart {
  return {
    type: 'finish',
    candidate: 0,
    finish: message === undefined ? { reason } : { reason, message },
  };
}

function callStart(index: number, id: string): StreamPart {
  return { type: 'tool-call-start', candidate: 0, index, id, name: 'look', kind: 'function' };
}

function callInput(index: number, input: string): StreamPart {
  return { type: 'tool-call-delta', candidate: 0, index, input };
}

function callEnd(index: number): StreamPart {
  return { type: 'tool-call-end', candidate: 0, index };
}

test('a stream begins with the role, ends with finish, usage and end mark, and is one answer', () => {
  const text = written([
    start,
    { type: 'text-start', ...place },
    { type: 'text-delta', ...place, text: 'Hi\n"' },
    { type: 'text-end', ...place },
    finish('stop'),
    end,
  ]);
  const base = {
    id: 'chatcmpl-msg_1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-5',
  };
  const said = (delta: object): object => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
    usage: null,
  });
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  assert.deepEqual(chunksOf(text), [
    said(role),
    said({ content: 'Hi\n"' }),
    {
      ...base,
      choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }],
      usage: null,
    },
    { ...base, choices: [], usage },
  ]);
  assert.equal(eventsOf(text).at(-1)?.data, '[DONE]');
});

test('usage is told to those who asked', () => {
  const text = written([start, finish('stop'), end], answerContext({ streamUsage: false }));
  assert.doesNotMatch(text, /usage/);
  const silent = written([start, finish('stop'), { type: 'message-end' }]);
  assert.equal(chunksOf(silent).length, 2);
});

test('ai-gateway#1975: every chunk has choices', () => {
  const parts: readonly StreamPart[] = [start, callStart(0, 'a'), callEnd(0), finish('stop'), end];
  for (const chunk of chunksOf(written(parts))) assert.ok(Array.isArray(chunk['choices']));
});

describe('tool calls', () => {
  test('bifrost#1961, #3443: are numbered, and named once', () => {
    const text = written([
      start,
      { type: 'text-start', ...place },
      { type: 'text-delta', ...place, text: 'See' },
      { type: 'text-end', ...place },
      callStart(1, 'a'),
      callInput(1, '{"at"'),
      callInput(1, ''),
      callInput(1, ':1}'),
      callEnd(1),
      callStart(2, 'b'),
      callInput(2, '{}'),
      callEnd(2),
      finish('tool-calls'),
      end,
    ]);
    const begin = (index: number, id: string): object => ({
      tool_calls: [{ index, id, type: 'function', function: { name: 'look', arguments: '' } }],
    });
    const more = (index: number, input: string): object => ({
      tool_calls: [{ index, function: { arguments: input } }],
    });
    assert.deepEqual(deltasOf(text), [
      role,
      { content: 'See' },
      begin(0, 'a'),
      more(0, '{"at"'),
      more(0, ':1}'),
      begin(1, 'b'),
      more(1, '{}'),
      'tool_calls',
    ]);
  });

  test('bifrost#3767: without input end with an empty object', () => {
    const torso: StreamPart = { type: 'tool-call-end', candidate: 0, index: 0, cut: true };
    const begun = written([start, callStart(0, 'a')]);
    assert.equal(written([start, callStart(0, 'a'), torso]), begun);
    const text = written([start, callStart(0, 'a'), callEnd(0), finish('tool-calls'), end]);
    assert.deepEqual(deltasOf(text).at(-2), {
      tool_calls: [{ index: 0, function: { arguments: '{}' } }],
    });
  });

  test('Portkey#1534: make the finish theirs', () => {
    const text = written([start, callStart(0, 'a'), callEnd(0), finish('stop'), end]);
    assert.equal(deltasOf(text).at(-1), 'tool_calls');
  });

  test('of free text are custom', () => {
    const text = written([
      start,
      { type: 'tool-call-start', ...place, id: 'a', name: 'run', kind: 'custom' },
      callInput(0, 'ls'),
      callEnd(0),
      finish('tool-calls'),
      end,
    ]);
    assert.deepEqual(deltasOf(text).slice(1, 3), [
      {
        tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'run', input: '' } }],
      },
      { tool_calls: [{ index: 0, custom: { input: 'ls' } }] },
    ]);
  });

  test('are one function call for a client that spoke of functions', () => {
    const ledger = createLedger();
    const context = answerContext({ clientNotes: { legacyFunctions: true } }, ledger.report);
    const parts = [
      start,
      callStart(0, 'a'),
      callInput(0, '{}'),
      callEnd(0),
      callStart(1, 'b'),
      callInput(1, '{}'),
      callEnd(1),
      finish('tool-calls'),
      end,
    ];
    assert.deepEqual(deltasOf(written(parts, context)), [
      role,
      { function_call: { name: 'look', arguments: '' } },
      { function_call: { arguments: '{}' } },
      'function_call',
    ]);
    assert.deepEqual(features(ledger), ['parallel-tool-calls']);
  });
});

test('reasoning, refusals, citations, pictures and probabilities have their fields', () => {
  const source = { type: 'base64', data: 'AAAA' } as const;
  const text = written([
    start,
    { type: 'reasoning-start', ...place },
    { type: 'reasoning-delta', ...place, text: 'hm' },
    { type: 'reasoning-end', ...place },
    { type: 'text-start', candidate: 0, index: 1 },
    {
      type: 'text-delta',
      candidate: 0,
      index: 1,
      text: '😀 a',
      logprobs: [{ token: 'a', logprob: -1, top: [] }],
    },
    {
      type: 'text-end',
      candidate: 0,
      index: 1,
      citations: [{ url: 'https://a.org', title: 'A', start: 3, end: 4 }],
    },
    { type: 'refusal-start', candidate: 0, index: 2 },
    { type: 'refusal-delta', candidate: 0, index: 2, text: 'No' },
    { type: 'refusal-end', candidate: 0, index: 2 },
    {
      type: 'media',
      candidate: 0,
      index: 3,
      part: { type: 'media', media: 'image', mimeType: 'image/png', source },
    },
    finish('content-filter', 'Not that'),
    end,
  ]);
  assert.deepEqual(deltasOf(text).slice(1), [
    { reasoning_content: 'hm', reasoning: 'hm' },
    { content: '😀 a' },
    {
      annotations: [
        {
          type: 'url_citation',
          url_citation: { url: 'https://a.org', title: 'A', start_index: 2, end_index: 3 },
        },
      ],
    },
    { refusal: 'No' },
    { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    'content_filter',
  ]);
  assert.match(text, /"logprobs":\{"content":\[\{"token":"a"/);
});

test('a filter without words gives its explanation', () => {
  const text = written([start, finish('content-filter', 'Not that'), end]);
  assert.deepEqual(deltasOf(text), [role, { refusal: 'Not that' }, 'content_filter']);
});

test('seals travel in envelopes, each with the length of its text', () => {
  const seal = { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' } as const;
  const text = written([
    start,
    { type: 'reasoning-start', ...place },
    { type: 'reasoning-delta', ...place, text: 'one' },
    { type: 'reasoning-delta', ...place, text: 'two' },
    { type: 'reasoning-end', ...place, seal },
    { type: 'text-start', candidate: 0, index: 1 },
    { type: 'text-end', candidate: 0, index: 1, seal },
    { type: 'tool-call-start', candidate: 0, index: 2, id: 'a', name: 'f', kind: 'function', seal },
    callEnd(2),
    finish('tool-calls'),
    end,
  ]);
  const values = Array.from(text.matchAll(/"(?:signature|data|thought_signature)":"([^"]+)"/g));
  const bound = values.map(([, value = '']) => {
    const envelope = readEnvelope(value);
    return [envelope?.binding, envelope?.seal?.model, envelope?.textLength];
  });
  assert.deepEqual(bound, [
    ['self', 'claude-opus-5', 6],
    ['previous', 'claude-opus-5', undefined],
    ['self', 'claude-opus-5', undefined],
  ]);
});

test('ai-gateway#1487: candidates keep their numbers, and each has its role', () => {
  const text = written([
    start,
    { type: 'text-start', candidate: 1, index: 0 },
    { type: 'text-delta', candidate: 1, index: 0, text: 'b' },
    { type: 'text-end', candidate: 1, index: 0 },
    finish('stop'),
    { type: 'finish', candidate: 1, finish: { reason: 'length' } },
    end,
  ]);
  assert.deepEqual(deltasOf(text), [role, 'stop']);
  assert.deepEqual(deltasOf(text, 1), [role, { content: 'b' }, 'length']);
});

test('copilot-sdk#1081: a finish stands before the end mark in any case', () => {
  assert.deepEqual(deltasOf(written([start, end])), [role, 'stop']);
});

describe('a failure', () => {
  const error = { kind: 'overloaded', status: 529, message: 'busy' } as const;
  const body = {
    error: { message: 'busy', type: 'server_error', param: null, code: 'overloaded' },
  };

  test('ends the stream without an end mark', () => {
    const text = written([start, { type: 'stream-error', error }]);
    assert.deepEqual(chunksOf(text).at(-1), body);
    assert.doesNotMatch(text, /DONE/);
  });

  test('of a stream that passes through ends a cut event first', () => {
    const text = openaiChat.client.streamError(error, 'sse');
    assert.equal(text, `\n\ndata: ${JSON.stringify(body)}\n\n`);
  });
});

test('silence is filled with comments, which no client reads', () => {
  assert.equal(openaiChat.client.keepAlive('sse'), ': keep-alive\n\n');
  const encoder = openaiChat.client.encodeStream(answerContext());
  assert.equal(encoder.keepAlive(), ': keep-alive\n\n');
  assert.equal(encoder.contentType, 'text/event-stream; charset=utf-8');
  assert.equal(written([{ type: 'ping' }]), ': keep-alive\n\n');
});
