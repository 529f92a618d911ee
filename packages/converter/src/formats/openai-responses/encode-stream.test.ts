import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import type { AnswerContext } from '../../format.ts';
import { createCollector } from '../../ir/collect.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { readReasoning } from './seals.ts';
import { assertLegal, eventsOf } from './testing/event-order.ts';

function answerContext(): AnswerContext {
  let count = 0;
  return {
    request: {
      model: 'gpt-5',
      stream: true,
      streamUsage: true,
      system: [],
      tools: [],
      sampling: {},
    },
    upstreamModel: 'claude-opus-5',
    newId: (prefix) => `${prefix}${++count}`,
    nowSeconds: () => 1_700_000_000,
    report: () => {},
  };
}

function written(parts: readonly StreamPart[], unitsMax?: number): string {
  const encoder = encodeStream(answerContext(), unitsMax);
  let text = '';
  for (const part of parts) encoder.push(part, (piece) => (text += piece));
  return text;
}

const seal = { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' } as const;
const at = (index: number): { candidate: number; index: number } => ({ candidate: 0, index });
const usage = { fresh: 5, text: 9, reasoning: 2 };
const answer: readonly StreamPart[] = [
  { type: 'message-start', id: 'msg_1', model: 'claude' },
  { type: 'reasoning-start', ...at(0) },
  { type: 'reasoning-delta', ...at(0), text: 'hm' },
  { type: 'reasoning-end', ...at(0), seal },
  { type: 'ping' },
  { type: 'text-start', ...at(1) },
  { type: 'text-delta', ...at(1), text: 'Let me ' },
  { type: 'text-delta', ...at(1), text: 'see. 😀' },
  { type: 'text-end', ...at(1), citations: [{ url: 'https://a.example' }], seal },
  { type: 'tool-call-start', ...at(2), id: 'a', name: 'look', kind: 'function', seal },
  { type: 'tool-call-start', ...at(3), id: 'b', name: 'patch', kind: 'custom' },
  { type: 'tool-call-delta', ...at(3), input: '*** Begin' },
  { type: 'tool-call-end', ...at(2) },
  { type: 'tool-call-end', ...at(3) },
  { type: 'finish', candidate: 0, finish: { reason: 'tool-calls' } },
  { type: 'message-end', usage },
];

function lastResponse(text: string): JsonObject {
  const response = eventsOf(text).at(-1)?.['response'];
  assert.ok(isObject(response));
  return response;
}

function itemsOf(response: JsonObject): readonly JsonObject[] {
  return Array.isArray(response['output']) ? response['output'].filter(isObject) : [];
}

const inARow: readonly StreamPart[] = [
  { type: 'message-start', id: 'msg_1', model: 'claude' },
  { type: 'text-start', ...at(0) },
  { type: 'text-delta', ...at(0), text: 'Oslo is cold' },
  { type: 'text-end', ...at(0), citations: [{ url: 'https://a.example' }] },
  { type: 'text-start', ...at(1) },
  { type: 'text-delta', ...at(1), text: '.' },
  { type: 'text-end', ...at(1) },
  { type: 'tool-call-start', ...at(2), id: 'a', name: 'look', kind: 'function' },
  { type: 'tool-call-end', ...at(2) },
  { type: 'text-start', ...at(3) },
  { type: 'text-delta', ...at(3), text: 'Look' },
  { type: 'text-end', ...at(3), seal },
  { type: 'refusal-start', ...at(4) },
  { type: 'refusal-delta', ...at(4), text: 'No.' },
  { type: 'refusal-end', ...at(4) },
];

/** Kinds of items, and how many parts the content of each message has. */
function shapeOf(response: JsonObject): readonly unknown[] {
  return itemsOf(response).map(({ type, content }) => [
    type,
    Array.isArray(content) ? content.length : 0,
  ]);
}

test('free text of white space is said once', () => {
  const text = written([
    { type: 'tool-call-start', ...at(0), id: 'a', name: 'patch', kind: 'custom' },
    { type: 'tool-call-delta', ...at(0), input: ' ' },
    { type: 'tool-call-end', ...at(0) },
    { type: 'message-end', usage },
  ]);
  const deltas = eventsOf(text).flatMap(({ delta }) => delta ?? []);
  assert.deepEqual(deltas, [' ']);
});

describe('what is said in a row is one message', () => {
  const shape = [
    ['message', 2],
    ['function_call', 0],
    ['message', 1],
    ['reasoning', 0],
    ['message', 1],
  ];

  test('in a stream', () => {
    const text = written([...inARow, { type: 'message-end', usage }]);
    assertLegal(eventsOf(text));
    assert.deepEqual(shapeOf(lastResponse(text)), shape);
  });

  test('in a whole answer', () => {
    const { push, response } = createCollector();
    for (const part of [...inARow, { type: 'message-end', usage } as const]) push(part);
    assert.deepEqual(shapeOf(encodeResponse(response(), answerContext())), shape);
  });

  test('ends when the stream fails', () => {
    const error = { kind: 'server', status: 502, message: 'broken' } as const;
    const text = written([...inARow.slice(0, 4), { type: 'stream-error', error }]);
    assertLegal(eventsOf(text));
    assert.deepEqual(shapeOf(lastResponse(text)), [['message', 1]]);
  });
});

describe('a stream', () => {
  test('is legal, whatever is open at once', () => assertLegal(eventsOf(written(answer))));

  test('is put together by OpenAI’s library', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    const client = new OpenAI({
      apiKey: 'none',
      maxRetries: 0,
      fetch: () => Promise.resolve(new Response(written(answer), { headers })),
    });
    const stream = client.responses.stream({ model: 'gpt-5', input: 'Hi' });
    const response = await stream.finalResponse();
    assert.equal(response.output_text, 'Let me see. 😀');
    assert.equal(response.status, 'completed');
    assert.equal(response.usage?.total_tokens, 16);
    const calls = response.output.flatMap((item) => {
      if (item.type === 'function_call') return [[item.call_id, item.arguments]];
      return item.type === 'custom_tool_call' ? [[item.call_id, item.input]] : [];
    });
    assert.deepEqual(calls, [
      ['a', '{}'],
      ['b', '*** Begin'],
    ]);
  });

  test('seals what was signed, each beside what it belongs to', () => {
    const items = itemsOf(lastResponse(written(answer)));
    const read = items.filter(({ type }) => type === 'reasoning').map(readReasoning);
    assert.deepEqual(
      read.map(({ binding }) => binding),
      ['self', 'previous', 'next'],
    );
    const [first] = read;
    assert.ok(first?.binding === 'self');
    const bound = { ...seal, model: 'claude-opus-5' };
    assert.deepEqual(first.part, { type: 'reasoning', text: 'hm', seal: bound });
  });

  test('that fails never completes, and a call cut short is never done', () => {
    const error = { kind: 'rate-limited', status: 429, message: 'busy' } as const;
    const cut: readonly StreamPart[] = [
      ...answer.slice(0, 10),
      { type: 'tool-call-end', ...at(2), cut: true },
      { type: 'stream-error', error },
      { type: 'message-end' },
    ];
    const events = eventsOf(written(cut));
    assertLegal(events);
    const response = lastResponse(written(cut));
    assert.deepEqual(response['error'], { code: 'rate_limit_exceeded', message: 'busy' });
    assert.ok(itemsOf(response).every(({ type }) => type !== 'function_call'));
  });

  test('longer than what may be gathered fails', () => {
    const events = eventsOf(written(answer, 8));
    assertLegal(events);
    assert.equal(events.at(-1)?.['type'], 'response.failed');
  });

  test('that met its limit is incomplete', () => {
    const text = written([
      ...answer.slice(0, -2),
      { type: 'finish', candidate: 0, finish: { reason: 'length' } },
      { type: 'message-end' },
    ]);
    assert.deepEqual(lastResponse(text)['incomplete_details'], { reason: 'max_output_tokens' });
    assert.equal(eventsOf(text).at(-1)?.['type'], 'response.incomplete');
  });

  test('says why an answer was withheld', () => {
    const finish = { reason: 'content-filter', message: 'No.' } as const;
    const text = written([{ type: 'finish', candidate: 0, finish }, { type: 'message-end' }]);
    assertLegal(eventsOf(text));
    const [item] = itemsOf(lastResponse(text));
    assert.deepEqual(item?.['content'], [{ type: 'refusal', refusal: 'No.' }]);
  });
});

test('a whole answer has the items that a stream ends with', () => {
  const whole = encodeResponse(
    {
      id: 'msg_1',
      model: 'claude',
      usage,
      candidates: [
        {
          finish: { reason: 'tool-calls' },
          parts: [
            { type: 'reasoning', text: 'hm', seal },
            {
              type: 'text',
              text: 'Let me see. 😀',
              citations: [{ url: 'https://a.example' }],
              seal,
            },
            { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '', seal },
            { type: 'tool-call', id: 'b', name: 'patch', kind: 'custom', input: '*** Begin' },
          ],
        },
      ],
    },
    answerContext(),
  );
  const bare = (response: JsonObject): readonly JsonObject[] =>
    itemsOf(response).map((item) => ({ ...item, id: '' }));
  const streamed = lastResponse(written(answer));
  assert.deepEqual(bare(whole), bare(streamed));
  assert.deepEqual({ ...whole, output: [] }, { ...streamed, output: [] });
});
