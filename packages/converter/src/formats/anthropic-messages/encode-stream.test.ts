import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { Message } from '@anthropic-ai/sdk/resources/messages';
import fc from 'fast-check';
import { readEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';
import type { ChatRequest } from '../../ir/request.ts';
import type { ApiError, Finish, Usage } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import { anthropicMessages } from './index.ts';
import {
  answerContext,
  createLedger,
  decodedStream,
  disorderIn,
  eventsOf,
  plain,
  written,
} from './testing/exchange.ts';

const start: StreamPart = { type: 'message-start', id: 'chatcmpl-1', model: 'm' };
const seal: Seal = { format: 'gemini', kind: 'signature', data: 'c2ln' };
const at = (index: number): { readonly candidate: 0; readonly index: number } => ({
  candidate: 0,
  index,
});

function textParts(index: number, ...words: readonly string[]): readonly StreamPart[] {
  return [
    { type: 'text-start', ...at(index) },
    ...words.map((text): StreamPart => ({ type: 'text-delta', ...at(index), text })),
    { type: 'text-end', ...at(index) },
  ];
}

function callStart(index: number, rest: { readonly seal?: Seal } = {}): StreamPart {
  const call = { id: `call_${index}`, name: 'n', kind: 'function' } as const;
  return { type: 'tool-call-start', ...at(index), ...call, ...rest };
}

function callDelta(index: number, input: string): StreamPart {
  return { type: 'tool-call-delta', ...at(index), input };
}

function callEnd(index: number): StreamPart {
  return { type: 'tool-call-end', ...at(index) };
}

function ending(finish: Finish = { reason: 'stop' }, usage?: Usage): readonly StreamPart[] {
  return [
    { type: 'finish', candidate: 0, finish },
    { type: 'message-end', usage },
  ];
}

function stream(
  parts: readonly StreamPart[],
  request: Partial<ChatRequest> = {},
  ledger = createLedger(),
): readonly JsonObject[] {
  return eventsOf(written(parts, answerContext(request, ledger.report)));
}

/** What the vendor's own library makes of the stream. */
function accumulated(parts: readonly StreamPart[]): Promise<Message> {
  const text = written(parts, answerContext());
  const headers = { 'content-type': 'text/event-stream' };
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers })),
  });
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  return client.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage();
}

const types = (events: readonly JsonObject[]): readonly unknown[] => events.map(({ type }) => type);

test('the message starts at once, with zeros and a ping', () => {
  const [first, second, ...rest] = stream([start]);
  assert.deepEqual([second, rest], [{ type: 'ping' }, []]);
  assert.equal(first?.['type'], 'message_start');
  const message = JSON.stringify(first?.['message']);
  assert.match(message, /"id":"msg_chatcmpl-1".*"model":"claude-opus-5".*"content":\[\]/);
  assert.match(message, /"input_tokens":0.*"output_tokens":0/);
});

