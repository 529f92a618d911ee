import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { Candidate } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { openaiChat } from './index.ts';
import { createLedger, features, plain } from './testing/exchange.ts';

function answer(message: JsonObject, over: JsonObject = {}, report?: Report): Candidate {
  const choice = { index: 0, message, finish_reason: 'stop', ...over };
  const body = { id: 'chatcmpl-1', model: 'gpt-5', choices: [choice] };
  const { candidates } = openaiChat.upstream.decodeResponse(body, report ?? (() => {}));
  const [candidate] = plain(candidates);
  assert.ok(candidate);
  return candidate;
}

function failure(body: JsonObject): ConversionError['error'] {
  try {
    openaiChat.upstream.decodeResponse(body, () => {});
  } catch (cause) {
    if (cause instanceof ConversionError) return cause.error;
    throw cause;
  }
  throw new Error('was no failure');
}

test('text, reasoning and calls stand in the order in which a model makes them', () => {
  const tool_calls = [
    { id: 'a', type: 'function', function: { name: 'look', arguments: '{"at": 1}' } },
    { id: 'b', type: 'custom', custom: { name: 'run', input: 'ls' } },
  ];
  const { parts, finish } = answer(
    { content: 'Let me see', reasoning_content: 'hm', tool_calls },
    { finish_reason: 'tool_calls' },
  );
  assert.deepEqual(parts, [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Let me see' },
    { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '{"at": 1}' },
    { type: 'tool-call', id: 'b', name: 'run', kind: 'custom', input: 'ls' },
  ]);
  assert.deepEqual(finish, { reason: 'tool-calls', raw: 'tool_calls' });
});

