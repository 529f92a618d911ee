import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../../json.ts';
import {
  blockDelta,
  blockStart,
  blockStop,
  createLedger,
  decodedStream,
  disorderIn,
  messageDelta,
  messageStart,
  messageStop,
} from './testing/exchange.ts';

const text = (index: number, words: string): JsonValue =>
  blockDelta(index, { type: 'text_delta', text: words });
const json = (index: number, partial: string): JsonValue =>
  blockDelta(index, { type: 'input_json_delta', partial_json: partial });
const tool = (index: number, id: string, input: JsonValue = {}): JsonValue =>
  blockStart(index, { type: 'tool_use', id, name: 'n', input });

const start = {
  type: 'message-start',
  id: 'msg_1',
  model: 'claude-opus-5-20260101',
  usage: { fresh: 10, cacheRead: 5, text: 1 },
};

test('text, thoughts and calls stream as they come', () => {
  const parts = decodedStream([
    messageStart,
    { type: 'ping' },
    blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
    blockDelta(0, { type: 'thinking_delta', thinking: 'Hm' }),
    blockDelta(0, { type: 'signature_delta', signature: 'EqQB' }),
    blockStop(0),
    blockStart(1, { type: 'redacted_thinking', data: 'AAAA' }),
    blockStop(1),
    blockStart(2, { type: 'text', text: '' }),
    text(2, 'Look'),
    text(2, 'ing.'),
    blockStop(2),
    tool(3, 'toolu_1'),
    json(3, ''),
    json(3, '{"a":'),
    json(3, '1}'),
    blockStop(3),
    messageDelta('tool_use', { output_tokens: 9, input_tokens: null }),
    messageStop,
  ]);
  const own = { format: 'anthropic-messages' };
  const at = (index: number): object => ({ candidate: 0, index });
  assert.deepEqual(parts, [
    start,
    { type: 'ping' },
    { type: 'reasoning-start', ...at(0) },
    { type: 'reasoning-delta', ...at(0), text: 'Hm' },
    { type: 'reasoning-end', ...at(0), seal: { ...own, kind: 'signature', data: 'EqQB' } },
    { type: 'reasoning-start', ...at(1) },
    { type: 'reasoning-end', ...at(1), seal: { ...own, kind: 'redacted', data: 'AAAA' } },
    { type: 'text-start', ...at(2) },
    { type: 'text-delta', ...at(2), text: 'Look' },
    { type: 'text-delta', ...at(2), text: 'ing.' },
    { type: 'text-end', ...at(2) },
    { type: 'tool-call-start', ...at(3), id: 'toolu_1', name: 'n', kind: 'function' },
    { type: 'tool-call-delta', ...at(3), input: '{"a":' },
    { type: 'tool-call-delta', ...at(3), input: '1}' },
    { type: 'tool-call-end', ...at(3) },
    { type: 'finish', candidate: 0, finish: { reason: 'tool-calls', raw: 'tool_use' } },
    { type: 'message-end', usage: { fresh: 10, cacheRead: 5, text: 9 } },
  ]);
});

test('bifrost#3767: a call without arguments has an empty object, and a whole input counts', () => {
  const inputs = (events: readonly JsonValue[]): readonly string[] =>
    decodedStream([messageStart, ...events, messageDelta('tool_use'), messageStop]).flatMap(
      (part) => (part.type === 'tool-call-delta' ? [part.input] : []),
    );
  assert.deepEqual(inputs([tool(0, 'a'), json(0, ''), blockStop(0)]), ['{}']);
  assert.deepEqual(inputs([tool(0, 'a', { x: 1 }), blockStop(0)]), ['{"x":1}']);
  assert.deepEqual(inputs([tool(0, 'a', { x: 1 }), json(0, '{"y":2}'), blockStop(0)]), ['{"y":2}']);
});

