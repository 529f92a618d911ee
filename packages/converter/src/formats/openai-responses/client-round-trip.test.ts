/** A client sends back what it was answered: the neutral form is the same, seals included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explode } from '../../ir/collect.ts';
import type { Part, ReasoningPart, Seal, TextPart, ToolCallPart } from '../../ir/part.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { encodeStream } from './encode-stream.ts';
import { answerContext, answered, outputOf, turnsOf } from './testing/client.ts';
import { assertLegal, eventsOf } from './testing/event-order.ts';

const plain = { noNullPrototype: true } as const;
const words = fc.string({ minLength: 1, maxLength: 30 });
const id = fc.stringMatching(/^call_[a-z0-9]{4,12}$/);
const name = fc.stringMatching(/^[a-z_]{1,12}$/);

const seal: fc.Arbitrary<Seal> = fc.record(
  {
    format: fc.constantFrom('anthropic-messages', 'gemini'),
    model: fc.constant('claude-opus-5'),
    kind: fc.constantFrom('signature' as const, 'redacted' as const),
    data: words,
  },
  plain,
);

/** Nothing or a seal, which is a key that is absent or there. */
function maybeSealed(
  parts: fc.Arbitrary<TextPart | ReasoningPart | ToolCallPart>,
): fc.Arbitrary<Part> {
  return fc
    .tuple(parts, fc.option(seal, { nil: undefined }))
    .map(([part, sealed]): Part => (sealed === undefined ? part : { ...part, seal: sealed }));
}

const call = fc.oneof(
  fc.record(
    {
      type: fc.constant('tool-call' as const),
      id,
      name,
      kind: fc.constant('function' as const),
      input: fc.dictionary(words, words).map((value) => JSON.stringify(value)),
    },
    plain,
  ),
  fc.record(
    {
      type: fc.constant('tool-call' as const),
      id,
      name,
      kind: fc.constant('custom' as const),
      input: fc.string(),
    },
    plain,
  ),
);

const part: fc.Arbitrary<Part> = fc.oneof(
  maybeSealed(fc.record({ type: fc.constant('text' as const), text: words }, plain)),
  maybeSealed(fc.record({ type: fc.constant('reasoning' as const), text: words }, plain)),
  maybeSealed(call),
  fc.record({ type: fc.constant('refusal' as const), text: words }, plain),
  seal.map((sealed): Part => ({ type: 'text', text: '', seal: sealed })),
  seal.map((sealed): Part => ({ type: 'reasoning', text: '', seal: sealed })),
);

const answers = fc.array(part, { minLength: 1, maxLength: 8 });

function streamed(parts: readonly Part[]): JsonObject {
  const encoder = encodeStream(answerContext());
  const candidates = [{ parts, finish: { reason: 'stop' } }] as const;
  let text = '';
  const write = (piece: string): void => void (text += piece);
  explode({ id: 'resp_1', model: 'x', candidates }, (streamPart) =>
    encoder.push(streamPart, write),
  );
  const events = eventsOf(text);
  assertLegal(events);
  const response = events.at(-1)?.['response'];
  assert.ok(isObject(response));
  return response;
}

for (const [kind, answer] of [
  ['whole', answered],
  ['streamed', streamed],
] as const) {
  test(`${kind} answers`, () => {
    fc.assert(
      fc.property(answers, (parts) => {
        const input = [{ role: 'user', content: 'Hi' }, ...outputOf(answer(parts))];
        assert.deepEqual(turnsOf(input).slice(1), [{ role: 'assistant', parts }]);
      }),
    );
  });
}
