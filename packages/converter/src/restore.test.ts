import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Restoration } from './adapt/contract.ts';
import type { Part, ToolCallPart } from './ir/part.ts';
import type { ChatResponse, FinishReason } from './ir/response.ts';
import type { StreamPart } from './ir/stream.ts';
import { nothingToRestore, restoreResponse, restoreStream } from './restore.ts';

const nothing: Restoration = {
  toolNames: new Map(),
  customTools: new Set(),
  wrappedTools: new Set(),
  outputTool: undefined,
};

function call(name: string, input: string, id = '1'): ToolCallPart {
  return { type: 'tool-call', id, name, kind: 'function', input };
}

function answer(parts: readonly Part[], reason: FinishReason = 'tool-calls'): ChatResponse {
  return { id: 'r', model: 'm', candidates: [{ parts, finish: { reason, raw: 'x' } }] };
}

function restored(parts: readonly Part[], restoration: Partial<Restoration>) {
  const [candidate] = restoreResponse(answer(parts), { ...nothing, ...restoration }).candidates;
  return { parts: candidate?.parts, reason: candidate?.finish.reason };
}

function restoredStream(
  parts: readonly StreamPart[],
  restoration: Partial<Restoration>,
): readonly StreamPart[] {
  const seen: StreamPart[] = [];
  const push = restoreStream({ ...nothing, ...restoration }, (part) => seen.push(part));
  for (const part of parts) push(part);
  return seen;
}

function streamedCall(name: string, deltas: readonly string[], index = 0): readonly StreamPart[] {
  const place = { candidate: 0, index };
  return [
    { type: 'tool-call-start', id: '1', name, kind: 'function', ...place },
    ...deltas.map((input): StreamPart => ({ type: 'tool-call-delta', input, ...place })),
    { type: 'tool-call-end', ...place },
  ];
}

test('where nothing was changed, nothing is touched', () => {
  const response = answer([call('a', '{}')]);
  assert.equal(nothingToRestore(nothing), true);
  assert.equal(restoreResponse(response, nothing), response);
  const emit = (): void => undefined;
  assert.equal(restoreStream(nothing, emit), emit);
});

test('tools get their names back', () => {
  const toolNames = new Map([['a_b_1', 'a.b']]);
  assert.deepEqual(restored([call('a_b_1', '{}'), call('c', '{}', '2')], { toolNames }), {
    parts: [call('a.b', '{}'), call('c', '{}', '2')],
    reason: 'tool-calls',
  });
  const stream = streamedCall('a_b_1', ['{', '}']);
  assert.deepEqual(restoredStream(stream, { toolNames }), streamedCall('a.b', ['{', '}']));
});

test('wrapped input is taken out, numbers unharmed', () => {
  const wrappedTools = new Set(['a']);
  const restoration = { wrappedTools };
  const parts = [
    call('a', '{"input": {"n": 12345678901234567890}}'),
    call('b', '{"input":1}', '2'),
  ];
  assert.deepEqual(restored(parts, restoration).parts, [
    call('a', '{"n":12345678901234567890}'),
    call('b', '{"input":1}', '2'),
  ]);
  assert.deepEqual(
    restoredStream(streamedCall('a', ['{"inp', 'ut":[1', ']}']), restoration),
    streamedCall('a', ['[1]']),
  );
  assert.deepEqual(restored([call('a', '{"other":1}')], restoration).parts, [
    call('a', '{"other":1}'),
  ]);
});

test('custom tools get their free text back', () => {
  const restoration = {
    customTools: new Set(['sql.run']),
    toolNames: new Map([['sql', 'sql.run']]),
  };
  const custom = (input: string): Part => ({ ...call('sql.run', input), kind: 'custom' });
  assert.deepEqual(restored([call('sql', '{"input":"say \\"x\\""}')], restoration).parts, [
    custom('say "x"'),
  ]);
  assert.deepEqual(restored([call('sql', 'broken {')], restoration).parts, [custom('broken {')]);
  assert.deepEqual(restored([call('sql', '{"input":""}')], restoration).parts, [custom('')]);
  assert.deepEqual(restoredStream(streamedCall('sql', ['{"input"', ':"x"}']), restoration), [
    { type: 'tool-call-start', id: '1', name: 'sql.run', kind: 'custom', candidate: 0, index: 0 },
    { type: 'tool-call-delta', input: 'x', candidate: 0, index: 0 },
    { type: 'tool-call-end', candidate: 0, index: 0 },
  ]);
});

