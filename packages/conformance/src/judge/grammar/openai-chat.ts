/** What strict Chat Completions clients demand of an answer, a stream and an error. */
import {
  isObject,
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../json.ts';
import { collectProblems, type Problems, shown } from '../problems.ts';
import { parseSse } from '../sse.ts';

const finishWords: ReadonlySet<Json> = new Set(['stop', 'length', 'tool_calls', 'content_filter']);

export function checkChatAnswer(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  problems.expect(body['object'] === 'chat.completion', `object is ${shown(body['object'])}`);
  checkHead(problems, body);
  problems.expect(objectsOf(body['choices']).length > 0, 'no choices');
  for (const [position, choice] of objectsOf(body['choices']).entries()) {
    problems.expect(
      choice['index'] === position,
      `choice index ${shown(choice['index'])} at ${position}`,
    );
    problems.expect(
      finishWords.has(choice['finish_reason'] ?? null),
      `finish ${shown(choice['finish_reason'])}`,
    );
    checkMessage(problems, objectOf(choice['message']));
  }
  if (body['usage'] !== undefined) checkUsage(problems, objectOf(body['usage']));
  return problems.found;
}

function checkHead(problems: Problems, body: JsonObject): void {
  problems.expect(textOf(body['id']) !== '', 'no id');
  problems.expect(textOf(body['model']) !== '', 'no model');
  problems.expect(Number.isInteger(body['created']), `created is ${shown(body['created'])}`);
  problems.expect(Array.isArray(body['choices']), 'choices is no array');
}

function checkMessage(problems: Problems, message: JsonObject): void {
  const { content, refusal } = message;
  problems.expect(message['role'] === 'assistant', `role ${shown(message['role'])}`);
  problems.expect(content === null || typeof content === 'string', `content ${shown(content)}`);
  problems.expect(
    refusal === undefined || refusal === null || typeof refusal === 'string',
    'refusal',
  );
  const calls = message['tool_calls'];
  if (calls === undefined) return;
  problems.expect(listOf(calls).length > 0, 'tool_calls is empty');
  for (const call of objectsOf(calls)) {
    problems.expect(textOf(call['id']) !== '', 'tool call without id');
    checkCalled(problems, call);
  }
}

function checkCalled(problems: Problems, call: JsonObject): void {
  if (call['type'] === 'custom') {
    checkCustom(problems, objectOf(call['custom']));
    return;
  }
  problems.expect(call['type'] === 'function', `tool call type ${shown(call['type'])}`);
  checkFunction(problems, objectOf(call['function']));
}

function checkCustom(problems: Problems, called: JsonObject): void {
  problems.expect(textOf(called['name']) !== '', 'custom tool call without name');
  const { input } = called;
  problems.expect(typeof input === 'string', `custom tool input ${shown(input)}`);
}

function checkFunction(problems: Problems, called: JsonObject): void {
  problems.expect(textOf(called['name']) !== '', 'tool call without name');
  const parsed = tryParse(textOf(called['arguments']));
  problems.expect(isObject(parsed), `arguments are no JSON object: ${shown(called['arguments'])}`);
}

function checkUsage(problems: Problems, usage: JsonObject): void {
  const counts = ['prompt_tokens', 'completion_tokens', 'total_tokens'].map(
    (key) => numberOf(usage[key]) ?? Number.NaN,
  );
  problems.expect(counts.every(Number.isInteger), `usage ${shown(usage)}`);
  const [prompt = 0, completion = 0, total = 0] = counts;
  problems.expect(prompt + completion === total, `usage does not add up: ${shown(usage)}`);
}

interface OpenCall {
  readonly type: 'function' | 'custom';
  readonly name: string;
  input: string;
}

interface ChoiceState {
  begun: boolean;
  finished: boolean;
  readonly calls: Map<number, OpenCall>;
}

export function checkChatStream(text: string): readonly string[] {
  const problems = collectProblems();
  problems.expect(text.endsWith('\n\n'), 'the stream does not end with a blank line');
  const events = parseSse(text);
  problems.expect(
    events.every(({ event }) => event === undefined),
    'an event line stands in the stream',
  );
  const chunks = events.map(({ data }) => (data === '[DONE]' ? undefined : tryParse(data)));
  const failed = chunks.some((chunk) => isObject(chunk) && isObject(chunk['error']));
  if (failed) {
    problems.expect(events.at(-1)?.data !== '[DONE]', '[DONE] follows an error');
    return problems.found;
  }
  problems.expect(events.at(-1)?.data === '[DONE]', 'the last event is not [DONE]');
  const bodies = chunks.slice(0, -1).map((chunk) => objectOf(chunk));
  const choices = new Map<number, ChoiceState>();
  for (const chunk of bodies) checkChunk(problems, choices, chunk);
  checkSameHead(problems, bodies);
  for (const [index, state] of choices) checkEnd(problems, index, state);
  return problems.found;
}

function checkSameHead(problems: Problems, bodies: readonly JsonObject[]): void {
  for (const key of ['id', 'created', 'model']) {
    const values = new Set(bodies.map((body) => body[key]));
    problems.expect(values.size === 1, `${key} changes within the stream: ${shown([...values])}`);
  }
  for (const [position, body] of bodies.entries()) {
    if (!isObject(body['usage'])) continue;
    checkUsage(problems, body['usage']);
    problems.expect(position === bodies.length - 1, 'usage does not come last');
    problems.expect(listOf(body['choices']).length === 0, 'the usage chunk has choices');
  }
}

function checkChunk(
  problems: Problems,
  choices: Map<number, ChoiceState>,
  chunk: JsonObject,
): void {
  checkHead(problems, chunk);
  problems.expect(
    chunk['object'] === 'chat.completion.chunk',
    `object is ${shown(chunk['object'])}`,
  );
  for (const choice of objectsOf(chunk['choices'])) {
    const index = numberOf(choice['index']);
    if (!problems.expect(index !== undefined && Number.isInteger(index), 'choice without index'))
      continue;
    const state = choices.get(index ?? 0) ?? { begun: false, finished: false, calls: new Map() };
    choices.set(index ?? 0, state);
    checkDelta(problems, state, objectOf(choice['delta']));
    const finish = choice['finish_reason'];
    problems.expect(finish === null || finishWords.has(finish ?? ''), `finish ${shown(finish)}`);
    if (typeof finish !== 'string') continue;
    problems.expect(!state.finished, 'a second finish_reason');
    state.finished = true;
  }
}

function checkDelta(problems: Problems, state: ChoiceState, delta: JsonObject): void {
  problems.expect(!state.finished || Object.keys(delta).length === 0, 'a delta after the finish');
  if (!state.begun) problems.expect(delta['role'] === 'assistant', 'the first delta has no role');
  state.begun = true;
  for (const wire of objectsOf(delta['tool_calls'])) checkCallDelta(problems, state, wire);
}

function checkCallDelta(problems: Problems, { calls }: ChoiceState, wire: JsonObject): void {
  const index = numberOf(wire['index']) ?? -1;
  problems.expect(index >= 0, 'tool call without index');
  const known = calls.get(index);
  const type = known?.type ?? (wire['type'] === 'custom' ? 'custom' : 'function');
  const called = objectOf(wire[type]);
  const input = called[type === 'custom' ? 'input' : 'arguments'];
  if (known === undefined) {
    problems.expect(index === calls.size, `tool call index ${index} is not dense`);
    problems.expect(
      textOf(wire['id']) !== '' && wire['type'] === type,
      `first chunk of a call: ${shown(wire)}`,
    );
    problems.expect(typeof input === 'string', 'first chunk of a call without arguments');
    calls.set(index, { type, name: textOf(called['name']), input: textOf(input) });
    return;
  }
  const repeated =
    wire['id'] !== undefined || wire['type'] !== undefined || called['name'] !== undefined;
  problems.expect(!repeated, `a continuation repeats id, type or name: ${shown(wire)}`);
  known.input += textOf(input);
}

function checkEnd(problems: Problems, index: number, state: ChoiceState): void {
  problems.expect(state.finished, `choice ${index} has no finish_reason`);
  for (const { type, name, input } of state.calls.values()) {
    if (type === 'custom') checkCustom(problems, { name, input });
    else checkFunction(problems, { name, arguments: input });
  }
}

export function checkChatError(status: number, body: Json | undefined): readonly string[] {
  const problems = collectProblems();
  const error = objectOf(objectOf(body)['error']);
  problems.expect(status >= 400, `status ${status}`);
  problems.expect(textOf(error['message']) !== '', `error without message: ${shown(body)}`);
  problems.expect(textOf(error['type']) !== '', `error without type: ${shown(body)}`);
  problems.expect(
    'code' in error && 'param' in error,
    `error without code or param: ${shown(body)}`,
  );
  return problems.found;
}
