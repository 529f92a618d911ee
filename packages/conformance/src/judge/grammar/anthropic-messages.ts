/** What strict Messages clients demand of an answer, a stream and an error. */
import {
  isObject,
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../json.ts';
import { collectProblems, type Problems, shown } from '../problems.ts';
import { parseSse, type SseEvent } from '../sse.ts';

const stopReasons: ReadonlySet<Json> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
]);

export function checkMessagesAnswer(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  checkHead(problems, body);
  for (const block of objectsOf(body['content'])) checkBlock(problems, block);
  problems.expect(
    stopReasons.has(body['stop_reason'] ?? null),
    `stop_reason ${shown(body['stop_reason'])}`,
  );
  checkUsage(problems, objectOf(body['usage']));
  return problems.found;
}

function checkHead(problems: Problems, message: JsonObject): void {
  problems.expect(textOf(message['id']) !== '', 'no id');
  problems.expect(message['type'] === 'message', `type ${shown(message['type'])}`);
  problems.expect(message['role'] === 'assistant', `role ${shown(message['role'])}`);
  problems.expect(textOf(message['model']) !== '', 'no model');
  problems.expect(Array.isArray(message['content']), 'content is no array');
  problems.expect('stop_sequence' in message, 'no stop_sequence');
}

function checkBlock(problems: Problems, block: JsonObject): void {
  if (block['type'] === 'text') {
    problems.expect(typeof block['text'] === 'string', 'text block without text');
  } else if (block['type'] === 'thinking') {
    problems.expect(typeof block['thinking'] === 'string', 'thinking block without thinking');
    problems.expect(textOf(block['signature']) !== '', 'thinking block without signature');
  } else if (block['type'] === 'redacted_thinking') {
    problems.expect(textOf(block['data']) !== '', 'redacted_thinking without data');
  } else if (block['type'] === 'tool_use') {
    checkToolUse(problems, block);
    problems.expect(isObject(block['input']), `tool input is no object: ${shown(block['input'])}`);
  } else {
    problems.expect(false, `block of type ${shown(block['type'])}`);
  }
}

function checkToolUse(problems: Problems, block: JsonObject): void {
  problems.expect(/^[a-zA-Z0-9_-]+$/.test(textOf(block['id'])), `tool id ${shown(block['id'])}`);
  problems.expect(textOf(block['name']) !== '', 'tool_use without name');
}

function checkUsage(problems: Problems, usage: JsonObject): void {
  for (const key of ['input_tokens', 'output_tokens']) {
    problems.expect(Number.isInteger(numberOf(usage[key])), `usage.${key} is ${shown(usage[key])}`);
  }
}

interface StreamState {
  started: boolean;
  stopped: boolean;
  deltas: number;
  index: number;
  open: JsonObject | undefined;
  input: string;
  signature: string;
  /** A failed stream may leave arguments off in the middle. */
  readonly failed: boolean;
}

export function checkMessagesStream(text: string): readonly string[] {
  const problems = collectProblems();
  problems.expect(text.endsWith('\n\n'), 'the stream does not end with a blank line');
  const events = parseSse(text);
  const state: StreamState = {
    started: false,
    stopped: false,
    deltas: 0,
    index: 0,
    open: undefined,
    input: '',
    signature: '',
    failed: events.at(-1)?.event === 'error',
  };
  for (const event of events) checkEvent(problems, state, event);
  if (state.failed) return problems.found;
  problems.expect(state.stopped, 'no message_stop');
  problems.expect(state.deltas === 1, `${state.deltas} message_delta events`);
  return problems.found;
}