test("the output tool's call is the answer's text", () => {
  const restoration = { outputTool: 'json' };
  assert.deepEqual(restored([call('json', '{"a":1}')], restoration), {
    parts: [{ type: 'text', text: '{"a":1}' }],
    reason: 'stop',
  });
  const finish = { reason: 'tool-calls' } as const;
  const stream: StreamPart[] = [
    ...streamedCall('json', ['{"a"', ':1}'], 1),
    { type: 'finish', candidate: 0, finish },
  ];
  assert.deepEqual(restoredStream(stream, restoration), [
    { type: 'text-start', candidate: 0, index: 1 },
    { type: 'text-delta', text: '{"a"', candidate: 0, index: 1 },
    { type: 'text-delta', text: ':1}', candidate: 0, index: 1 },
    { type: 'text-end', candidate: 0, index: 1 },
    { type: 'finish', candidate: 0, finish: { reason: 'stop' } },
  ]);
});

test('real calls stay calls beside structured output (litellm#7135)', () => {
  const restoration = { outputTool: 'json' };
  assert.deepEqual(restored([call('look', '{}')], restoration), {
    parts: [call('look', '{}')],
    reason: 'tool-calls',
  });
  assert.deepEqual(restored([call('look', '{}'), call('json', '{}', '2')], restoration), {
    parts: [call('look', '{}'), { type: 'text', text: '{}' }],
    reason: 'tool-calls',
  });
});

test('an answer in plain text instead of the output tool is left as it is', () => {
  const parts: Part[] = [{ type: 'text', text: '{"a":1}' }];
  assert.deepEqual(restored(parts, { outputTool: 'json' }).parts, parts);
});

test('structured output of a wrapped schema is unwrapped', () => {
  const restoration = { outputTool: 'json', wrappedTools: new Set(['json']) };
  assert.deepEqual(restored([call('json', '{"input":[1,2]}')], restoration).parts, [
    { type: 'text', text: '[1,2]' },
  ]);
});

test('calls of several candidates are kept apart', () => {
  const restoration = { outputTool: 'json' };
  const response: ChatResponse = {
    ...answer([]),
    candidates: [
      { parts: [call('json', '{}')], finish: { reason: 'tool-calls' } },
      { parts: [call('look', '{}')], finish: { reason: 'tool-calls' } },
    ],
  };
  const { candidates } = restoreResponse(response, { ...nothing, ...restoration });
  assert.deepEqual(
    candidates.map(({ finish }) => finish.reason),
    ['stop', 'tool-calls'],
  );
});

test('of a call that the stream broke off no input is made up', () => {
  const torso = streamedCall('a', ['{"input":"l']).map((part) =>
    part.type === 'tool-call-end' ? { ...part, cut: true as const } : part,
  );
  for (const restoration of [{ customTools: new Set(['a']) }, { wrappedTools: new Set(['a']) }]) {
    const seen = restoredStream(torso, restoration);
    assert.deepEqual(
      seen.map(({ type }) => type),
      ['tool-call-start', 'tool-call-end'],
    );
    assert.deepEqual(seen.at(-1), torso.at(-1));
  }
});

test('an input that outgrows its bound ends the answer instead of the memory', () => {
  const endless = Array.from({ length: 9 }, () => 'x'.repeat(1024 * 1024));
  assert.throws(
    () => restoredStream(streamedCall('a', endless), { customTools: new Set(['a']) }),
    /longer than 8388608 characters/,
  );
});