test('usage is told once, in full, after all blocks', () => {
  const usage: Usage = { fresh: 100, cacheRead: 50, text: 7, reasoning: 3 };
  const events = stream([start, ...textParts(0, 'Hi'), ...ending({ reason: 'stop' }, usage)]);
  assert.deepEqual(types(events), [
    'message_start',
    'ping',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const told = JSON.stringify(events.at(-2)?.['usage']);
  assert.match(told, /"input_tokens":100/);
  assert.match(told, /"cache_read_input_tokens":50/);
  assert.match(told, /"output_tokens":10/);
});

test('bifrost#3441: calls that interleave are written one behind the other', async () => {
  const parts = [
    start,
    callStart(0),
    callDelta(0, '{"a":'),
    callStart(1),
    callDelta(1, '{"b":2}'),
    callStart(2),
    callDelta(0, '1}'),
    callEnd(1),
    callEnd(0),
    callDelta(2, '{"c":'),
    callDelta(2, '3}'),
    callEnd(2),
    ...ending({ reason: 'tool-calls' }),
  ];
  const events = stream(parts);
  const indexes = events.flatMap(({ type, index }) =>
    type === 'content_block_start' || type === 'content_block_stop' ? [index] : [],
  );
  assert.deepEqual(indexes, [0, 0, 1, 1, 2, 2]);
  const message = await accumulated(parts);
  assert.equal(message.stop_reason, 'tool_use');
  assert.deepEqual(
    message.content.map((block) => block.type === 'tool_use' && block.input),
    [{ a: 1 }, { b: 2 }, { c: 3 }],
  );
});

test('what waits is bounded, and too much of it ends the stream as an error', () => {
  const megabyte = 'x'.repeat(1024 * 1024);
  const parts = [
    start,
    callStart(0),
    callStart(1),
    ...Array.from({ length: 9 }, () => callDelta(1, megabyte)),
  ];
  assert.equal(stream([...parts, ...ending()]).at(-1)?.['type'], 'error');
});

test('bifrost#3767: a call without arguments has an empty object', async () => {
  const message = await accumulated([start, callStart(0), callEnd(0), ...ending()]);
  assert.deepEqual(message.content[0]?.type === 'tool_use' && message.content[0].input, {});
  assert.equal(message.stop_reason, 'tool_use');
});

test('an empty answer is legal for the library', async () => {
  const nothing = await accumulated([start, ...ending()]);
  assert.deepEqual([nothing.content, nothing.stop_reason], [[], 'end_turn']);
});

test('an answer that was cut short before its first word has a block of text', async () => {
  const { content, stop_reason } = await accumulated([start, ...ending({ reason: 'length' })]);
  assert.deepEqual(content, [{ type: 'text', text: '', citations: null }]);
  assert.equal(stop_reason, 'max_tokens');
});

test('LL PR#29600: thoughts alone are a block, signed by us before it stops', async () => {
  const parts: readonly StreamPart[] = [
    start,
    { type: 'reasoning-start', ...at(0) },
    { type: 'reasoning-delta', ...at(0), text: 'Hm' },
    { type: 'reasoning-delta', ...at(0), text: '.' },
    { type: 'reasoning-end', ...at(0), seal },
    ...ending(),
  ];
  assert.deepEqual(
    stream(parts).flatMap(({ delta }) => (delta === undefined ? [] : [Object(delta)['type']])),
    ['thinking_delta', 'thinking_delta', 'signature_delta', undefined],
  );
  const [block] = (await accumulated(parts)).content;
  assert.ok(block?.type === 'thinking');
  assert.equal(block.thinking, 'Hm.');
  assert.deepEqual(plain(readEnvelope(block.signature)), {
    binding: 'self',
    seal: { ...seal, model: 'gemini-3-flash' },
  });
});

test('seals of text and calls travel in blocks of their own beside them', () => {
  const parts: readonly StreamPart[] = [
    start,
    { type: 'reasoning-start', ...at(0) },
    { type: 'reasoning-end', ...at(0), seal: { ...seal, kind: 'redacted' } },
    { type: 'text-start', ...at(1) },
    { type: 'text-delta', ...at(1), text: 'T' },
    { type: 'text-end', ...at(1), seal },
    callStart(2, { seal }),
    callEnd(2),
    ...ending(),
  ];
  const kinds = stream(parts).flatMap(({ content_block: block }) =>
    block === undefined ? [] : [Object(block)['type']],
  );
  assert.deepEqual(kinds, ['redacted_thinking', 'text', 'thinking', 'thinking', 'tool_use']);
});

test('thoughts that the client does not want leave nothing, or their signature', () => {
  const thought = (end: { readonly seal?: Seal }): readonly StreamPart[] => [
    start,
    { type: 'reasoning-start', ...at(0) },
    { type: 'reasoning-delta', ...at(0), text: 'Secret' },
    { type: 'reasoning-end', ...at(0), ...end },
    ...textParts(1, 'Hi'),
    ...ending(),
  ];
  const hidden = { reasoning: { mode: 'off' } } as const;
  assert.doesNotMatch(JSON.stringify(stream(thought({}), hidden)), /thinking"/);
  const sealed = JSON.stringify(stream(thought({ seal }), hidden));
  assert.match(sealed, /signature_delta/);
  assert.doesNotMatch(sealed, /Secret/);
});

test('a call that the stream broke off is never stopped, for clients run what is', () => {
  const error: ApiError = { kind: 'server', status: 502, message: 'cut' };
  const failure: StreamPart = { type: 'stream-error', error };
  const begun = [start, callStart(0), callDelta(0, '{"a')];
  const cutEnd = (index: number): StreamPart => ({
    type: 'tool-call-end',
    ...at(index),
    cut: true,
  });
  const cut = types(stream([...begun, cutEnd(0), failure]));
  assert.deepEqual(cut.slice(-2), ['content_block_delta', 'error']);
  assert.deepEqual(types(stream([start, callStart(0), cutEnd(0), failure])).slice(-2), [
    'content_block_start',
    'error',
  ]);
  assert.equal(types(stream([...begun, callEnd(0)])).at(-1), 'content_block_stop');
  // Of calls that wait behind it nothing is written, for two blocks must not be open at once.
  const beside = [...begun, callStart(1), callDelta(1, '{}'), cutEnd(0), callEnd(1), failure];
  assert.deepEqual(types(stream(beside)), [...cut]);
  const behind = [...begun, callStart(1), callStart(2), cutEnd(1), cutEnd(2), callEnd(0), failure];
  assert.deepEqual(types(stream(behind)).slice(-3), [
    'content_block_stop',
    'content_block_start',
    'error',
  ]);
});

test('refusals are text with their own stop reason', async () => {
  const message = await accumulated([
    start,
    { type: 'refusal-start', ...at(0) },
    { type: 'refusal-delta', ...at(0), text: 'I can not.' },
    { type: 'refusal-end', ...at(0) },
    ...ending(),
  ]);
  assert.equal(message.stop_reason, 'refusal');
  assert.equal(message.content[0]?.type === 'text' && message.content[0].text, 'I can not.');
});

test('envoy#2289: an error ends the stream without a stop, before or after the start', () => {
  const error: ApiError = { kind: 'overloaded', status: 503, message: 'busy' };
  const failure: StreamPart = { type: 'stream-error', error };
  assert.deepEqual(types(stream([failure, start])), ['error']);
  const parts = [start, ...textParts(0, 'Hi').slice(0, 2), failure, ...ending()];
  assert.deepEqual(types(stream(parts)).slice(-2), ['content_block_delta', 'error']);
  const malformed = { reason: 'malformed-tool-call', message: 'M' } as const;
  assert.equal(stream([start, ...ending(malformed)]).at(-1)?.['type'], 'error');
  assert.equal(
    stream([start, ...textParts(0, 'Hi'), ...ending(malformed)]).at(-1)?.['type'],
    'message_stop',
  );
});

test('pings, pictures and other candidates do not disturb the blocks', () => {
  const ledger = createLedger();
  const source = { type: 'base64', data: 'iVBORw0KGgo=' } as const;
  const parts: readonly StreamPart[] = [
    start,
    { type: 'ping' },
    {
      type: 'media',
      ...at(0),
      part: { type: 'media', media: 'image', mimeType: 'image/png', source },
    },
    { type: 'text-start', candidate: 1, index: 0 },
    { type: 'text-delta', candidate: 1, index: 0, text: 'Other' },
    { type: 'text-end', candidate: 1, index: 0 },
    ...textParts(1, 'Hi'),
    { type: 'finish', candidate: 1, finish: { reason: 'length' } },
    ...ending(),
  ];
  const text = JSON.stringify(stream(parts, {}, ledger));
  assert.doesNotMatch(text, /Other|max_tokens/);
  assert.deepEqual(ledger.told(), [
    'generated-media at content[]: answer',
    'candidates at content: answer',
  ]);
  assert.equal(anthropicMessages.client.keepAlive('sse'), 'event: ping\ndata: {"type":"ping"}\n\n');
});

/** A part as it is in the end, to be cut and woven into a stream. */
const anyPart = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    pieces: fc.array(fc.string({ unit: 'binary' })),
  }),
  fc.record({ kind: fc.constant('reasoning' as const), pieces: fc.array(fc.string()) }),
  fc.record({
    kind: fc.constant('tool-call' as const),
    pieces: fc.jsonValue().map((value) => {
      const json = JSON.stringify({ value });
      return [json.slice(0, 5), json.slice(5)];
    }),
  }),
);

