import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Part } from '../ir/part.ts';
import type { ChatRequest, Turn } from '../ir/request.ts';
import { nothingToRestore } from '../restore.ts';
import { adapt } from './index.ts';
import {
  adaptFor,
  assistant,
  call,
  claude5,
  claude45,
  claude46,
  claude55,
  gemini3,
  gemini25,
  gpt4o,
  gpt5,
  look,
  requestOf,
  result,
  someChat,
  text,
  thought,
  user,
} from './testing/fixtures.ts';

const gemma = { format: 'gemini', model: 'gemma-3-27b-it' };
const targets = [
  claude45,
  claude46,
  claude5,
  claude55,
  gemini25,
  gemini3,
  gemma,
  gpt4o,
  gpt5,
  someChat,
];

const ids = fc.constantFrom('1', '2', '3', '4');
const parts: fc.Arbitrary<Part> = fc.oneof(
  fc.constantFrom('', ' ', 'a', 'json').map(text),
  ids.map((id) => call(id)),
  ids.map((id) => result(id)),
  fc.constantFrom('anthropic-messages', 'gemini', undefined).map((format) => thought('t', format)),
);
const turns: fc.Arbitrary<Turn> = fc
  .record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    parts: fc.array(parts, { maxLength: 4 }),
  })
  .map((turn) => ({ ...turn, parts: turn.parts.filter((part) => belongs(part, turn.role)) }));

function belongs(part: Part, role: Turn['role']): boolean {
  if (part.type === 'tool-result') return role === 'user';
  return part.type === 'text' || role === 'assistant';
}

const requests: fc.Arbitrary<ChatRequest> = fc
  .record({
    turns: fc.array(turns, { minLength: 1, maxLength: 8 }),
    reasoning: fc.option(
      fc.record({
        mode: fc.constantFrom('off', 'auto', 'on'),
        effort: fc.constantFrom(undefined, 'minimal', 'high', 'max'),
        budget: fc.constantFrom(undefined, 1, 5000, 90_000),
      }),
      { nil: undefined },
    ),
    outputTokensMax: fc.constantFrom(undefined, 1, 1024, 200_000),
    output: fc.constantFrom(
      undefined,
      { type: 'json' as const },
      { type: 'schema' as const, schema: { type: 'array' } },
    ),
    toolChoice: fc.constantFrom(undefined, { mode: 'required' as const }),
  })
  .map((differences) => {
    const system = [{ text: 's', role: 'system' } as const];
    return requestOf({ ...differences, system, tools: [look] });
  });

test('whatever the history, calls and results come in pairs and turns keep their rules', () => {
  fc.assert(
    fc.property(fc.constantFrom(...targets), requests, (target, request) => {
      const adapted = adaptFor(target, request).request;
      checkPairs(adapted.turns);
      for (const { parts } of adapted.turns) assert.notEqual(parts.length, 0);
      if (target.format !== 'openai-chat') checkAlternation(adapted.turns);
      const { reasoning, outputTokensMax } = adapted;
      if (target.format === 'anthropic-messages') {
        assert.ok(outputTokensMax !== undefined && outputTokensMax > 0);
        assert.ok((reasoning?.budget ?? 0) < outputTokensMax);
        assert.ok((reasoning?.budget ?? 1024) >= 1024);
      }
    }),
    { numRuns: 500 },
  );
});

function checkPairs(history: readonly Turn[]): void {
  for (const [index, turn] of history.entries()) {
    const callIds = turn.parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
    const next = history[index + 1];
    const resultIds = (next?.parts ?? []).flatMap((part) =>
      part.type === 'tool-result' ? [part.callId] : [],
    );
    assert.deepEqual(resultIds, callIds);
    const others = next?.parts.slice(callIds.length) ?? [];
    assert.ok(others.every(({ type }) => type !== 'tool-result'));
  }
}

function checkAlternation(history: readonly Turn[]): void {
  assert.equal(history[0]?.role === 'assistant', false);
  for (const [index, { role }] of history.entries()) {
    assert.notEqual(role, history[index - 1]?.role);
  }
}

test('adapting the same request again gives the same', () => {
  fc.assert(
    fc.property(fc.constantFrom(...targets), requests, (target, request) => {
      assert.deepEqual(adaptFor(target, request), adaptFor(target, request));
    }),
    { numRuns: 100 },
  );
});

test('a request that fits is handed on as the same object', () => {
  const history = [user('a'), assistant('b', call('1')), user(result('1'))];
  const request = requestOf({ turns: history, tools: [look] });
  const adapted = adapt(request, someChat, () => assert.fail('nothing is lost'));
  assert.equal(adapted.request, request);
  assert.equal(nothingToRestore(adapted.restoration), true);
});

test('what does not change in a changed request is not copied', () => {
  const history = [user('a'), assistant('b', call('1')), user(result('1'))];
  const request = requestOf({ turns: history, tools: [look] });
  const adapted = adapt(request, claude5, () => assert.fail('nothing is lost')).request;
  assert.equal(adapted.outputTokensMax, 128_000);
  assert.equal(adapted.turns, history);
  assert.equal(adapted.tools, request.tools);
});
