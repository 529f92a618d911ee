import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENVELOPE_PREFIX } from '../../envelope.ts';
import type { ChatRequest, Tool } from '../../ir/request.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { type JsonObject, parseJson } from '../../json.ts';
import { gemini } from './index.ts';
import { answerContext, chunksOf, createLedger, plain, written } from './testing/exchange.ts';

const begin: StreamPart = { type: 'message-start', id: 'msg_1', model: 'claude-opus-5' };
const place = { candidate: 0, index: 0 } as const;
const usage = { fresh: 3, cacheRead: 2, text: 5, reasoning: 7 };
const end: StreamPart = { type: 'message-end', usage };
const finish = (over: object = {}): StreamPart => ({
  type: 'finish',
  candidate: 0,
  finish: { reason: 'stop', raw: 'end_turn', ...over },
});
const textParts = (text: string): readonly StreamPart[] => [
  { type: 'text-start', ...place },
  { type: 'text-delta', ...place, text },
  { type: 'text-end', ...place },
];

/** The parts, finish reason and so on of candidate 0 in each chunk. */
function candidatesOf(
  parts: readonly StreamPart[],
  over: Partial<ChatRequest> = {},
): readonly JsonObject[] {
  const text = written([begin, ...parts, end], answerContext(over)).join('');
  return chunksOf(text).map(({ candidates }) => {
    assert.ok(Array.isArray(candidates));
    return candidates[0];
  });
}

function partsIn(candidate: JsonObject | undefined): unknown {
  return plain(candidate?.['content'] as JsonObject)['parts'];
}

test('text streams as increments, and the last chunk has the reason and the usage', () => {
  const writes = written([begin, ...textParts('Hi "you"'), finish(), end], answerContext());
  assert.deepEqual(writes, [
    'data: {"candidates":[{"content":{"parts":[{"text":"Hi \\"you\\""}],"role":"model"},"index":0}],"modelVersion":"gemini-3-flash","responseId":"msg_1"}\n\n',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"cachedContentTokenCount":2,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":17},"modelVersion":"gemini-3-flash","responseId":"msg_1"}\n\n',
  ]);
});

test('9router#2193: nothing but events, no end mark', () => {
  const text = written([begin, ...textParts('Hi'), finish(), end], answerContext()).join('');
  assert.ok(!text.includes('DONE'));
  assert.ok(text.endsWith('\n\n'));
});

test('llm-rosetta: a call is one part with all its arguments, whatever comes between its pieces', () => {
  const call = (index: number, id: string): StreamPart => ({
    type: 'tool-call-start',
    candidate: 0,
    index,
    id,
    name: 'f',
    kind: 'function',
  });
  const input = (index: number, text: string): StreamPart => ({
    type: 'tool-call-delta',
    candidate: 0,
    index,
    input: text,
  });
  const [second, first, last] = candidatesOf([
    call(0, 'a'),
    call(1, 'b'),
    input(0, '{"n":'),
    input(1, ''),
    { type: 'tool-call-end', candidate: 0, index: 1 },
    input(0, '\n12345678901234567890}'),
    { type: 'tool-call-end', candidate: 0, index: 0 },
    finish({ reason: 'tool-calls' }),
  ]);
  assert.deepEqual(partsIn(second), [{ functionCall: { id: 'b', name: 'f', args: {} } }]);
  assert.equal(
    JSON.stringify(first?.['content']),
    '{"parts":[{"functionCall":{"id":"a","name":"f","args":{"n":12345678901234567890}}}],"role":"model"}',
  );
  assert.equal(last?.['finishReason'], 'STOP');
});

