import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { withoutForeignSeals } from './seals.ts';
import { body } from './testing/exchange.ts';

const foreign: Seal = {
  format: 'gemini',
  model: 'gemini-3-flash',
  kind: 'signature',
  data: 'c2ln',
};
const own: Seal = { format: 'anthropic-messages', kind: 'signature', data: 'EqQB' };

function thinking(signature: string, text = 'Hm'): JsonObject {
  return { type: 'thinking', thinking: text, signature };
}

function conversation(...content: readonly JsonObject[]): JsonObject {
  return body({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content },
      { role: 'user', content: 'Go on' },
    ],
  });
}

test('a body without envelopes is handed back as it is', () => {
  const wire = conversation(thinking('EqQB'), { type: 'text', text: 'A' });
  assert.equal(withoutForeignSeals(wire), wire);
  const odd = { messages: 'none' };
  assert.equal(withoutForeignSeals(odd), odd);
});

test('CPA#994: blocks that hold another provider’s data go, genuine ones stay', () => {
  const text = { type: 'text', text: 'A' };
  const wire = conversation(
    thinking(writeEnvelope({ binding: 'self', seal: foreign })),
    thinking(writeEnvelope({ binding: 'self' })),
    { type: 'redacted_thinking', data: writeEnvelope({ binding: 'self', seal: foreign }) },
    thinking('EqQB'),
    text,
  );
  assert.deepEqual(withoutForeignSeals(wire), conversation(thinking('EqQB'), text));
});

test('Anthropic’s own values come back out of their envelopes', () => {
  const redacted: Seal = { ...own, kind: 'redacted', data: 'AAAA' };
  const wire = conversation(thinking(writeEnvelope({ binding: 'self', seal: own })), {
    type: 'redacted_thinking',
    data: writeEnvelope({ binding: 'self', seal: redacted }),
  });
  assert.deepEqual(
    withoutForeignSeals(wire),
    conversation(thinking('EqQB'), { type: 'redacted_thinking', data: 'AAAA' }),
  );
});

test('a turn that held nothing else vanishes', () => {
  const wire = conversation(thinking(writeEnvelope({ binding: 'self', seal: foreign })));
  const { messages } = withoutForeignSeals(wire);
  assert.deepEqual(messages, [
    { role: 'user', content: 'Hi' },
    { role: 'user', content: 'Go on' },
  ]);
});
