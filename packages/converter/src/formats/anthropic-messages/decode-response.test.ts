import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { ApiError, ChatResponse } from '../../ir/response.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import { decodeResponse } from './decode-response.ts';
import { createLedger, type Ledger, plain } from './testing/exchange.ts';

function answer(content: JsonValue, rest: JsonObject = {}): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-20260101',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
    ...rest,
  };
}

function read(wire: JsonObject, ledger: Ledger = createLedger()): ChatResponse {
  return plain(decodeResponse(wire, ledger.report));
}

function failure(wire: JsonObject): ApiError {
  try {
    read(wire);
  } catch (error) {
    if (error instanceof ConversionError) return error.error;
    throw error;
  }
  throw new Error('was an answer');
}

test('thoughts, text and calls keep their order, and calls decide why it ended', () => {
  const content = [
    { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
    { type: 'redacted_thinking', data: 'AAAA' },
    { type: 'text', text: 'Let me look.', citations: null },
    { type: 'tool_use', id: 'toolu_1', name: 'a', input: { x: 1 } },
    { type: 'tool_use', id: 'toolu_2', name: 'b', input: {} },
  ];
  const own = { format: 'anthropic-messages' };
  assert.deepEqual(read(answer(content)), {
    id: 'msg_1',
    model: 'claude-opus-5-20260101',
    candidates: [
      {
        parts: [
          { type: 'reasoning', text: 'Hm', seal: { ...own, kind: 'signature', data: 'EqQB' } },
          { type: 'reasoning', text: '', seal: { ...own, kind: 'redacted', data: 'AAAA' } },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool-call', id: 'toolu_1', name: 'a', kind: 'function', input: '{"x":1}' },
          { type: 'tool-call', id: 'toolu_2', name: 'b', kind: 'function', input: '{}' },
        ],
        finish: { reason: 'tool-calls', raw: 'end_turn' },
      },
    ],
    usage: { fresh: 10, text: 5 },
  });
});

test('each stop reason has its meaning', () => {
  const finish = (rest: JsonObject): unknown => read(answer([], rest)).candidates[0]?.finish;
  assert.deepEqual(finish({ stop_reason: 'max_tokens' }), { reason: 'length', raw: 'max_tokens' });
  assert.deepEqual(finish({ stop_reason: 'stop_sequence', stop_sequence: 'END' }), {
    reason: 'stop-sequence',
    raw: 'stop_sequence',
    stopSequence: 'END',
  });
  assert.deepEqual(finish({ stop_reason: 'pause_turn' }), { reason: 'pause', raw: 'pause_turn' });
  assert.deepEqual(finish({ stop_reason: 'model_context_window_exceeded' }), {
    reason: 'context-length',
    raw: 'model_context_window_exceeded',
  });
  const stop_details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' };
  assert.deepEqual(finish({ stop_reason: 'refusal', stop_details }), {
    reason: 'content-filter',
    raw: 'refusal',
    message: 'Not this.',
  });
  assert.deepEqual(finish({ stop_reason: 'brand_new' }), { reason: 'other', raw: 'brand_new' });
});

test('web citations span their block; places in documents and server tools are left out', () => {
  const ledger = createLedger();
  const web = { type: 'web_search_result_location', url: 'https://a', title: 'A', cited_text: 'c' };
  const content = [
    { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
    { type: 'text', text: 'Found', citations: [web, { type: 'page_location' }] },
    { type: 'text', text: ' it.' },
  ];
  const parts = read(answer(content), ledger).candidates[0]?.parts;
  assert.deepEqual(parts, [
    {
      type: 'text',
      text: 'Found',
      citations: [{ url: 'https://a', title: 'A', citedText: 'c', start: 0, end: 5 }],
    },
    { type: 'text', text: ' it.' },
  ]);
  assert.deepEqual(ledger.told(), [
    'server-tool at content[0]: answer',
    'server-tool at content[1]: answer',
    'document-citations at content[2]: hint',
  ]);
});

test('usage is split into buckets that do not overlap', () => {
  const usage = {
    input_tokens: 10,
    cache_creation_input_tokens: 30,
    cache_read_input_tokens: 20,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    output_tokens: 50,
    output_tokens_details: { thinking_tokens: 40 },
  };
  assert.deepEqual(read(answer([], { usage })).usage, {
    fresh: 10,
    cacheRead: 20,
    cacheWrite: 30,
    cacheWriteLong: 20,
    text: 10,
    reasoning: 40,
  });
  const nulls = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: null };
  assert.deepEqual(read(answer([], { usage: nulls })).usage, { fresh: 1, text: 2 });
  assert.equal(read(answer([], { usage: null })).usage, undefined);
});

test('what a compaction cost is counted, which the totals leave out', () => {
  const usage = {
    input_tokens: 682,
    output_tokens: 1320,
    iterations: [
      { type: 'compaction', input_tokens: 60_385, output_tokens: 592 },
      { type: 'message', input_tokens: 682, output_tokens: 1320 },
    ],
  };
  assert.deepEqual(read(answer([], { usage })).usage, { fresh: 61_067, text: 1912 });
});

test('an error with a good status is an error, and so is a body that is no answer', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  assert.deepEqual(plain(failure(error)), {
    kind: 'overloaded',
    status: 529,
    message: 'Overloaded',
    code: 'overloaded_error',
  });
  assert.equal(failure({ ok: true }).code, 'upstream_invalid_response');
});