test('arguments without a bound end the stream with an error', () => {
  const part = (input: string): StreamPart => ({ type: 'tool-call-delta', ...place, input });
  const writes = written(
    [
      begin,
      { type: 'tool-call-start', ...place, id: 'a', name: 'f', kind: 'function' },
      ...Array.from({ length: 9 }, () => part('x'.repeat(1024 * 1024))),
      { type: 'tool-call-end', ...place },
      finish(),
      end,
    ],
    answerContext(),
  );
  assert.equal(writes.length, 1);
  assert.match(writes[0] ?? '', /"error":\{"code":502,"message":"the arguments of a call to f are/);
});

test('thoughts are shown only to who asked for them', () => {
  const thought: readonly StreamPart[] = [
    { type: 'reasoning-start', ...place },
    { type: 'reasoning-delta', ...place, text: 'hm' },
    { type: 'reasoning-end', ...place },
    finish(),
  ];
  assert.equal(candidatesOf(thought).length, 1);
  assert.equal(candidatesOf(thought, { reasoning: { mode: 'on' } }).length, 1);
  const [shown] = candidatesOf(thought, { reasoning: { mode: 'on', visible: true } });
  assert.deepEqual(partsIn(shown), [{ text: 'hm', thought: true }]);
});

test('every chunk has a part, also of an answer of nothing', () => {
  const [only, ...others] = candidatesOf([finish()]);
  assert.deepEqual(others, []);
  assert.deepEqual(partsIn(only), [{ text: '' }]);
  const [bare] = candidatesOf([]);
  assert.deepEqual([partsIn(bare), bare?.['finishReason']], [[{ text: '' }], 'STOP']);
});

test('the explanation of a refusal is no text of the answer', () => {
  const [only] = candidatesOf([finish({ reason: 'content-filter', message: 'not this' })]);
  assert.deepEqual(partsIn(only), [{ text: '' }]);
  assert.deepEqual([only?.['finishReason'], only?.['finishMessage']], ['SAFETY', 'not this']);
});

test('a call that the stream broke off is not written, for clients run what they get', () => {
  const call = { id: 'c', name: 'f', kind: 'function' } as const;
  const begun: readonly StreamPart[] = [
    { type: 'tool-call-start', ...place, ...call },
    { type: 'tool-call-delta', ...place, input: '{}' },
  ];
  const error = { kind: 'server', status: 502, message: 'cut' } as const;
  const failure: StreamPart = { type: 'stream-error', error };
  const cut: StreamPart = { type: 'tool-call-end', ...place, cut: true };
  const text = written([begin, ...begun, cut, failure], answerContext()).join('');
  assert.doesNotMatch(text, /functionCall/);
  assert.match(text, /"message":"cut"/);
  const whole = written([begin, ...begun, { type: 'tool-call-end', ...place }], answerContext());
  assert.match(whole.join(''), /functionCall/);
});

test('words of refusal are text', () => {
  const [first] = candidatesOf([
    { type: 'refusal-start', ...place },
    { type: 'refusal-delta', ...place, text: 'No.' },
    { type: 'refusal-end', ...place },
    finish(),
  ]);
  assert.deepEqual(partsIn(first), [{ text: 'No.' }]);
});

test('all candidates end in the last chunk', () => {
  const text = written(
    [
      begin,
      { type: 'text-start', candidate: 1, index: 0 },
      { type: 'text-delta', candidate: 1, index: 0, text: 'B' },
      ...textParts('A'),
      { type: 'text-end', candidate: 1, index: 0 },
      { type: 'finish', candidate: 1, finish: { reason: 'length' } },
      finish(),
      end,
    ],
    answerContext(),
  ).join('');
  const last = chunksOf(text).at(-1);
  assert.deepEqual(
    Array.isArray(last?.['candidates']) &&
      last['candidates'].map(({ index, finishReason }: JsonObject) => [index, finishReason]),
    [
      [0, 'STOP'],
      [1, 'MAX_TOKENS'],
    ],
  );
});

test('without alt=sse the stream is a JSON array', () => {
  const context = answerContext({ clientNotes: { framing: 'json-array' } });
  const encoder = gemini.client.encodeStream(context);
  assert.equal(encoder.contentType, 'application/json; charset=utf-8');
  const good = written([begin, ...textParts('Hi'), { type: 'ping' }, finish(), end], context);
  const array = parseJson(good.join(''));
  assert.equal(Array.isArray(array) && array.length, 2);
  const failed = written(
    [
      begin,
      ...textParts('Hi'),
      { type: 'stream-error', error: { kind: 'overloaded', status: 529, message: 'busy' } },
      finish(),
      end,
    ],
    context,
  );
  assert.deepEqual((parseJson(failed.join('')) as readonly JsonObject[]).at(-1), {
    error: { code: 503, message: 'busy', status: 'UNAVAILABLE' },
  });
  const atOnce = written(
    [{ type: 'stream-error', error: { kind: 'server', status: 500, message: 'm' } }],
    context,
  );
  assert.equal(Array.isArray(parseJson(atOnce.join(''))), true);
});

test('an error in the stream is a write of its own, and the last one', () => {
  const writes = written(
    [
      begin,
      ...textParts('Hi'),
      {
        type: 'stream-error',
        error: { kind: 'rate-limited', status: 429, message: 'slow', retryAfterMs: 1500 },
      },
      end,
    ],
    answerContext(),
  );
  assert.equal(writes.length, 2);
  assert.equal(
    writes[1],
    'data: {"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}\n\n',
  );
});

test('envoy#2549: a ping keeps the client waiting, with a chunk that adds nothing', () => {
  const chunk = (tail: string): string =>
    `data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}]${tail}\n\n`;
  const context = answerContext();
  assert.equal(gemini.client.keepAlive('sse'), chunk('}'));
  assert.equal(gemini.client.encodeStream(context).keepAlive(), chunk('}'));
  const [ping, ...rest] = written([begin, { type: 'ping' }], context);
  const { modelVersion, responseId } = parseJson(ping?.slice('data: '.length) ?? '') as JsonObject;
  assert.equal(ping, chunk(`,${JSON.stringify({ modelVersion, responseId }).slice(1)}`));
  assert.equal(typeof responseId, 'string');
  assert.deepEqual(rest, []);
  assert.equal(gemini.client.keepAlive('json-array'), '\n');
});

test('nothing stands before the bracket of an array', () => {
  const context = answerContext({ clientNotes: { framing: 'json-array' } });
  const encoder = gemini.client.encodeStream(context);
  const writes: string[] = [];
  const push = (part: StreamPart): void => encoder.push(part, (text) => writes.push(text));
  push(begin);
  push({ type: 'ping' });
  assert.equal(writes.join(''), '[');
  assert.equal(encoder.keepAlive(), '\n');
  for (const part of [...textParts('Hi'), { type: 'ping' } as const, finish(), end]) push(part);
  const array = parseJson(writes.join(''));
  assert.equal(Array.isArray(array) && array.length, 2);
  const silent = gemini.client.encodeStream(context);
  assert.equal(silent.keepAlive(), '[');
});

test('an error after a cut passes through as an event or element of its own', () => {
  const error = { kind: 'server', status: 502, message: 'cut' } as const;
  const wire = '{"error":{"code":502,"message":"cut","status":"INTERNAL"}}';
  assert.equal(gemini.client.streamError(error, 'sse'), `\n\ndata: ${wire}\n\n`);
  assert.equal(gemini.client.streamError(error, 'json-array'), `,\r\n${wire}]\n`);
});

test('citations go out in bytes of the whole visible text', () => {
  const tools: readonly Tool[] = [{ type: 'web-search' }];
  const parts: readonly StreamPart[] = [
    ...textParts('né '),
    { type: 'text-start', candidate: 0, index: 1 },
    { type: 'text-delta', candidate: 0, index: 1, text: 'l’a' },
    { type: 'text-delta', candidate: 0, index: 1, text: 'mi' },
    {
      type: 'text-end',
      candidate: 0,
      index: 1,
      citations: [{ url: 'https://a.b', title: 'A', citedText: 'ami', start: 2, end: 5 }],
    },
    finish(),
  ];
  const metadata = candidatesOf(parts, { tools }).at(-1)?.['groundingMetadata'];
  assert.deepEqual(metadata, {
    groundingChunks: [{ web: { uri: 'https://a.b', title: 'A' } }],
    groundingSupports: [
      { segment: { startIndex: 8, endIndex: 11, text: 'ami' }, groundingChunkIndices: [0] },
    ],
  });
  const unplaced = candidatesOf(parts).at(-1)?.['groundingMetadata'];
  assert.match(JSON.stringify(unplaced), /"segment":\{"text":"ami"\}/);
});

test('log probabilities stand beside their text', () => {
  const [first] = candidatesOf([
    { type: 'text-start', ...place },
    {
      type: 'text-delta',
      ...place,
      text: 'A',
      logprobs: [{ token: 'A', logprob: -1, top: [] }],
    },
    { type: 'text-end', ...place },
    finish(),
  ]);
  assert.deepEqual(first?.['logprobsResult'], {
    chosenCandidates: [{ token: 'A', logProbability: -1 }],
  });
});

test('a call that is free text goes out as its one input', () => {
  const [first] = candidatesOf([
    { type: 'tool-call-start', ...place, id: 'a', name: 'patch', kind: 'custom' },
    { type: 'tool-call-delta', ...place, input: '*** Begin' },
    { type: 'tool-call-end', ...place },
    finish({ reason: 'tool-calls' }),
  ]);
  assert.deepEqual(partsIn(first), [
    { functionCall: { id: 'a', name: 'patch', args: { input: '*** Begin' } } },
  ]);
});

test('the plain answer has the parts that the stream has', () => {
  const { losses, report } = createLedger();
  const answer = gemini.client.encodeResponse(
    {
      id: '',
      model: 'claude-opus-5',
      candidates: [
        {
          parts: [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'Hi' },
            { type: 'text', text: '' },
            { type: 'refusal', text: 'No.' },
            { type: 'tool-call', id: 'a', name: 'f', kind: 'function', input: '[]' },
          ],
          finish: { reason: 'context-length', raw: 'x' },
        },
      ],
      usage: { fresh: 1, text: 2, audioInput: 1 },
    },
    answerContext({}, report),
  );
  assert.deepEqual(plain(answer), {
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'Hi' },
            { text: 'No.' },
            { functionCall: { id: 'a', name: 'f', args: { _raw: '[]' } } },
          ],
        },
        finishReason: 'MAX_TOKENS',
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: 1,
      candidatesTokenCount: 2,
      totalTokenCount: 3,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 0 },
        { modality: 'AUDIO', tokenCount: 1 },
      ],
    },
    modelVersion: 'gemini-3-flash',
    responseId: 'fresh',
  });
  assert.deepEqual(
    losses.map(({ feature }) => feature),
    ['tool-call-arguments'],
  );
});

test('a plain answer of thoughts alone still has a text', () => {
  const answer = gemini.client.encodeResponse(
    {
      id: 'x',
      model: 'm',
      candidates: [{ parts: [{ type: 'reasoning', text: 'hm' }], finish: { reason: 'length' } }],
    },
    answerContext({ reasoning: { mode: 'on', visible: true } }),
  );
  assert.match(JSON.stringify(answer), /"parts":\[\{"text":"hm","thought":true\},\{"text":""\}\]/);
  assert.ok(!JSON.stringify(answer).includes(ENVELOPE_PREFIX));
});
