import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@anthropic-ai/sdk/resources/messages';
import { ENVELOPE_PREFIX, readEnvelope } from '../../envelope.ts';
import { ConversionError } from '../../errors.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { ChatRequest } from '../../ir/request.ts';
import type { Candidate, ChatResponse, Finish } from '../../ir/response.ts';
import { encodeResponse } from './encode-response.ts';
import { answerContext, body, createLedger, decoded, plain } from './testing/exchange.ts';
import type { WireAnswer } from './wire.ts';

function response(
  parts: readonly Part[],
  rest: Partial<ChatResponse & Candidate> = {},
): ChatResponse {
  const { finish = { reason: 'stop' }, id = 'msg_1', usage } = rest;
  return { id, model: 'upstream-model', candidates: [{ parts, finish }], usage };
}

// The library's types say what its users read.
function answered(
  answer: ChatResponse,
  request: Partial<ChatRequest> = {},
  ledger = createLedger(),
): Message {
  return plain(encodeResponse(answer, answerContext(request, ledger.report))) as unknown as Message;
}

const text: Part = { type: 'text', text: 'Hello' };
const call: Part = {
  type: 'tool-call',
  id: 'call_1',
  name: 'n',
  kind: 'function',
  input: '{"a":1}',
};
const seal: Seal = { format: 'gemini', kind: 'signature', data: 'c2ln' };

test('an answer has every member that the library’s type has', () => {
  const whole: WireAnswer['usage'] = answered(response([text])).usage as WireAnswer['usage'];
  assert.deepEqual(answered(response([text])), {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5',
    content: [{ type: 'text', text: 'Hello', citations: null }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: whole,
  });
  assert.deepEqual(whole, {
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: null,
    output_tokens: 0,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: null,
    speed: null,
    inference_geo: null,
  });
});

test('usage puts the buckets together again', () => {
  const usage = {
    fresh: 1,
    cacheRead: 2,
    cacheWrite: 7,
    cacheWriteLong: 3,
    text: 10,
    reasoning: 5,
  };
  const { usage: wire } = answered(response([text], { usage }));
  assert.deepEqual(
    [wire.input_tokens, wire.cache_read_input_tokens, wire.cache_creation_input_tokens],
    [1, 2, 7],
  );
  assert.deepEqual(wire.cache_creation, {
    ephemeral_5m_input_tokens: 4,
    ephemeral_1h_input_tokens: 3,
  });
  assert.deepEqual([wire.output_tokens, wire.output_tokens_details], [15, { thinking_tokens: 5 }]);
});

test('the stop reason follows the content where clients act on it', () => {
  const stop = (parts: readonly Part[], finish: Finish): unknown =>
    answered(response(parts, { finish })).stop_reason;
  assert.equal(stop([call], { reason: 'stop' }), 'tool_use');
  assert.equal(stop([call], { reason: 'other' }), 'tool_use');
  assert.equal(stop([call], { reason: 'length' }), 'max_tokens');
  assert.equal(stop([text], { reason: 'tool-calls' }), 'end_turn');
  assert.equal(stop([text], { reason: 'context-length' }), 'model_context_window_exceeded');
  assert.equal(stop([text], { reason: 'pause' }), 'pause_turn');
  assert.equal(stop([text], { reason: 'stop-sequence' }), 'end_turn');
  const met = answered(
    response([text], { finish: { reason: 'stop-sequence', stopSequence: 'X' } }),
  );
  assert.deepEqual([met.stop_reason, met.stop_sequence], ['stop_sequence', 'X']);
});

test('refusals of filters and of the model itself are refusals', () => {
  const filtered = answered(
    response([], { finish: { reason: 'content-filter', message: 'SAFETY' } }),
  );
  assert.deepEqual(filtered.stop_details, {
    type: 'refusal',
    category: null,
    explanation: 'SAFETY',
  });
  const declined = answered(response([{ type: 'refusal', text: 'I can not.' }]));
  assert.equal(declined.stop_reason, 'refusal');
  assert.deepEqual(declined.content, [{ type: 'text', text: 'I can not.', citations: null }]);
});

test('a malformed call fails when there is nothing else', () => {
  const finish: Finish = { reason: 'malformed-tool-call', message: 'MALFORMED_FUNCTION_CALL' };
  assert.throws(() => answered(response([], { finish })), ConversionError);
  assert.equal(answered(response([text], { finish })).stop_reason, 'end_turn');
});

test('ids fit the grammar', () => {
  assert.equal(answered(response([], { id: 'chatcmpl-1.x' })).id, 'msg_chatcmpl-1x');
  assert.equal(answered(response([], { id: '' })).id, 'msg_fresh');
  const [block] = answered(response([{ ...call, id: 'a b' }])).content;
  assert.match(block?.type === 'tool_use' ? block.id : '', /^[a-zA-Z0-9_-]+$/);
});

test('every thought is signed by us, and hidden ones leave their signature alone', () => {
  const thought: Part = { type: 'reasoning', text: 'Hm' };
  const [block] = answered(response([thought])).content;
  assert.ok(block?.type === 'thinking' && block.signature.startsWith(ENVELOPE_PREFIX));
  assert.deepEqual(plain(readEnvelope(block.signature)), { binding: 'self' });
  const hidden = { reasoning: { mode: 'on', visible: false } } as const;
  const content = answered(response([thought, { ...thought, seal }, text]), hidden).content;
  assert.deepEqual(
    content.map((block) => (block.type === 'thinking' ? block.thinking : block.type)),
    ['', 'text'],
  );
});

test('seals survive the way through a client, bound to the model that made them', () => {
  const redacted: Seal = { ...seal, kind: 'redacted' };
  const parts: readonly Part[] = [
    { type: 'reasoning', text: 'Hm', seal },
    { type: 'reasoning', text: '', seal: redacted },
    { ...text, seal },
    { type: 'text', text: '', seal },
    { ...call, seal },
  ];
  const { content } = answered(response(parts));
  assert.deepEqual(
    content.map(({ type }) => type),
    ['thinking', 'redacted_thinking', 'text', 'thinking', 'thinking', 'thinking', 'tool_use'],
  );
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: plain(content) },
  ];
  const [, turn] = decoded(body({ messages: plain(messages) as never })).turns;
  const bound = (part: Part): Part =>
    'seal' in part && part.seal
      ? { ...part, seal: { ...part.seal, model: 'gemini-3-flash' } }
      : part;
  assert.deepEqual(turn?.parts, parts.map(bound));
});

test('what has no place in an answer is reported', () => {
  const ledger = createLedger();
  const source = { type: 'base64', data: 'iVBORw0KGgo=' } as const;
  const image: Part = { type: 'media', media: 'image', mimeType: 'image/png', source };
  const cited: Part = { ...text, citations: [{ url: 'https://a' }] };
  const broken: Part = { ...call, input: '{"cut' };
  const { content } = answered(response([image, cited, broken]), {}, ledger);
  assert.deepEqual(ledger.told(), [
    'generated-media at content[]: answer',
    'citations at content[].citations: hint',
    'tool-call-arguments at content[].input: answer',
  ]);
  assert.equal(content.length, 2);
});
