import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { withoutForeignSeals } from './foreign-seals.ts';
import { answered, outputOf } from './testing/client.ts';

const foreign: Seal = { format: 'gemini', model: 'm', kind: 'signature', data: 'c2ln' };
const own: Seal = {
  format: 'openai-responses',
  model: 'gpt-5',
  kind: 'signature',
  data: '{"id":"rs_1","encrypted_content":"gAAA"}',
};

function reasoning(encrypted_content: string, words: readonly string[] = []): JsonObject {
  const summary = words.map((text) => ({ type: 'summary_text', text }));
  return { type: 'reasoning', id: 'rs_ours', summary, encrypted_content };
}

const call = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' };

test('items with envelopes of other providers go, everything else stays', () => {
  const genuine = reasoning('gBBB');
  const input = [
    { role: 'user', content: 'Hi' },
    reasoning(writeEnvelope({ binding: 'self', seal: foreign }), ['Hmm']),
    reasoning(writeEnvelope({ binding: 'next', seal: foreign })),
    reasoning(writeEnvelope({ binding: 'self' })),
    genuine,
    call,
  ];
  assert.deepEqual(withoutForeignSeals({ model: 'gpt-5', input }), {
    model: 'gpt-5',
    input: [input[0], genuine, call],
  });
});

test('what this format sealed is put back as it was', () => {
  const input = [reasoning(writeEnvelope({ binding: 'self', seal: own }), ['Hmm']), call];
  assert.deepEqual(withoutForeignSeals({ input })['input'], [
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hmm' }],
      encrypted_content: 'gAAA',
    },
    call,
  ]);
});

test('reasoning that nobody sealed goes as well: no provider knows its id', () => {
  const thought = outputOf(answered([{ type: 'reasoning', text: 'Hmm' }]));
  assert.equal(thought.length, 1);
  assert.deepEqual(withoutForeignSeals({ input: [...thought, call] })['input'], [call]);
});

test('a body without envelopes is the same object', () => {
  for (const input of ['Hi', [call, reasoning('gBBB'), 'odd', null]]) {
    const body = { input };
    assert.equal(withoutForeignSeals(body), body);
  }
});
