import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StreamPart } from '../../ir/stream.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { checkOrder } from '../../testing/check-order.ts';
import { decodeResponse } from './decode-response.ts';
import {
  added,
  collected,
  completed,
  created,
  createLedger,
  done,
  features,
  functionCall,
  message,
  partsOf,
  sse,
  textDelta,
} from './testing/upstream.ts';

function partsOfEvents(events: readonly JsonObject[]): readonly StreamPart[] {
  const parts = partsOf(sse(events));
  assert.equal(checkOrder(parts), undefined);
  return parts;
}

function typesOf(parts: readonly StreamPart[]): readonly string[] {
  return parts.map(({ type }) => type);
}

function errorOf(parts: readonly StreamPart[]): unknown {
  const last = parts.at(-1);
  return last?.type === 'stream-error' ? last.error : undefined;
}

function endOf(output: readonly JsonObject[]): JsonObject {
  const { response } = completed(output);
  return isObject(response) ? response : {};
}

const reasoning = { id: 'rs_1', type: 'reasoning', summary: [] };

function summaryDelta(summary_index: number, delta: string): JsonObject {
  return { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index, delta };
}

/** Reasoning, text with a citation, and two calls that interleave. */
const rich: readonly JsonObject[] = [
  created(),
  { type: 'response.in_progress', response: { id: 'resp_1', status: 'in_progress' } },
  added(reasoning, 0),
  { type: 'response.reasoning_summary_part.added', output_index: 0, summary_index: 0 },
  summaryDelta(0, 'First '),
  summaryDelta(0, 'thought'),
  summaryDelta(1, 'Second'),
  done({ ...reasoning, encrypted_content: 'gAAA' }, 0),
  added(message(), 1),
  textDelta('Grüße 👋 ', 1),
  textDelta('aus Köln', 1),
  {
    type: 'response.output_text.annotation.added',
    output_index: 1,
    content_index: 0,
    annotation: {
      type: 'url_citation',
      url: 'https://a.example',
      title: 'A',
      start_index: 8,
      end_index: 16,
    },
  },
  done(message('Grüße 👋 aus Köln'), 1),
  added(functionCall('a', ''), 2),
  added(functionCall('b', ''), 3),
  { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a"' },
  { type: 'response.function_call_arguments.delta', output_index: 3, delta: '{"b":2}' },
  { type: 'response.function_call_arguments.delta', output_index: 2, delta: ':1}' },
  { type: 'response.function_call_arguments.done', output_index: 2, arguments: '{"a":1}' },
  done(functionCall('a', '{"a":1}'), 2),
  done(functionCall('b', '{"b":2}'), 3),
  completed(),
];

const richAnswer = {
  id: 'resp_1',
  model: 'gpt-5',
  candidates: [
    {
      parts: [
        {
          type: 'reasoning',
          text: 'First thought\n\nSecond',
          seal: {
            format: 'openai-responses',
            kind: 'signature',
            data: '{"id":"rs_1","encrypted_content":"gAAA","outline":[["summary",13],["summary",6]]}',
          },
        },
        {
          type: 'text',
          text: 'Grüße 👋 aus Köln',
          // Characters on the wire, UTF-16 units here: the hand counts twice.
          citations: [{ url: 'https://a.example', title: 'A', start: 9, end: 17 }],
        },
        { type: 'tool-call', id: 'call_a', name: 'look', kind: 'function', input: '{"a":1}' },
        { type: 'tool-call', id: 'call_b', name: 'look', kind: 'function', input: '{"b":2}' },
      ],
      finish: { reason: 'tool-calls', raw: 'completed' },
    },
  ],
  usage: { fresh: 5, cacheRead: 4, cacheWrite: 1, text: 5, reasoning: 3 },
};

test('items become parts, and what interleaves stays apart', () => {
  assert.deepEqual(collected(partsOfEvents(rich)), richAnswer);
});

test('the first event already begins the message', () => {
  assert.deepEqual(partsOf(sse([created()]))[0], {
    type: 'message-start',
    id: 'resp_1',
    model: 'gpt-5',
  });
});

test('however the bytes are cut, the parts are the same', () => {
  const whole = partsOf(sse(rich));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (pieceBytes) => {
      assert.deepEqual(
        partsOf(sse(rich), () => {}, pieceBytes),
        whole,
      );
    }),
    { numRuns: 40 },
  );
});

test('wherever the stream ends too early, everything open is ended and the cut is told', () => {
  for (let count = 0; count < rich.length; count++) {
    const parts = partsOfEvents(rich.slice(0, count));
    const code = count === 0 ? 'upstream_invalid_response' : 'upstream_stream_cut';
    assert.partialDeepStrictEqual(errorOf(parts), { kind: 'server', status: 502, code });
  }
  const open = partsOfEvents(rich.slice(0, -3));
  const cut = open.filter((part) => part.type === 'tool-call-end' && part.cut === true);
  assert.equal(cut.length, 2);
});

