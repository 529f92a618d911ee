/** What this format can say survives writing and reading: answers, and the calls of a history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AnswerContext } from '../../format.ts';
import { explode } from '../../ir/collect.ts';
import type { Part } from '../../ir/part.ts';
import type { ChatResponse } from '../../ir/response.ts';
import { isObject, parseJson } from '../../json.ts';
import { decodeResponse } from './decode-response.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { collected, partsOf, requestOf } from './testing/upstream.ts';

const words = fc.string({ minLength: 1, maxLength: 30 });
const plain = { noNullPrototype: true } as const;
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: words }, plain),
  fc.record({ type: fc.constant('refusal' as const), text: words }, plain),
  fc.record(
    {
      type: fc.constant('tool-call' as const),
      id: fc.stringMatching(/^call_[a-z0-9]{4,12}$/),
      name: fc.stringMatching(/^[a-z_]{1,12}$/),
      kind: fc.constant('function' as const),
      input: fc
        .dictionary(fc.string({ maxLength: 5 }), words)
        .map((value) => JSON.stringify(value)),
    },
    plain,
  ),
  fc.record(
    {
      type: fc.constant('tool-call' as const),
      id: fc.stringMatching(/^call_[a-z0-9]{4,12}$/),
      name: fc.stringMatching(/^[a-z_]{1,12}$/),
      kind: fc.constant('custom' as const),
      input: words,
    },
    plain,
  ),
);

const usage = fc.record(
  {
    fresh: fc.nat(),
    cacheRead: fc.nat(),
    cacheWrite: fc.nat(),
    text: fc.nat(),
    reasoning: fc.nat(),
  },
  plain,
);

function contextOf(): AnswerContext {
  let count = 0;
  return {
    request: requestOf(),
    upstreamModel: 'claude-opus-5',
    newId: (prefix) => `${prefix}${String(++count)}`,
    nowSeconds: () => 1_764_000_000,
    report: () => {},
  };
}

function answerOf(parts: readonly Part[], counted: ChatResponse['usage']): ChatResponse {
  const reason = parts.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop';
  const candidates = [{ parts, finish: { reason, raw: 'completed' } }] as const;
  return { id: 'resp_1', model: 'gpt-5', candidates, ...(counted && { usage: counted }) };
}

const answers = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 6 }), usage)
  .map(([parts, counted]) => answerOf(parts, counted));

test('whole answers', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      const wire = parseJson(JSON.stringify(encodeResponse(answer, contextOf())));
      assert.ok(isObject(wire));
      assert.deepEqual(
        decodeResponse(wire, () => {}),
        answer,
      );
    }),
  );
});

test('streamed answers, wherever their bytes are cut', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 400 }), (answer, pieceBytes) => {
      let text = '';
      const encoder = encodeStream(contextOf());
      explode(answer, (streamed) =>
        encoder.push(streamed, (piece) => {
          text += piece;
        }),
      );
      assert.deepEqual(collected(partsOf(text, () => {}, pieceBytes)), answer);
    }),
  );
});
