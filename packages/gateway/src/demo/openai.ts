/** OpenAI's chat completions, simulated. */
import {
  type Accepted,
  bundled,
  type Call,
  type Dialect,
  type Frame,
  Refusal,
  type Reply,
  type SeenRequest,
} from './dialect.ts';
import { at, isObject, type JsonObject, numberAt, objectsAt, stringAt, stringsAt } from './json.ts';
import { idOf, inputTokensOf, type Prompt, type Tool, type ToolResult } from './model.ts';

const PATH = '/v1/chat/completions';

/** Thinks, and tells nobody what. */
const reasoningModel = /^(?:o\d|gpt-5|gpt-6)/;
/** Thinks aloud, as many compatible providers do. */
const talkativeModel = /^deepseek-reasoner/;

const knownFields = new Set(
  (
    'model messages max_completion_tokens max_tokens temperature top_p frequency_penalty ' +
    'presence_penalty logit_bias seed logprobs top_logprobs n stop stream stream_options tools ' +
    'tool_choice parallel_tool_calls functions function_call response_format reasoning_effort ' +
    'verbosity modalities audio prediction web_search_options moderation metadata store user ' +
    'safety_identifier prompt_cache_key prompt_cache_options prompt_cache_retention service_tier'
  ).split(' '),
);

export const openai: Dialect = {
  vendor: 'openai',
  models: [
    'gpt-6-luna',
    'gpt-5.4-mini',
    'gpt-5-mini',
    'gpt-4.1',
    'gpt-4o-mini',
    'deepseek-reasoner',
  ],
  read,
  whole,
  frames,
  streamType: () => 'text/event-stream; charset=utf-8',
  headers: (count) => ({ 'x-request-id': idOf('req_', count, 32), 'openai-version': '2020-10-01' }),
  failure(status, message, retryAfterSeconds) {
    const [type, code] = kindOf(status);
    const headers = retryAfterSeconds === undefined ? {} : retryHeaders(retryAfterSeconds);
    return new Refusal(status, { error: { message, type, param: null, code } }, headers);
  },
  failureFrame: ({ body }) => event(body),
};

function kindOf(status: number): readonly [type: string, code: string | null] {
  if (status === 401) return ['invalid_request_error', 'invalid_api_key'];
  if (status === 404) return ['invalid_request_error', 'model_not_found'];
  if (status === 429) return ['tokens', 'rate_limit_exceeded'];
  return status >= 500 ? ['server_error', null] : ['invalid_request_error', null];
}

function retryHeaders(seconds: number): { readonly [name: string]: string } {
  return { 'retry-after': String(Math.ceil(seconds)), 'retry-after-ms': String(seconds * 1000) };
}

function invalid(
  message: string,
  param: string | null = null,
  code: string | null = null,
): Refusal {
  return new Refusal(400, { error: { message, type: 'invalid_request_error', param, code } });
}

function read(request: SeenRequest, accepted: Accepted): Call {
  checkKey(request, accepted.key);
  if (request.method !== 'POST' || request.path !== PATH) {
    const message = `Invalid URL (${request.method} ${request.path})`;
    const type = 'invalid_request_error';
    throw new Refusal(404, { error: { message, type, param: null, code: null } });
  }
  const { body } = request;
  if (!isObject(body)) {
    throw invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    );
  }
  checkFields(body, accepted.models);
  checkMessages(objectsAt(body, 'messages'));
  const delivery = body['stream'] === true ? 'sse' : 'whole';
  return { prompt: promptOf(body), delivery, body };
}

function checkKey(request: SeenRequest, key: string): void {
  const header = request.headers.authorization;
  if (header === undefined) {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
    const type = 'invalid_request_error';
    throw new Refusal(401, { error: { message, type, param: null, code: null } });
  }
  const given = header.replace(/^Bearer /, '');
  if (given === key) return;
  const shown = `${given.slice(0, 4)}****${given.slice(-4)}`;
  throw openai.failure(401, `Incorrect API key provided: ${shown}.`);
}