describe('what was streamed is not told twice', () => {
  // CLIProxyAPI#1652, #1635
  test('arguments in the done events repeat the deltas', () => {
    const { candidates } = collected(partsOfEvents(rich));
    assert.equal(candidates[0]?.parts.filter(({ type }) => type === 'tool-call').length, 2);
  });

  test('the last event repeats all items, under other ids', () => {
    const repeated = [message('Hi'), functionCall('z', '{}')].map((item) => ({ ...item, id: 'x' }));
    const parts = partsOfEvents([
      created(),
      added(message(), 0),
      textDelta('Hi'),
      done(message('Hi'), 0),
      added(functionCall('z', ''), 1),
      done(functionCall('z', '{}'), 1),
      completed(repeated),
    ]);
    assert.deepEqual(typesOf(parts), [
      'message-start',
      'text-start',
      'text-delta',
      'text-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'finish',
      'message-end',
    ]);
  });
});

describe('what was not streamed is taken from where it stands whole', () => {
  const answer = [message('Hi'), functionCall('a', '{"a":1}')];

  // CLIProxyAPI#2939, #2896
  test('in the last event alone', () => {
    const { candidates } = collected(partsOfEvents([created(), completed(answer)]));
    assert.deepEqual(candidates, decodeResponse(endOf(answer), () => {}).candidates);
    assert.equal(candidates[0]?.parts.length, 2);
  });

  test('in the items’ own ends', () => {
    const items = answer.map((item, index) => done(item, index));
    const { candidates } = collected(partsOfEvents([created(), ...items, completed()]));
    assert.equal(candidates[0]?.parts.length, 2);
  });

  test('an item that never ended is ended by the last event', () => {
    const parts = partsOfEvents([
      created(),
      added(functionCall('a', ''), 0),
      completed([functionCall('a', '{}')]),
    ]);
    assert.equal(collected(parts).candidates[0]?.finish.reason, 'tool-calls');
  });

  test('text of an item that nobody announced', () => {
    const parts = partsOfEvents([created(), textDelta('Hi'), completed()]);
    assert.deepEqual(collected(parts).candidates[0]?.parts, [{ type: 'text', text: 'Hi' }]);
  });

  test('a name that comes with the end of the call', () => {
    const nameless = { type: 'function_call', id: 'fc_a' };
    const parts = partsOfEvents([
      created(),
      added(nameless, 0),
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' },
      done(functionCall('a', '{"a":1}'), 0),
      completed(),
    ]);
    assert.partialDeepStrictEqual(collected(parts).candidates[0]?.parts, [
      { name: 'look', input: '{"a":1}' },
    ]);
  });
});

