import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../errors.ts';
import type { Turn } from '../ir/request.ts';
import {
  adaptFor,
  assistant,
  call,
  claude45,
  claude46,
  gemini3,
  gpt4o,
  look,
  result,
  seal,
  someChat,
  text,
  user,
} from './testing/fixtures.ts';

function turnsFor(target: typeof gpt4o, turns: readonly Turn[]) {
  return adaptFor(target, { turns, tools: [look] }).request.turns;
}

test('turns of one role in a row are merged where roles must alternate', () => {
  const turns = [user('a'), user('b'), assistant('c'), assistant('d'), user('e')];
  const merged = [user('a', 'b'), assistant('c', 'd'), user('e')];
  assert.deepEqual(turnsFor(claude45, turns), merged);
  assert.deepEqual(turnsFor(gemini3, turns), merged);
  assert.equal(turnsFor(someChat, turns), turns);
});

test('empty text vanishes, and with it the assistant turn that held nothing else (envoy#2191)', () => {
  const turns = [user('a'), assistant(''), user('', 'b')];
  assert.deepEqual(turnsFor(claude45, turns), [user('a', 'b')]);
  assert.deepEqual(turnsFor(gpt4o, turns), [user('a'), user('b')]);
});

test('white space alone is no text for Claude and strict chat upstreams (CLIProxyAPI#441)', () => {
  const turns = [user('a'), assistant('\n', call('1')), user(result('1'), ' ', 'b')];
  const lean = [user('a'), assistant(call('1')), user(result('1'), 'b')];
  assert.deepEqual(turnsFor(claude45, turns), lean);
  assert.deepEqual(turnsFor(someChat, turns), [lean[0], lean[1], turns[2]]);
  assert.deepEqual(turnsFor(gpt4o, turns), turns);
});

test('an empty user turn keeps its place (CLIProxyAPI#1294)', () => {
  for (const target of [claude45, gemini3, gpt4o]) {
    assert.deepEqual(turnsFor(target, [user(''), assistant('a'), user()]), [
      user('.'),
      assistant('a'),
      user('.'),
    ]);
  }
});

test('empty text that carries a signature is kept for the model that signed it', () => {
  const turns = [user('a'), assistant({ ...text(''), seal: seal('gemini') }), user('b')];
  assert.deepEqual(turnsFor(gemini3, turns), turns);
});

test('a history that starts with the model gets a user turn before it (CLIProxyAPI#5048)', () => {
  const turns = [assistant('hello'), user('a')];
  const { request, lost } = adaptFor(gemini3, { turns });
  assert.deepEqual(request.turns, [user('.'), ...turns]);
  assert.deepEqual(lost, ['first-turn turns[0] weakened unsupported hint']);
  assert.equal(turnsFor(gpt4o, turns), turns);
});

test('instructions alone get a user turn to answer (CLIProxyAPI#2310)', () => {
  const system = [{ text: 's', role: 'system' }] as const;
  for (const target of [claude45, gemini3]) {
    assert.deepEqual(adaptFor(target, { system, turns: [] }).request.turns, [user('.')]);
    assert.throws(() => adaptFor(target, { turns: [] }), ConversionError);
  }
});

test('names become part of the words where several people speak', () => {
  const ann: Turn = { ...user('hi'), name: 'Ann' };
  const bob: Turn = { ...user('ho'), name: 'Bob' };
  assert.deepEqual(turnsFor(claude45, [ann, bob]), [user('Ann: hi', 'Bob: ho')]);
  assert.deepEqual(turnsFor(claude45, [ann, assistant('x'), ann]), [
    user('hi'),
    assistant('x'),
    user('hi'),
  ]);
  assert.deepEqual(turnsFor(gpt4o, [ann, bob]), [ann, bob]);
});

test("words put into the model's mouth stay where it goes on from them", () => {
  const turns = [user('a'), assistant('b \n')];
  assert.deepEqual(turnsFor(claude45, turns), [user('a'), assistant('b')]);
  assert.equal(turnsFor(gpt4o, turns), turns);
  const { request, lost } = adaptFor(gemini3, { turns });
  assert.equal(request.turns, turns);
  assert.deepEqual(lost, ['prefill turns[1] weakened model answer']);
});

test('elsewhere the model is asked to go on', () => {
  const turns = [user('a'), assistant('b')];
  const { request, lost } = adaptFor(claude46, { turns });
  assert.deepEqual(request.turns, [...turns, user('Continue.')]);
  assert.deepEqual(lost, ['prefill turns[1] weakened model answer']);
  const reasoning = { mode: 'on', budget: 2000 } as const;
  assert.equal(adaptFor(claude45, { turns, reasoning }).request.turns.length, 3);
});