type AnyPart = typeof anyPart extends fc.Arbitrary<infer T> ? T : never;

function eventsOfPart({ kind, pieces }: AnyPart, index: number): readonly StreamPart[] {
  switch (kind) {
    case 'text':
      return textParts(index, ...pieces);
    case 'reasoning':
      return [
        { type: 'reasoning-start', ...at(index) },
        ...pieces.map((text): StreamPart => ({ type: 'reasoning-delta', ...at(index), text })),
        { type: 'reasoning-end', ...at(index) },
      ];
    case 'tool-call':
      return [callStart(index), ...pieces.map((input) => callDelta(index, input)), callEnd(index)];
  }
}

/** Starts in order of index, everything else of open parts in any order. */
function woven(parts: readonly AnyPart[], choices: readonly number[]): readonly StreamPart[] {
  const waiting = parts.map((part, index) => [...eventsOfPart(part, index)]);
  const open: StreamPart[][] = [];
  const stream: StreamPart[] = [];
  for (let turn = 0; waiting.length + open.length > 0; turn++) {
    const choice = choices[turn % choices.length] ?? 0;
    const canStart = waiting.length > 0 && (open.length === 0 || choice % 3 === 0);
    const events = canStart ? waiting.shift() : open[choice % open.length];
    const event = events?.shift();
    if (events === undefined || event === undefined) continue;
    if (canStart) open.push(events);
    stream.push(event);
    if (events.length === 0) open.splice(open.indexOf(events), 1);
  }
  return stream;
}

