import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { gemini } from './index.ts';
import {
  answerContext,
  chunksOf,
  createLedger,
  decoded,
  plain,
  written,
} from './testing/exchange.ts';

const foreign: Seal = { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' };
const carried: Seal = { ...foreign, model: 'claude-opus-5' };

/** What the history of a client looks like that keeps every part of an answer but its thoughts. */
function historyOf(answer: JsonObject): readonly Part[] {
  const candidates = answer['candidates'];
  const [candidate] = Array.isArray(candidates) ? candidates : [];
  const content = isObject(candidate) ? candidate['content'] : undefined;
  const parts = isObject(content) && Array.isArray(content['parts']) ? content['parts'] : [];
  const kept = parts.filter((part) => isObject(part) && part['thought'] !== true);
  return decoded({ contents: [{ role: 'model', parts: plain(kept) }] }).turns[0]?.parts ?? [];
}

function answered(parts: readonly Part[], visible = false): JsonObject {
  return gemini.client.encodeResponse(
    { id: 'a', model: 'm', candidates: [{ parts, finish: { reason: 'stop' } }] },
    answerContext({ reasoning: { mode: 'on', visible } }),
  );
}

const reasoning: Part = { type: 'reasoning', text: 'I think so.', seal: foreign };
const call: Part = { type: 'tool-call', id: 'x', name: 'f', kind: 'function', input: '{}' };

test('reasoning of another provider comes back whole with the call after it', () => {
  assert.deepEqual(historyOf(answered([reasoning, call])), [{ ...reasoning, seal: carried }, call]);
});

test('reasoning of another provider comes back whole with the text after it', () => {
  const text: Part = { type: 'text', text: 'Yes.' };
  const back = historyOf(answered([reasoning, text, call], true));
  assert.deepEqual(back, [{ ...reasoning, seal: carried }, text, call]);
});

test('redacted reasoning comes back', () => {
  const redacted: Part = { type: 'reasoning', text: '', seal: { ...foreign, kind: 'redacted' } };
  assert.deepEqual(historyOf(answered([redacted, call])), [
    { ...redacted, seal: { ...carried, kind: 'redacted' } },
    call,
  ]);
});

test('reasoning that nothing follows comes back with the empty text at the end', () => {
  assert.deepEqual(historyOf(answered([reasoning])), [{ ...reasoning, seal: carried }]);
});

test('seals of texts and calls come back on them', () => {
  const seal: Seal = { format: 'gemini', kind: 'signature', data: 'b3du' };
  const parts: readonly Part[] = [
    { type: 'text', text: 'Yes.', seal },
    { ...call, seal },
  ];
  const bound = { ...seal, model: 'claude-opus-5' };
  assert.deepEqual(
    historyOf(answered(parts)),
    parts.map((part) => ({ ...part, seal: bound })),
  );
});

test('a text with a seal of its own keeps that of the reasoning before it too', () => {
  const text: Part = { type: 'text', text: 'Yes.', seal: { ...foreign, data: 'b3du' } };
  assert.deepEqual(historyOf(answered([reasoning, text])), [
    { ...reasoning, seal: carried },
    { ...text, seal: { ...carried, data: 'b3du' } },
  ]);
});

test('streams carry seals as plain answers do', () => {
  const place = { candidate: 0, index: 0 } as const;
  const parts: readonly StreamPart[] = [
    { type: 'message-start', id: 'a', model: 'm' },
    { type: 'reasoning-start', ...place },
    { type: 'reasoning-delta', ...place, text: 'I think ' },
    { type: 'reasoning-delta', ...place, text: 'so.' },
    { type: 'reasoning-end', ...place, seal: foreign },
    { type: 'text-start', candidate: 0, index: 1 },
    { type: 'text-delta', candidate: 0, index: 1, text: 'Y' },
    { type: 'text-delta', candidate: 0, index: 1, text: 'es.' },
    { type: 'text-end', candidate: 0, index: 1 },
    { type: 'finish', candidate: 0, finish: { reason: 'stop' } },
    { type: 'message-end' },
  ];
  for (const visible of [true, false]) {
    const context = answerContext({ reasoning: { mode: 'on', visible } });
    const chunks = chunksOf(written(parts, context).join(''));
    // One content for each chunk is how Google's library keeps a streamed answer.
    const contents = chunks.map(({ candidates }) =>
      Array.isArray(candidates) ? candidates[0].content : [],
    );
    assert.deepEqual(decoded({ contents }).turns, [
      {
        role: 'assistant',
        parts: [
          { ...reasoning, seal: carried },
          { type: 'text', text: 'Yes.' },
        ],
      },
    ]);
  }
});

test('an echoed thought is not told twice', () => {
  const wire = answered([reasoning, call], true);
  const [candidate] = wire['candidates'] as readonly JsonObject[];
  const turns = decoded({ contents: [candidate?.['content'] ?? null] }).turns;
  assert.deepEqual(turns[0]?.parts, [{ ...reasoning, seal: carried }, call]);
});

test('the URL-safe spelling of an envelope is read', () => {
  const data = writeEnvelope({ binding: 'self', seal: { ...foreign, data: '>>>???' } });
  const safe = data.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const parts = decoded({
    contents: [{ role: 'model', parts: [{ text: 'a', thought_signature: safe }] }],
  }).turns[0]?.parts;
  assert.deepEqual(parts, [{ type: 'text', text: 'a', seal: { ...foreign, data: '>>>???' } }]);
});

test('genuine signatures are Gemini’s, bypass values and damaged envelopes are nobody’s', () => {
  const sealOf = (thoughtSignature: string): unknown => {
    const [part] =
      decoded({ contents: [{ role: 'model', parts: [{ text: 'a', thoughtSignature }] }] }).turns[0]
        ?.parts ?? [];
    return part?.type === 'text' && part.seal;
  };
  assert.deepEqual(sealOf('Es8F_A'), { format: 'gemini', kind: 'signature', data: 'Es8F/A==' });
  assert.equal(sealOf('skip_thought_signature_validator'), undefined);
  assert.equal(
    sealOf(`${writeEnvelope({ binding: 'self', seal: foreign }).slice(0, -8)}AAAAAAAA`),
    undefined,
  );
});

test('a thought too long to carry is dropped with a loss', () => {
  const { losses, report } = createLedger();
  const long: Part = { type: 'reasoning', text: 'x'.repeat(20_000), seal: foreign };
  const answer = gemini.client.encodeResponse(
    { id: 'a', model: 'm', candidates: [{ parts: [long, call], finish: { reason: 'stop' } }] },
    answerContext({}, report),
  );
  assert.deepEqual(historyOf(answer), [call]);
  assert.deepEqual(
    losses.map(({ feature, reason }) => `${feature} ${reason}`),
    ['reasoning-signature limit'],
  );
});

test('CLIProxyAPI#994: other providers’ envelopes leave a body that passes through', () => {
  const clean = gemini.upstream.withoutForeignSeals;
  const envelope = (seal: Seal): string => writeEnvelope({ binding: 'previous', seal, text: 'hm' });
  const own: Seal = { format: 'gemini', kind: 'signature', data: 'b3du' };
  const genuine = { text: 'a', thoughtSignature: 'b3du' };
  const untouched = {
    contents: [
      { role: 'model', parts: [genuine] },
      { role: 'user', parts: [] },
    ],
  };
  assert.equal(clean(untouched), untouched);
  assert.deepEqual(
    clean({
      contents: [
        {
          role: 'model',
          parts: [
            { text: '', thought_signature: envelope(foreign) },
            { functionCall: { name: 'f' }, thoughtSignature: envelope(foreign) },
            { text: 'a', thoughtSignature: envelope(own) },
          ],
        },
        { role: 'model', parts: [{ text: '', thoughtSignature: envelope(foreign) }] },
        { role: 'user', parts: [{ text: 'Hi' }] },
      ],
      labels: {},
    }),
    {
      contents: [
        { role: 'model', parts: [{ functionCall: { name: 'f' } }, genuine] },
        { role: 'user', parts: [{ text: 'Hi' }] },
      ],
      labels: {},
    },
  );
  const single = { contents: { parts: [{ text: 'b', thoughtSignature: envelope(foreign) }] } };
  assert.deepEqual(clean(single), { contents: { parts: [{ text: 'b' }] } });
});
