import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../ir/request.ts';
import {
  adaptFor,
  assistant,
  call,
  claude45,
  gemini25,
  look,
  result,
  someChat,
  systemTurn,
  text,
  user,
} from './testing/fixtures.ts';

function pair(turns: readonly Turn[], target = someChat) {
  return adaptFor(target, { turns, tools: [look] });
}

test('a history in order is handed on as the same list', () => {
  const turns = [user('a'), assistant(call('1')), user(result('1'), 'b')];
  const { request, lost } = pair(turns);
  assert.equal(request.turns, turns);
  assert.deepEqual(lost, []);
});

test('results that arrive as turns of their own share one turn, in the order of the calls', () => {
  const turns = [
    user('a'),
    assistant(call('1'), call('2')),
    user(result('2')),
    user(result('1')),
    user('b'),
  ];
  const { request, lost } = pair(turns);
  assert.deepEqual(request.turns, [
    user('a'),
    assistant(call('1'), call('2')),
    user(result('1'), result('2')),
    user('b'),
  ]);
  assert.deepEqual(lost, []);
  assert.deepEqual(pair(turns, claude45).request.turns.at(-1), user(result('1'), result('2'), 'b'));
});

test('results come before other words of their turn, whatever the client wrote first', () => {
  const turns = [user('a'), assistant(call('1')), user('b', result('1'))];
  const { request, lost } = pair(turns);
  assert.deepEqual(request.turns[2], user(result('1'), 'b'));
  assert.deepEqual(lost, ['tool-result-order turns[2].parts[1] weakened order hint']);
});

test('a system turn between call and result does not part them', () => {
  const turns = [user('a'), assistant(call('1')), systemTurn('s'), user(result('1'))];
  const { request } = pair(turns);
  assert.deepEqual(request.turns, [
    user('a'),
    assistant(call('1')),
    user(result('1')),
    systemTurn('s'),
  ]);
});

test('calls of several assistant turns in a row each get their results', () => {
  const turns = [
    user('a'),
    assistant(call('1')),
    assistant(call('2')),
    user(result('1'), result('2')),
  ];
  assert.deepEqual(pair(turns, claude45).request.turns, [
    user('a'),
    assistant(call('1')),
    user(result('1')),
    assistant(call('2')),
    user(result('2')),
  ]);
});

test('a call without a result gets one that says so (llm-rosetta#82)', () => {
  const turns = [user('a'), assistant(call('1'), call('2')), user(result('2'), 'stop')];
  const { request, lost } = pair(turns);
  assert.deepEqual(request.turns[2], {
    role: 'user',
    parts: [
      result('1', '[tool call was not executed]', { isError: true }),
      result('2'),
      text('stop'),
    ],
  });
  assert.deepEqual(lost, ['tool-call turns[1].parts[0] weakened invalid answer']);
});

test('a conversation that ends with a call is answered too', () => {
  const { request } = pair([user('a'), assistant(call('1'))]);
  assert.equal(request.turns.length, 3);
  assert.equal(request.turns[2]?.parts[0]?.type, 'tool-result');
});

test('a result of an unknown call becomes text, its images stay', () => {
  const image = {
    type: 'media',
    media: 'image',
    mimeType: 'image/png',
    source: { type: 'base64', data: 'AA==' },
  } as const;
  const stray = result('9', 'x', { content: [text('x'), image] });
  const { request, lost } = pair([user('a', stray)]);
  assert.deepEqual(
    request.turns[0],
    user('a', '[result of an unknown call of the tool look]', 'x', image),
  );
  assert.deepEqual(lost, ['tool-result turns[0].parts[1] weakened invalid answer']);
});

test('a second result of one call is dropped', () => {
  const turns = [user('a'), assistant(call('1')), user(result('1')), user(result('1', 'again'))];
  const { request, lost } = pair(turns);
  assert.deepEqual(request.turns, turns.slice(0, 3));
  assert.deepEqual(lost, ['tool-result turns[3].parts[0] dropped invalid answer']);
});

test('ids that a provider used again are made different, call and result alike', () => {
  const turns = [
    user('a'),
    assistant(call('call_0')),
    user(result('call_0', 'one')),
    assistant(call('call_0')),
    user(result('call_0', 'two')),
  ];
  const { request } = pair(turns);
  assert.deepEqual(request.turns.slice(3), [
    assistant(call('call_0_2')),
    user(result('call_0_2', 'two')),
  ]);
  assert.deepEqual(request.turns.slice(0, 3), turns.slice(0, 3));
});

test('results learn the names of their tools from the calls', () => {
  const nameless = { ...result('1'), name: undefined };
  const { request } = pair([user('a'), assistant(call('1')), user(nameless)], gemini25);
  assert.deepEqual(request.turns[2], user(result('1')));
});

test('calls of one id each get an id of their own and the result that came next, however many', () => {
  const count = 20_000;
  const turns = Array.from({ length: count }, (_, index) => [
    assistant(call('1')),
    user(result('1', `${index}`)),
  ]);
  const { request, lost } = pair([user('a'), ...turns.flat()]);
  const parts = request.turns.flatMap((turn) => turn.parts);
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
  const results = parts.flatMap((part) => (part.type === 'tool-result' ? [part] : []));
  assert.equal(new Set(calls).size, count);
  assert.deepEqual(calls.slice(0, 3), ['1', '1_2', '1_3']);
  assert.deepEqual(
    results.map(({ callId }) => callId),
    calls,
  );
  assert.deepEqual(
    results.map(({ content }) => content[0]),
    Array.from({ length: count }, (_, index) => text(`${index}`)),
  );
  assert.deepEqual(lost, []);
});

test('a result that is sent twice does not cost a later call of the same id its own', () => {
  const { request, lost } = pair([
    user('a'),
    assistant(call('1')),
    user(result('1', 'first')),
    user(result('1', 'again')),
    assistant(call('1')),
    user(result('1', 'second')),
  ]);
  const parts = request.turns.flatMap((turn) => turn.parts);
  const results = parts.flatMap((part) => (part.type === 'tool-result' ? [part] : []));
  assert.deepEqual(
    results.map(({ callId, content }) => [callId, content[0]]),
    [
      ['1', text('first')],
      ['1_2', text('second')],
    ],
  );
  assert.equal(lost.length, 1);
});
