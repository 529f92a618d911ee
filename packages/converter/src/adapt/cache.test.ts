import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest } from '../ir/request.ts';
import {
  adaptFor,
  assistant,
  call,
  claude45,
  gemini3,
  gpt4o,
  look,
  result,
  text,
  user,
} from './testing/fixtures.ts';

const cache = { ttl: 'short' } as const;
const marked = { ...text('x'), cache };

const request: Partial<ChatRequest> = {
  tools: [{ ...look, cache }],
  system: [
    { text: 'one', role: 'system', cache },
    { text: 'two', role: 'system', cache },
  ],
  turns: [
    user(marked),
    assistant(call('1', { cache })),
    user({ ...result('1'), content: [marked] }, marked),
  ],
};

/** How many marks are set, in the order of the prompt. */
function marks(adapted: ChatRequest): readonly boolean[] {
  const items: readonly object[] = [
    ...adapted.tools,
    ...adapted.system,
    ...adapted.turns.flatMap(({ parts }) =>
      parts.flatMap((part): readonly object[] =>
        part.type === 'tool-result' ? part.content : [part],
      ),
    ),
  ];
  return items.map((item) => 'cache' in item && item.cache !== undefined);
}

test('targets without breakpoints get none', () => {
  for (const target of [gemini3, gpt4o]) {
    const { request: adapted, lost } = adaptFor(target, request);
    assert.deepEqual(marks(adapted).includes(true), false);
    assert.equal(lost.at(-1), 'cache-mark tools[0] dropped unsupported hint');
  }
});

test('of too many, the last before the turns and the last of all are kept (CLIProxyAPI#1771)', () => {
  const { request: adapted, lost, losses } = adaptFor(claude45, request);
  assert.deepEqual(marks(adapted), [false, false, true, false, true, true, true]);
  assert.deepEqual(lost, ['cache-mark tools[0] dropped limit hint']);
  assert.match(losses[0]?.detail ?? '', /3 of 7/);
});

test('as many as are allowed stay (envoy#2358)', () => {
  const { turns = [] } = request;
  const { request: adapted, lost } = adaptFor(claude45, { turns });
  assert.deepEqual(adapted.turns, turns);
  assert.deepEqual(lost, []);
});