test('bifrost#4932: blocks of server tools leave no gap, and their deltas are nobody’s', () => {
  const ledger = createLedger();
  const parts = decodedStream(
    [
      messageStart,
      blockStart(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      json(0, '{"query":"q"}'),
      blockStop(0),
      blockStart(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      blockStop(1),
      blockStart(2, { type: 'brand_new' }),
      blockDelta(2, { type: 'brand_new_delta' }),
      blockStop(2),
      blockStart(3, { type: 'text', text: '' }),
      blockDelta(3, {
        type: 'citations_delta',
        citation: { type: 'web_search_result_location', url: 'https://a', title: 'A' },
      }),
      text(3, 'Found'),
      blockStop(3),
      messageDelta('end_turn'),
      messageStop,
    ],
    ledger.report,
  );
  assert.equal(disorderIn(parts), undefined);
  assert.deepEqual(
    parts.filter((part) => 'index' in part).map(({ type, ...rest }) => [type, rest]),
    [
      ['text-start', { candidate: 0, index: 0 }],
      ['text-delta', { candidate: 0, index: 0, text: 'Found' }],
      [
        'text-end',
        {
          candidate: 0,
          index: 0,
          citations: [{ url: 'https://a', title: 'A', start: 0, end: 5 }],
        },
      ],
    ],
  );
  assert.deepEqual(
    ledger.losses.map(({ feature }) => feature),
    ['server-tool', 'server-tool', 'content-block'],
  );
});

test('envoy#2236: totals of a delta replace those of the start', () => {
  const usage = { input_tokens: 12, output_tokens: 40, cache_read_input_tokens: 0 };
  const parts = decodedStream([messageStart, messageDelta('end_turn', usage), messageStop]);
  assert.deepEqual(parts.at(-1), {
    type: 'message-end',
    usage: { fresh: 12, cacheRead: 0, text: 40 },
  });
});

test('vercel/ai#10653: an error as the first event is an error and nothing else', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  assert.deepEqual(decodedStream([error, messageStart, messageStop]), [
    {
      type: 'stream-error',
      error: {
        kind: 'overloaded',
        status: 529,
        message: 'Overloaded',
        code: 'overloaded_error',
      },
    },
  ]);
});

test('Portkey#741: an error in the middle closes what is open', () => {
  const error = { type: 'error', error: { type: 'api_error', message: 'Boom' } };
  const parts = decodedStream([messageStart, tool(0, 'a'), json(0, '{"a'), error, blockStop(0)]);
  assert.equal(disorderIn(parts), undefined);
  assert.equal(parts.at(-1)?.type, 'stream-error');
});

test('CPA#1680: an event that is not JSON ends the stream as an error', () => {
  const parts = decodedStream([messageStart, '{"type":"content_bl', messageStop]);
  const last = parts.at(-1);
  assert.equal(last?.type === 'stream-error' && last.error.code, 'upstream_invalid_response');
});

test('a stream is whole from its stop reason on, and cut before', () => {
  const begin = [messageStart, blockStart(0, { type: 'text', text: '' }), text(0, 'A')];
  const cut = decodedStream(begin);
  assert.equal(disorderIn(cut), undefined);
  const last = cut.at(-1);
  assert.equal(last?.type === 'stream-error' && last.error.code, 'upstream_stream_cut');
  const whole = decodedStream([...begin, messageDelta('end_turn')]);
  assert.equal(disorderIn(whole), undefined);
  assert.equal(whole.at(-1)?.type, 'message-end');
  assert.equal(decodedStream([]).at(-1)?.type, 'stream-error');
});

test('a call inside which the stream fails is marked as a torso', () => {
  const begin = [messageStart, tool(0, 't'), json(0, '{"a')];
  const torso = { type: 'tool-call-end', candidate: 0, index: 0, cut: true };
  const broken: JsonValue = { type: 'error', error: { type: 'overloaded_error', message: 'M' } };
  assert.deepEqual(decodedStream(begin).at(-2), torso);
  assert.deepEqual(decodedStream([...begin, broken]).at(-2), torso);
  assert.deepEqual(
    decodedStream([messageStart, tool(0, 't')]).map(({ type }) => type),
    ['message-start', 'tool-call-start', 'tool-call-end', 'stream-error'],
  );
  const { cut: _, ...end } = torso;
  assert.deepEqual(decodedStream([...begin, json(0, '":1}'), blockStop(0), broken]).at(-2), end);
});

test('blocks that never start, marks of other formats and events of later days do no harm', () => {
  const parts = decodedStream([
    messageStart,
    { type: 'brand_new_event' },
    text(0, 'Hi'),
    blockStop(0),
    blockStop(7),
    json(8, '{}'),
    messageDelta('stop_sequence'),
    messageStop,
    '[DONE]',
  ]);
  assert.equal(disorderIn(parts), undefined);
  assert.deepEqual(
    parts.map(({ type }) => type),
    ['message-start', 'text-start', 'text-delta', 'text-end', 'finish', 'message-end'],
  );
});