function checkEvent(problems: Problems, state: StreamState, { event, data }: SseEvent): void {
  const body = objectOf(tryParse(data));
  problems.expect(
    event === body['type'],
    `event line ${shown(event)} over type ${shown(body['type'])}`,
  );
  problems.expect(!state.stopped, `${event} after message_stop`);
  if (event !== 'ping' && event !== 'error' && event !== 'message_start') {
    problems.expect(state.started, `${event} before message_start`);
  }
  if (event === 'message_start') {
    problems.expect(!state.started, 'a second message_start');
    state.started = true;
    const message = objectOf(body['message']);
    checkHead(problems, message);
    problems.expect(message['stop_reason'] === null, 'message_start has a stop_reason');
    checkUsage(problems, objectOf(message['usage']));
  }
  if (event === 'content_block_start') startBlock(problems, state, body);
  if (event === 'content_block_delta') addDelta(problems, state, body);
  if (event === 'content_block_stop') stopBlock(problems, state, body);
  if (event === 'message_delta') {
    state.deltas++;
    problems.expect(state.open === undefined, 'message_delta while a block is open');
    problems.expect(
      stopReasons.has(objectOf(body['delta'])['stop_reason'] ?? null),
      `stop_reason ${shown(body['delta'])}`,
    );
    problems.expect(
      Number.isInteger(objectOf(body['usage'])['output_tokens']),
      `usage ${shown(body['usage'])}`,
    );
  }
  if (event === 'message_stop') state.stopped = true;
}

function startBlock(problems: Problems, state: StreamState, body: JsonObject): void {
  problems.expect(state.open === undefined, 'a block starts while another is open');
  problems.expect(state.deltas === 0, 'a block after message_delta');
  problems.expect(
    body['index'] === state.index,
    `block index ${shown(body['index'])} instead of ${state.index}`,
  );
  const block = objectOf(body['content_block']);
  state.open = block;
  state.input = '';
  state.signature = textOf(block['signature']);
  if (block['type'] === 'text')
    problems.expect(block['text'] === '', 'a text block starts with text');
  if (block['type'] === 'thinking')
    problems.expect(block['thinking'] === '', 'a thinking block starts with text');
  if (block['type'] === 'tool_use') {
    checkToolUse(problems, block);
    problems.expect(
      shown(block['input']) === '{}',
      `a tool block starts with ${shown(block['input'])}`,
    );
  }
}

const deltaTypes: ReadonlyMap<Json | undefined, readonly string[]> = new Map([
  ['text', ['text_delta', 'citations_delta']],
  ['thinking', ['thinking_delta', 'signature_delta']],
  ['tool_use', ['input_json_delta']],
]);

function addDelta(problems: Problems, state: StreamState, body: JsonObject): void {
  const delta = objectOf(body['delta']);
  const type = state.open?.['type'];
  problems.expect(
    body['index'] === state.index && state.open !== undefined,
    'a delta for a block that is not open',
  );
  const fits = deltaTypes.get(type)?.includes(textOf(delta['type'])) === true;
  problems.expect(fits, `${shown(delta['type'])} in a block of type ${shown(type)}`);
  state.input += textOf(delta['partial_json']);
  state.signature += textOf(delta['signature']);
}

function stopBlock(problems: Problems, state: StreamState, body: JsonObject): void {
  problems.expect(
    body['index'] === state.index && state.open !== undefined,
    'a stop for a block that is not open',
  );
  const type = state.open?.['type'];
  if (type === 'tool_use') {
    const whole = state.failed || state.input === '' || isObject(tryParse(state.input));
    problems.expect(whole, `tool input is no JSON object: ${shown(state.input)}`);
  }
  if (type === 'thinking')
    problems.expect(state.signature !== '', 'a thinking block without signature');
  state.open = undefined;
  state.index++;
}

const errorTypes: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'request_too_large',
  'rate_limit_error',
  'api_error',
  'timeout_error',
  'overloaded_error',
]);

export function checkMessagesError(status: number, body: Json | undefined): readonly string[] {
  const problems = collectProblems();
  const error = objectOf(objectOf(body)['error']);
  problems.expect(status >= 400, `status ${status}`);
  problems.expect(objectOf(body)['type'] === 'error', `type ${shown(body)}`);
  problems.expect(errorTypes.has(textOf(error['type'])), `error type ${shown(error['type'])}`);
  problems.expect(textOf(error['message']) !== '', `error without message: ${shown(body)}`);
  return problems.found;
}