function checkFields(body: JsonObject, models: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !knownFields.has(name));
  if (unknown !== undefined) {
    throw invalid(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  const model = stringAt(body, 'model');
  if (model === undefined) throw invalid('you must provide a model parameter');
  if (!models.includes(model)) {
    throw openai.failure(
      404,
      `The model \`${model}\` does not exist or you do not have access to it.`,
    );
  }
  if (objectsAt(body, 'messages').length === 0) {
    const code = 'missing_required_parameter';
    throw invalid("Missing required parameter: 'messages'.", 'messages', code);
  }
  if ((numberAt(body, 'n') ?? 1) !== 1) throw invalid('Only one choice is simulated.', 'n');
  if (!reasoningModel.test(model)) return;
  for (const name of ['max_tokens', 'temperature', 'top_p', 'presence_penalty', 'stop']) {
    if (at(body, name) === undefined) continue;
    const message = `Unsupported parameter: '${name}' is not supported with this model.`;
    throw invalid(message, name, 'unsupported_parameter');
  }
}

/** Every tool call is answered right after the message that made it, and nothing else is. */
function checkMessages(messages: readonly JsonObject[]): void {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`;
    if (message['role'] === 'tool') {
      const id = stringAt(message, 'tool_call_id') ?? '';
      if (!open.includes(id)) {
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `${place}.role`,
        );
      }
      open = open.filter((other) => other !== id);
      continue;
    }
    refuseUnanswered(open, place);
    open = objectsAt(message, 'tool_calls').map((call) => stringAt(call, 'id') ?? '');
    if (message['role'] === 'assistant' && open.length > 0) continue;
    if (at(message, 'content') === undefined) {
      throw invalid(
        `Invalid value for 'content': expected a string, got null.`,
        `${place}.content`,
      );
    }
  }
  refuseUnanswered(open, `messages[${messages.length - 1}]`);
}

function refuseUnanswered(open: readonly string[], place: string): void {
  if (open.length === 0) return;
  throw invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
    place,
  );
}

function promptOf(body: JsonObject): Prompt {
  const model = stringAt(body, 'model') ?? '';
  const messages = objectsAt(body, 'messages');
  const asked = messages.findLastIndex((message) => message['role'] === 'user');
  const effort = stringAt(body, 'reasoning_effort');
  const format = stringAt(body, 'response_format', 'type');
  const schema = at(body, 'response_format', 'json_schema', 'schema');
  const parts = objectsAt(messages[asked], 'content');
  return {
    model,
    system: messages.filter(isInstruction).map(textOf).join('\n'),
    ask: textOf(messages[asked]),
    attachments: parts.filter((part) => part['type'] !== 'text').length,
    results: resultsIn(messages, asked),
    ...toolsOf(body),
    parallel: body['parallel_tool_calls'] !== false,
    announces: false,
    thinks: talkativeModel.test(model) || (reasoningModel.test(model) && effort !== 'none'),
    schema: schema ?? (format === 'json_object' ? true : undefined),
    outputTokensMax:
      numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_tokens') ?? Infinity,
    stops: stringsAt(body, 'stop'),
    inputTokens: inputTokensOf(messages, body['tools']),
  };
}

function isInstruction(message: JsonObject): boolean {
  return message['role'] === 'system' || message['role'] === 'developer';
}

function textOf(message: JsonObject | undefined): string {
  const content = at(message, 'content');
  if (typeof content === 'string') return content;
  return objectsAt(message, 'content')
    .flatMap((part) => stringAt(part, 'text') ?? [])
    .join('\n');
}

function resultsIn(messages: readonly JsonObject[], asked: number): readonly ToolResult[] {
  const names = new Map<string, string>();
  for (const call of messages.flatMap((message) => objectsAt(message, 'tool_calls'))) {
    names.set(stringAt(call, 'id') ?? '', stringAt(call, 'function', 'name') ?? '');
  }
  const answers = messages.slice(asked + 1).filter((message) => message['role'] === 'tool');
  return answers.map((message) => ({
    name: names.get(stringAt(message, 'tool_call_id') ?? '') ?? '',
    output: textOf(message),
  }));
}

function toolsOf(body: JsonObject): {
  readonly tools: readonly Tool[];
  readonly toolMode: Prompt['toolMode'];
} {
  const tools = objectsAt(body, 'tools').map((tool) => ({
    name: stringAt(tool, 'function', 'name') ?? '',
    schema: at(tool, 'function', 'parameters'),
  }));
  const choice = at(body, 'tool_choice');
  const named = stringAt(choice, 'function', 'name');
  if (named !== undefined) {
    return { tools: tools.filter((tool) => tool.name === named), toolMode: 'required' };
  }
  return { tools, toolMode: choice === 'required' || choice === 'none' ? choice : 'auto' };
}

function whole(reply: Reply): JsonObject {
  const { answer } = reply;
  const { model } = reply.call.prompt;
  const calls = answer.calls.map((_call, index) => toolCall(reply, index));
  const message = {
    role: 'assistant',
    content: calls.length > 0 ? null : answer.text.join(''),
    refusal: null,
    annotations: [],
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(talkativeModel.test(model) && { reasoning_content: answer.reasoning.join('') }),
  };
  return {
    id: idOf('chatcmpl-', reply.count, 29),
    object: 'chat.completion',
    created: reply.created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(reply) }],
    usage: usageOf(reply),
    service_tier: 'default',
    system_fingerprint: null,
  };
}

function* frames(reply: Reply): Generator<Frame> {
  const { answer, call } = reply;
  const withUsage = at(call.body, 'stream_options', 'include_usage') === true;
  const aloud = talkativeModel.test(call.prompt.model);
  const head = {
    id: idOf('chatcmpl-', reply.count, 29),
    object: 'chat.completion.chunk',
    created: reply.created,
    model: call.prompt.model,
    service_tier: 'default',
    system_fingerprint: null,
  };
  const chunk = (delta: JsonObject, tokens: number, finish: string | null = null): Frame => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return { text: event({ ...head, choices, ...(withUsage && { usage: null }) }), tokens };
  };
  const content = answer.calls.length > 0 ? null : '';
  yield chunk({ role: 'assistant', content, refusal: null }, aloud ? 0 : answer.reasoning.length);
  for (const { text, tokens } of aloud ? bundled(answer.reasoning, 1) : []) {
    yield chunk({ reasoning_content: text }, tokens);
  }
  for (const { text, tokens } of bundled(answer.text, 1)) yield chunk({ content: text }, tokens);
  for (const [index] of answer.calls.entries()) {
    const { id, type, function: called } = toolCall(reply, index);
    const begun = { name: called.name, arguments: '' };
    yield chunk({ tool_calls: [{ index, id, type, function: begun }] }, 1);
    for (const piece of called.arguments.match(/.{1,6}/gsu) ?? []) {
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, 1);
    }
  }
  yield chunk({}, 0, finishOf(reply));
  if (withUsage) {
    yield { text: event({ ...head, choices: [], usage: usageOf(reply) }), tokens: 0 };
  }
  yield { text: 'data: [DONE]\n\n', tokens: 0 };
}

function event(data: JsonObject): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function toolCall(
  reply: Reply,
  index: number,
): { id: string; type: string; function: { name: string; arguments: string } } {
  const call = reply.answer.calls[index];
  return {
    id: idOf('call_', reply.count * 100 + index, 24),
    type: 'function',
    function: { name: call?.name ?? '', arguments: JSON.stringify(call?.input ?? {}) },
  };
}

function finishOf({ answer }: Reply): string {
  if (answer.finish === 'length') return 'length';
  return answer.finish === 'tools' ? 'tool_calls' : 'stop';
}

function usageOf({ answer: { tokens } }: Reply): JsonObject {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