const anyStream = fc
  .tuple(fc.array(anyPart, { maxLength: 5 }), fc.array(fc.nat(), { minLength: 1 }))
  .map(([parts, choices]) => ({ parts, events: [start, ...woven(parts, choices), ...ending()] }));

test('whatever order parts come in, the library reads them whole', async () => {
  await fc.assert(
    fc.asyncProperty(anyStream, async ({ parts, events }) => {
      const message = await accumulated(events);
      const expected = parts.flatMap(({ kind, pieces }) => {
        const whole = pieces.join('');
        if (kind === 'tool-call') return [JSON.parse(whole)];
        return whole === '' ? [] : [whole];
      });
      const found = message.content.map((block) => {
        if (block.type === 'text') return block.text;
        return block.type === 'thinking'
          ? block.thinking
          : block.type === 'tool_use' && block.input;
      });
      assert.deepEqual(plain(found), plain(expected));
    }),
    { numRuns: 100 },
  );
});

test('a stream that is written and read again has the same content in order', () => {
  fc.assert(
    fc.property(anyStream, ({ parts, events }) => {
      const again = decodedStream([...stream(events)]);
      assert.equal(disorderIn(again), undefined);
      const texts = new Map<number, string>();
      for (const part of again) {
        if (!part.type.endsWith('-delta') || !('index' in part)) continue;
        const more = part.type === 'tool-call-delta' ? part.input : 'text' in part ? part.text : '';
        texts.set(part.index, (texts.get(part.index) ?? '') + more);
      }
      const expected = parts.map(({ pieces }) => pieces.join('')).filter((whole) => whole !== '');
      assert.deepEqual(plain([...texts.values()]), plain(expected));
    }),
    { numRuns: 100 },
  );
});
