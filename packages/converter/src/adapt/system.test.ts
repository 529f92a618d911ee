import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adaptFor,
  assistant,
  claude5,
  claude45,
  gemini3,
  gpt4o,
  gpt5,
  systemTurn,
  text,
  user,
} from './testing/fixtures.ts';

const system = [
  { text: 'one', role: 'system', cache: {} },
  { text: 'two', role: 'developer' },
] as const;

test('reasoning models of OpenAI take developer messages, all others system', () => {
  const roles = (target: typeof gpt5) =>
    adaptFor(target, { system }).request.system.map(({ role }) => role);
  assert.deepEqual(roles(gpt5), ['developer', 'developer']);
  assert.deepEqual(roles(gpt4o), ['system', 'system']);
  assert.deepEqual(roles(claude45), ['system', 'system']);
});

test('system blocks stay apart and keep their cache marks (envoy#2488)', () => {
  const { request, lost } = adaptFor(claude45, { system });
  assert.deepEqual(request.system, [system[0], { text: 'two', role: 'system' }]);
  assert.deepEqual(lost, []);
});

test('empty system blocks vanish', () => {
  const blocks = [
    { text: '', role: 'system' },
    { text: ' ', role: 'system' },
  ] as const;
  assert.deepEqual(adaptFor(claude45, { system: blocks }).request.system, []);
  assert.deepEqual(adaptFor(gpt4o, { system: blocks }).request.system, [blocks[1]]);
});

test('instructions in the middle become marked user text where the target has no such turns', () => {
  const turns = [user('a'), assistant('b'), systemTurn('be brief'), user('c')];
  const { request, lost } = adaptFor(gemini3, { turns });
  assert.deepEqual(request.turns, [
    user('a'),
    assistant('b'),
    user('<system-reminder>\nbe brief\n</system-reminder>', 'c'),
  ]);
  assert.deepEqual(lost, ['system-turn turns[2] weakened unsupported answer']);
  assert.deepEqual(adaptFor(claude45, { turns }).lost, lost);
});

test('instructions in the middle stay where the target has such turns', () => {
  const turns = [user('a'), assistant('b'), systemTurn('be brief'), user('c')];
  assert.equal(adaptFor(gpt4o, { turns }).request.turns.length, 4);
  assert.deepEqual(adaptFor(claude5, { turns }).request.turns, turns);
});

test('Gemma reads its instructions before the first user text', () => {
  const { request, lost } = adaptFor({ format: 'gemini', model: 'gemma-3-27b-it' }, { system });
  assert.deepEqual(request.system, []);
  assert.deepEqual(request.turns, [user(text('one\n\ntwo'), 'Hello')]);
  assert.deepEqual(lost, ['system system weakened model hint']);
});
