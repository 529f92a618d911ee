import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adaptFor,
  assistant,
  call,
  claude5,
  claude45,
  gemini3,
  gemini25,
  look,
  result,
  seal,
  someChat,
  text,
  thought,
  user,
} from './testing/fixtures.ts';

const skip = { format: 'gemini', kind: 'signature', data: 'skip_thought_signature_validator' };

test('a seal goes back to the format and model that made it and to no other', () => {
  const own = { ...text('a'), seal: seal('gemini', gemini3.model) };
  const native = { ...text('b'), seal: seal('gemini') };
  const foreign = { ...text('c'), seal: seal('anthropic-messages') };
  const older = { ...text('d'), seal: seal('gemini', 'gemini-2.5-pro') };
  const turns = [user('hi'), assistant(own, native, foreign, older), user('go on')];
  const { request, lost, losses } = adaptFor(gemini3, { turns });
  assert.deepEqual(request.turns[1]?.parts, [own, native, text('c'), text('d')]);
  assert.deepEqual(lost, ['reasoning-signature turns[1].parts[2] dropped foreign hint']);
  assert.match(losses[0]?.detail ?? '', /1 other places/);
});

test('switching from Claude to Gemini drops reasoning that Gemini did not sign (CLIProxyAPI#994)', () => {
  const turns = [user('hi'), assistant(thought('hm', 'anthropic-messages'), 'a'), user('b')];
  const { request, lost } = adaptFor(gemini25, { turns });
  assert.deepEqual(request.turns, [user('hi'), assistant('a'), user('b')]);
  assert.deepEqual(lost, [
    'reasoning-signature turns[1].parts[0] dropped foreign hint',
    'reasoning-history turns[1].parts[0] dropped foreign hint',
  ]);
});

test('reasoning that a model signed goes back to it unchanged', () => {
  const turns = [user('hi'), assistant(thought('hm', 'anthropic-messages'), 'a'), user('b')];
  const { request, lost } = adaptFor(claude5, { turns });
  assert.equal(request.turns, request.turns);
  assert.deepEqual(request.turns, turns);
  assert.deepEqual(lost, []);
});

test('reasoning never reaches a chat upstream, unless its maker wants it back (CLIProxyAPI#1467)', () => {
  const turns = [user('hi'), assistant(thought('hm', 'anthropic-messages'), 'a'), user('b')];
  assert.deepEqual(adaptFor(someChat, { turns }).request.turns[1], assistant('a'));
  const kimi = { format: 'openai-chat', model: 'kimi-k2-thinking' };
  assert.deepEqual(adaptFor(kimi, { turns }).request.turns[1], assistant(thought('hm'), 'a'));
});

test('Gemini 3 gets a substitute on the first call of a turn without any signature', () => {
  const turns = [
    user('hi'),
    assistant('a', call('1'), call('2')),
    user(result('1'), result('2')),
    assistant(call('3', { seal: seal('gemini') }), call('4')),
    user(result('3'), result('4')),
  ];
  const { request, lost } = adaptFor(gemini3, { turns, tools: [look] });
  const seals = request.turns.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-call' ? [part.seal] : [])),
  );
  assert.deepEqual(seals, [skip, undefined, seal('gemini'), undefined]);
  assert.deepEqual(lost, ['reasoning-signature turns[1].parts[1] weakened emulated hint']);
  assert.deepEqual(adaptFor(gemini25, { turns, tools: [look] }).request.turns, turns);
});

test('a Claude that thinks by budget stops when its last call has lost its reasoning (opencode#3077)', () => {
  const reasoning = { mode: 'on', budget: 2048 } as const;
  const tools = [look];
  const lostOne = [user('hi'), assistant(call('1')), user(result('1'))];
  const off = adaptFor(claude45, { turns: lostOne, tools, reasoning });
  assert.equal(off.request.reasoning, undefined);
  assert.deepEqual(off.lost, ['reasoning reasoning weakened model answer']);
  const keptOne = [
    user('hi'),
    assistant(thought('hm', 'anthropic-messages'), call('1')),
    user(result('1')),
  ];
  assert.deepEqual(adaptFor(claude45, { turns: keptOne, tools, reasoning }).lost, []);
  const adaptive = { mode: 'on', effort: 'high' } as const;
  assert.deepEqual(adaptFor(claude5, { turns: lostOne, tools, reasoning: adaptive }).lost, []);
});