test('the whole of an answer is read: its id, its model, its candidates in order, its usage', () => {
  const choice = (index: number, content: string): JsonObject => ({
    index,
    message: { role: 'assistant', content },
    finish_reason: 'stop',
  });
  const body = {
    id: 'chatcmpl-1',
    model: 'gpt-5-2026',
    choices: [choice(1, 'two'), choice(0, 'one')],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
  const finish = { reason: 'stop', raw: 'stop' };
  assert.deepEqual(plain(openaiChat.upstream.decodeResponse(body, () => {})), {
    id: 'chatcmpl-1',
    model: 'gpt-5-2026',
    candidates: [
      { parts: [{ type: 'text', text: 'one' }], finish },
      { parts: [{ type: 'text', text: 'two' }], finish },
    ],
    usage: { fresh: 3, text: 2 },
  });
});

describe('the message', () => {
  test('may refuse', () => {
    assert.deepEqual(answer({ content: null, refusal: 'No' }).parts, [
      { type: 'refusal', text: 'No' },
    ]);
  });

  test('may hold the deprecated call', () => {
    const message = { content: null, function_call: { name: 'look', arguments: '{}' } };
    const { parts, finish } = answer(message, { finish_reason: 'function_call' });
    const [call] = parts;
    assert.ok(call?.type === 'tool-call');
    assert.match(call.id, /^call_\w+$/);
    assert.equal(call.name, 'look');
    assert.equal(finish.reason, 'tool-calls');
  });

  test('may fill every field of every shape, as Snowflake does', () => {
    const { parts, finish } = answer(
      {
        audio: { id: '', data: '', transcript: '' },
        content: '',
        refusal: '',
        function_call: { name: '', arguments: '' },
        tool_calls: [
          {
            id: 'a',
            type: 'function',
            custom: { name: '', input: '' },
            function: { name: 'look', arguments: '{}' },
          },
        ],
      },
      { finish_reason: '' },
    );
    assert.deepEqual(parts, [
      { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '{}' },
    ]);
    assert.equal(finish.reason, 'tool-calls');
  });

  test('may hold content as chunks (Mistral) or as an object (Cloudflare)', () => {
    const thinking = [{ type: 'text', text: 'hm' }];
    const content = [
      { type: 'thinking', thinking },
      { type: 'text', text: 'Blue' },
    ];
    assert.deepEqual(answer({ content }).parts, [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Blue' },
    ]);
    assert.deepEqual(answer({ content: { a: 1 } }).parts, [{ type: 'text', text: '{"a":1}' }]);
  });

  test('may hold arguments as an object, and pictures', () => {
    const { parts } = answer({
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }],
      tool_calls: [{ id: 'a', function: { name: 'look', arguments: { at: 1 } } }],
    });
    assert.deepEqual(parts, [
      {
        type: 'media',
        media: 'image',
        mimeType: 'image/png',
        source: { type: 'base64', data: 'iVBORw0KGgo=' },
      },
      { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '{"at":1}' },
    ]);
  });

  test('that was spoken is read as its transcript', () => {
    const ledger = createLedger();
    const audio = { id: 'a', data: 'UklG', transcript: 'Blue' };
    assert.deepEqual(answer({ content: null, audio }, {}, ledger.report).parts, [
      { type: 'text', text: 'Blue' },
    ]);
    assert.deepEqual(features(ledger), ['audio-output']);
  });

  test('with unknown content says so', () => {
    const ledger = createLedger();
    answer({ content: [{ type: 'hologram' }] }, {}, ledger.report);
    assert.deepEqual(features(ledger), ['content-part']);
  });

  test('cites its sources in UTF-16 positions', () => {
    const url_citation = {
      url: 'https://a.org',
      title: 'A',
      content: 'quoted',
      start_index: 2,
      end_index: 4,
    };
    const annotations = [
      { type: 'url_citation', url_citation },
      {
        type: 'url_citation',
        url_citation: { url: 'https://b.org', start_index: 0, end_index: 0 },
      },
      { type: 'file', file: {} },
    ];
    assert.deepEqual(answer({ content: '😀 so', annotations }).parts, [
      {
        type: 'text',
        text: '😀 so',
        citations: [
          { url: 'https://a.org', title: 'A', citedText: 'quoted', start: 3, end: 5 },
          { url: 'https://b.org' },
        ],
      },
    ]);
  });

  test('keeps the probabilities of its tokens', () => {
    const token = { token: 'Hi', logprob: -0.5, bytes: [72, 105] };
    const logprobs = { content: [{ ...token, top_logprobs: [token] }], refusal: null };
    assert.deepEqual(answer({ content: 'Hi' }, { logprobs }).parts, [
      { type: 'text', text: 'Hi', logprobs: [{ ...token, top: [token] }] },
    ]);
  });

  test('keeps what its provider sealed, for that provider', () => {
    const entry = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 };
    const { parts } = answer({
      content: null,
      reasoning: 'hm',
      reasoning_details: [
        { ...entry, text: 'hm', signature: 's' },
        { ...entry, data: 'd' },
      ],
      tool_calls: [
        {
          id: 'a',
          function: { name: 'look', arguments: '{}' },
          extra_content: { google: { thought_signature: 'g' } },
        },
      ],
    });
    const seals = parts.map((part) => ('seal' in part ? part.seal : undefined));
    const format = 'openai-chat';
    assert.deepEqual(seals, [
      { format, kind: 'signature', data: JSON.stringify({ ...entry, signature: 's' }) },
      { format, kind: 'redacted', data: JSON.stringify({ ...entry, data: 'd' }) },
      { format, kind: 'signature', data: 'g' },
    ]);
  });
});

describe('an answer that is none', () => {
  test('OmniRoute#8210: an error with status 200 is an error', () => {
    const error = failure({
      error: { message: 'slow down', code: 'rate_limit_exceeded' },
      choices: [],
    });
    assert.equal(error.kind, 'rate-limited');
    assert.equal(error.status, 429);
  });

  test('an error inside a choice is an error', () => {
    const choice = { finish_reason: 'error', error: { code: 503, message: 'gone' }, message: {} };
    assert.equal(failure({ choices: [choice] }).kind, 'overloaded');
    assert.equal(failure({ choices: [{ finish_reason: 'error', message: {} }] }).kind, 'server');
  });

  test('without choices is invalid', () => {
    assert.equal(failure({ id: 'a', choices: [] }).code, 'upstream_invalid_response');
    assert.equal(failure({}).code, 'upstream_invalid_response');
  });
});
