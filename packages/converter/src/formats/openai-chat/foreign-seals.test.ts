import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { openaiChat } from './index.ts';

const { withoutForeignSeals } = openaiChat.upstream;

const foreign: Seal = { format: 'anthropic-messages', model: 'm', kind: 'signature', data: 'c2ln' };
const envelope = writeEnvelope({ binding: 'self', seal: foreign, textLength: 2 });

function bodyWith(message: JsonObject): JsonObject {
  return { model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }, message] };
}

function call(extra_content?: JsonObject): JsonObject {
  const named = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } };
  return extra_content === undefined ? named : { ...named, extra_content };
}

test('a body without envelopes stays the same object', () => {
  const genuine = { type: 'reasoning.text', text: 'hm', signature: 'genuine' };
  for (const body of [
    { model: 'gpt-5' },
    bodyWith({ role: 'assistant', content: 'Hi', reasoning_details: [genuine] }),
    bodyWith({ role: 'assistant', tool_calls: [call({ google: { thought_signature: 'Z29v' } })] }),
  ]) {
    assert.equal(withoutForeignSeals(body), body);
  }
});

test('envelopes of other providers go, and what is empty without them', () => {
  const genuine = { type: 'reasoning.text', text: 'hm', signature: 'genuine' };
  const sealed = { type: 'reasoning.text', signature: envelope, index: 0 };
  const google = { thought_signature: envelope };
  const before = bodyWith({
    role: 'assistant',
    reasoning_content: 'hm',
    reasoning_details: [sealed],
    tool_calls: [call({ google }), call({ google, other: 1 })],
  });
  const after = bodyWith({
    role: 'assistant',
    reasoning_content: 'hm',
    tool_calls: [call(), call({ other: 1 })],
  });
  assert.deepEqual(withoutForeignSeals(before), after);
  const mixed = bodyWith({ role: 'assistant', reasoning_details: [genuine, sealed] });
  const kept = bodyWith({ role: 'assistant', reasoning_details: [genuine] });
  assert.deepEqual(withoutForeignSeals(mixed), kept);
});

test('envelopes go from where OpenAI’s Agents SDK repeats them', () => {
  const google = { thought_signature: envelope };
  const sealed = { type: 'reasoning.text', signature: envelope, index: 0 };
  const text = { type: 'text', text: 'Hi' };
  const before = bodyWith({
    role: 'assistant',
    content: [{ ...text, reasoning_details: [sealed] }],
    tool_calls: [call({ google })],
    extra_content: { google },
  });
  const after = bodyWith({ role: 'assistant', content: [text], tool_calls: [call()] });
  assert.deepEqual(withoutForeignSeals(before), after);
});

test('what this format’s own upstream had sealed is put back', () => {
  const own = (kind: Seal['kind'], data: string): string =>
    writeEnvelope({ binding: 'self', seal: { format: 'openai-chat', kind, data } });
  const entry = { type: 'reasoning.encrypted', data: 'gAAA', index: 0 };
  const before = bodyWith({
    role: 'assistant',
    reasoning_details: [
      { type: 'reasoning.encrypted', data: own('redacted', JSON.stringify(entry)), index: 0 },
    ],
    tool_calls: [call({ google: { thought_signature: own('signature', 'Z29v') } })],
  });
  assert.deepEqual(
    withoutForeignSeals(before),
    bodyWith({
      role: 'assistant',
      reasoning_details: [entry],
      tool_calls: [call({ google: { thought_signature: 'Z29v' } })],
    }),
  );
});