test('items that all have one position stay several', () => {
  const parts = partsOfEvents([
    created(),
    added(functionCall('a', ''), 0),
    { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{}' },
    added(functionCall('b', ''), 0),
    { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{}' },
    completed(),
  ]);
  assert.equal(collected(parts).candidates[0]?.parts.length, 2);
});

test('free text of a custom tool goes through as it is', () => {
  const call = { type: 'custom_tool_call', call_id: 'call_1', name: 'sql', input: 'SELECT 1' };
  const parts = partsOfEvents([
    created(),
    added({ ...call, input: '' }, 0),
    { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'SELECT ' },
    { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: '1' },
    done(call, 0),
    completed(),
  ]);
  const { id, name, kind, input } = {
    id: 'call_1',
    name: 'sql',
    kind: 'custom',
    input: 'SELECT 1',
  };
  assert.deepEqual(collected(parts).candidates[0]?.parts, [
    { type: 'tool-call', id, name, kind, input },
  ]);
});

test('a refusal is kept apart from text', () => {
  const parts = partsOfEvents([
    created(),
    added(message(), 0),
    { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'I cannot' },
    { type: 'response.refusal.done', output_index: 0, content_index: 0, refusal: 'I cannot' },
    completed(),
  ]);
  const [candidate] = collected(parts).candidates;
  assert.deepEqual(candidate?.parts, [{ type: 'refusal', text: 'I cannot' }]);
  assert.equal(candidate?.finish.reason, 'stop');
});

test('raw reasoning of open models is reasoning too, without a seal', () => {
  const text = { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0 };
  const parts = partsOfEvents([
    created(),
    added(reasoning, 0),
    { ...text, delta: 'Hmm' },
    done({ ...reasoning, content: [{ type: 'reasoning_text', text: 'Hmm' }] }, 0),
    completed(),
  ]);
  assert.deepEqual(collected(parts).candidates[0]?.parts, [{ type: 'reasoning', text: 'Hmm' }]);
});

test('reasoning of which there is nothing to see and nothing to send back is none', () => {
  const parts = partsOfEvents([created(), added(reasoning, 0), done(reasoning, 0), completed()]);
  assert.deepEqual(typesOf(parts), ['message-start', 'finish', 'message-end']);
});

test('only a comment on the way keeps its phase', () => {
  const said = (phase: string, index: number): JsonObject =>
    done({ ...message(`${phase}!`), phase }, index);
  const parts = partsOfEvents([
    created(),
    said('commentary', 0),
    said('final_answer', 1),
    completed(),
  ]);
  const seals = collected(parts).candidates[0]?.parts.map((part) => 'seal' in part && part.seal);
  const data = '{"phase":"commentary"}';
  assert.deepEqual(seals, [{ format: 'openai-responses', kind: 'signature', data }, false]);
});

test('what the provider’s own tools did is a loss', () => {
  const ledger = createLedger();
  const items = [
    { type: 'web_search_call', id: 'ws_1', status: 'completed' },
    { type: 'shell_call', id: 'sh_1' },
    message('Found'),
  ].map((item, index) => done(item, index));
  partsOf(sse([created(), ...items, completed()]), ledger.report);
  assert.deepEqual(features(ledger), ['server-tool', 'server-tool']);
  assert.deepEqual(
    ledger.losses.map(({ effect }) => effect),
    ['hint', 'answer'],
  );
});

test('a picture is one', () => {
  const picture = { type: 'image_generation_call', result: 'AAAA', output_format: 'webp' };
  const parts = partsOfEvents([created(), done(picture, 0), completed()]);
  assert.partialDeepStrictEqual(collected(parts).candidates[0]?.parts, [
    { type: 'media', media: 'image', mimeType: 'image/webp' },
  ]);
});

describe('an answer that was cut short says why', () => {
  const cases = [
    ['max_output_tokens', 'length'],
    ['content_filter', 'content-filter'],
    ['steered', 'other'],
  ] as const;
  for (const [raw, reason] of cases) {
    test(raw, () => {
      const end = completed([], { status: 'incomplete', incomplete_details: { reason: raw } });
      const parts = partsOfEvents([created(), textDelta('Hi'), end]);
      assert.deepEqual(collected(parts).candidates[0]?.finish, { reason, raw });
      assert.ok(collected(parts).usage);
    });
  }
});

describe('a failure ends the stream', () => {
  const failed = {
    type: 'response.failed',
    response: {
      status: 'failed',
      error: { code: 'rate_limit_exceeded', message: 'Try again in 1.5s' },
    },
  };
  const cases: readonly (readonly [string, JsonObject, object])[] = [
    ['as a failed response', failed, { kind: 'rate-limited', retryAfterMs: 1500, status: 429 }],
    [
      'as a flat error',
      { type: 'error', code: 'server_error', message: 'Oops', param: null },
      { kind: 'server', code: 'server_error', message: 'Oops' },
    ],
    [
      'as a nested error',
      { type: 'error', error: { type: 'insufficient_quota', message: 'Pay' } },
      { kind: 'billing', message: 'Pay' },
    ],
    // CLIProxyAPI#3476
    [
      'of a prompt that is too long',
      { type: 'error', code: 'context_length_exceeded', message: 'Too long' },
      { kind: 'context-length', status: 400 },
    ],
    // OmniRoute#8210
    ['of another format', { error: { message: 'Busy' }, choices: [] }, { message: 'Busy' }],
    [
      'under the name of success',
      { ...failed, type: 'response.completed' },
      { kind: 'rate-limited' },
    ],
    ['as a cancellation', completed([], { status: 'cancelled' }), { kind: 'server' }],
  ];
  for (const [name, event, error] of cases) {
    test(name, () => {
      const first = partsOfEvents([event]);
      assert.deepEqual(typesOf(first), ['stream-error']);
      assert.partialDeepStrictEqual(errorOf(first), error);
      const late = partsOfEvents([
        created(),
        textDelta('Hi'),
        event,
        textDelta('more'),
        completed(),
      ]);
      assert.equal(late.at(-2)?.type, 'text-end');
    });
  }

  // CLIProxyAPI#1680
  test('as an event that is no JSON', () => {
    const parts = partsOf(`${sse([created(), textDelta('Hi')])}data: {"type":"resp\n\n`);
    assert.partialDeepStrictEqual(errorOf(parts), { code: 'upstream_invalid_response' });
  });
});

test('unknown events and other formats’ end mark are passed over', () => {
  const text = `${sse([created(), { type: 'keepalive' }, { type: 'response.new.thing' }, textDelta('Hi'), completed()])}data: [DONE]\n\n`;
  assert.equal(collected(partsOf(text)).candidates[0]?.finish.reason, 'stop');
});
