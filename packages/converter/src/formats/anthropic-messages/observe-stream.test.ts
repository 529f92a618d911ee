import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamObserver } from '../../format.ts';
import type { JsonValue } from '../../json.ts';
import { observeStream } from './observe-stream.ts';
import {
  blockDelta,
  messageDelta,
  messageStart,
  messageStop,
  plain,
  sse,
} from './testing/exchange.ts';

function observed(events: readonly JsonValue[]): StreamObserver {
  const observer = observeStream();
  for (const event of events) observer.push(sse(event));
  return observer;
}

test('output is a beginning; a ping, a message and an empty block are none', () => {
  const block = (content_block: JsonValue): JsonValue => ({
    type: 'content_block_start',
    index: 0,
    content_block,
  });
  const silent = [{ type: 'ping' }, messageStart, block({ type: 'text', text: '' })];
  assert.equal(observed(silent).begun(), false);
  const output = [
    block({ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }),
    block({ type: 'redacted_thinking', data: 'x' }),
    blockDelta(0, { type: 'text_delta', text: 'A' }),
    messageDelta('end_turn'),
  ];
  for (const event of output) assert.equal(observed([...silent, event]).begun(), true);
});

test('the end is good from the stop reason on', () => {
  const begin = [messageStart, blockDelta(0, { type: 'text_delta', text: 'A' })];
  assert.equal(observed(begin).finished(), false);
  assert.equal(observed([...begin, messageDelta('end_turn')]).finished(), true);
  assert.equal(observed([...begin, messageStop]).finished(), true);
});

test('usage is known from the start and replaced later', () => {
  const observer = observed([messageStart]);
  assert.deepEqual(plain(observer.usage()), { fresh: 10, cacheRead: 5, text: 1 });
  observer.push(sse(messageDelta('end_turn', { output_tokens: 30, input_tokens: null })));
  assert.deepEqual(plain(observer.usage()), { fresh: 10, cacheRead: 5, text: 30 });
});

test('errors are seen wherever they stand, in JSON or in words', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const first = observed([error]);
  assert.deepEqual(
    [first.error()?.kind, first.begun(), first.finished()],
    ['overloaded', false, false],
  );
  assert.equal(observed([messageStart, error, messageStop]).finished(), false);
  const words = observeStream();
  words.push({ event: 'error', data: 'upstream went away' });
  assert.equal(words.error()?.message, 'upstream went away');
});

test('events without a name are read by their data', () => {
  const observer = observeStream();
  observer.push({ event: undefined, data: JSON.stringify(messageStart) });
  observer.push({ event: undefined, data: JSON.stringify(messageDelta('end_turn')) });
  assert.deepEqual([observer.begun(), observer.finished()], [true, true]);
});
