/** Anthropic's messages, simulated. */
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
import { idOf, inputTokensOf, type Prompt, sealOf, type ToolResult } from './model.ts';

const PATH = '/v1/messages';

interface Traits {
  readonly sampling: boolean;
  readonly budget: boolean;
  readonly adaptive: boolean;
  readonly forcedTool: boolean;
}

const models: { readonly [model: string]: Traits } = {
  'claude-sonnet-5-5': { sampling: false, budget: false, adaptive: true, forcedTool: false },
  'claude-opus-5-5': { sampling: false, budget: false, adaptive: true, forcedTool: false },
  'claude-haiku-5-5': { sampling: false, budget: false, adaptive: true, forcedTool: true },
  'claude-opus-4-6': { sampling: true, budget: true, adaptive: true, forcedTool: true },
  'claude-sonnet-4-6': { sampling: true, budget: true, adaptive: true, forcedTool: true },
  'claude-sonnet-4-5': { sampling: true, budget: true, adaptive: false, forcedTool: true },
  'claude-haiku-4-5': { sampling: true, budget: true, adaptive: false, forcedTool: true },
};

const knownFields = new Set(
  (
    'model messages max_tokens system stop_sequences stream temperature top_p top_k thinking ' +
    'output_config tools tool_choice metadata service_tier inference_geo speed container ' +
    'cache_control diagnostics context_management mcp_servers'
  ).split(' '),
);

export const anthropic: Dialect = {
  vendor: 'anthropic',
  models: Object.keys(models),
  read,
  whole,
  frames,
  streamType: () => 'text/event-stream; charset=utf-8',
  headers: (count) => ({ 'request-id': requestId(count) }),
  failure(status, message, retryAfterSeconds) {
    const error = { type: kindOf(status), message };
    const headers = { 'retry-after': String(Math.ceil(retryAfterSeconds ?? 0)) };
    const body = { type: 'error', error, request_id: requestId(0) };
    return new Refusal(status, body, retryAfterSeconds === undefined ? {} : headers);
  },
  failureFrame: ({ body }) => event({ type: 'error', error: body['error'] }),
};

function requestId(count: number): string {
  return idOf('req_01', count, 22);
}

function kindOf(status: number): string {
  const kinds: { readonly [status: number]: string } = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    503: 'overloaded_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  };
  return kinds[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

function invalid(message: string): Refusal {
  return anthropic.failure(400, message);
}

function read(request: SeenRequest, accepted: Accepted): Call {
  const bearer = request.headers.authorization?.replace(/^Bearer /, '');
  const key = request.headers['x-api-key'] ?? bearer;
  if (key === undefined) throw anthropic.failure(401, 'x-api-key header is required');
  if (key !== accepted.key) throw anthropic.failure(401, 'invalid x-api-key');
  if (request.method !== 'POST' || request.path !== PATH) throw anthropic.failure(404, 'Not Found');
  if (request.headers['anthropic-version'] === undefined) {
    throw invalid('anthropic-version: header is required');
  }
  const { body } = request;
  if (!isObject(body)) throw invalid('The request body is not valid JSON.');
  checkFields(body, accepted.models);
  checkMessages(objectsAt(body, 'messages'));
  checkThinking(body);
  return { prompt: promptOf(body), delivery: body['stream'] === true ? 'sse' : 'whole', body };
}

function checkFields(body: JsonObject, accepted: readonly string[]): void {
  for (const name of ['model', 'max_tokens', 'messages']) {
    if (at(body, name) === undefined) throw invalid(`${name}: Field required`);
  }
  const unknown = Object.keys(body).find((name) => !knownFields.has(name));
  if (unknown !== undefined) throw invalid(`${unknown}: Extra inputs are not permitted`);
  const model = stringAt(body, 'model') ?? '';
  if (!accepted.includes(model)) throw anthropic.failure(404, `model: ${model}`);
  const traits = models[model];
  const sampling = ['temperature', 'top_p', 'top_k'].find((name) => at(body, name) !== undefined);
  if (traits?.sampling === false && sampling !== undefined) {
    throw invalid(`\`${sampling}\` is deprecated for this model.`);
  }
  const choice = stringAt(body, 'tool_choice', 'type');
  if (traits?.forcedTool === false && (choice === 'any' || choice === 'tool')) {
    throw invalid(`tool_choice: ${choice} is not supported by this model.`);
  }
  if ((numberAt(body, 'temperature') ?? 0) > 1) {
    throw invalid('temperature: range: 0..1');
  }
}

/** Results directly follow their calls, stand first, and no text is empty. */
function checkMessages(messages: readonly JsonObject[]): void {
  if (messages.length === 0) throw invalid('messages: at least one message is required');
  let open: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages.${index}`;
    const role = stringAt(message, 'role');
    if (role !== 'user' && role !== 'assistant' && role !== 'system') {
      throw invalid(`${place}.role: Input should be 'user', 'assistant' or 'system'`);
    }
    const blocks = blocksOf(message);
    if (blocks.length === 0) throw invalid(`${place}: all messages must have non-empty content`);
    const answered = blocks.filter(isResult).map((block) => stringAt(block, 'tool_use_id') ?? '');
    checkAnswered(open, answered, place);
    if (answered.length > 0 && !blocks.slice(0, answered.length).every(isResult)) {
      throw invalid(`${place}: tool_result blocks must come before other content`);
    }
    if (blocks.some((block) => block['type'] === 'text' && stringAt(block, 'text') === '')) {
      throw invalid(`${place}: text content blocks must be non-empty`);
    }
    open = blocks.filter(isCall).map((block) => stringAt(block, 'id') ?? '');
  }
  checkAnswered(open, [], `messages.${messages.length - 1}`);
}

function checkAnswered(calls: readonly string[], results: readonly string[], place: string): void {
  const lost = calls.filter((id) => !results.includes(id));
  if (lost.length > 0) {
    throw invalid(
      `${place}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${lost.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
  const orphan = results.find((id) => !calls.includes(id));
  if (orphan === undefined) return;
  throw invalid(
    `${place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${orphan}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
  );
}

function checkThinking(body: JsonObject): void {
  const type = stringAt(body, 'thinking', 'type');
  const traits = models[stringAt(body, 'model') ?? ''];
  if (type === 'enabled') {
    if (traits?.budget === false) throw invalid('thinking.type: enabled is not supported');
    const budget = numberAt(body, 'thinking', 'budget_tokens') ?? 0;
    if (budget < 1024) throw invalid('thinking.budget_tokens: Input should be >= 1024');
    if (budget >= (numberAt(body, 'max_tokens') ?? 0)) {
      throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
    }
  }
  if (type === 'adaptive' && traits?.adaptive === false) {
    throw invalid('adaptive thinking is not supported on this model');
  }
  for (const [index, message] of objectsAt(body, 'messages').entries()) {
    if (message['role'] === 'assistant') checkOwnThoughts(message, index, type === 'enabled');
  }
}

/** Thinking comes back as it was made; with tools and a budget, it also must come back. */
function checkOwnThoughts(message: JsonObject, index: number, required: boolean): void {
  const blocks = blocksOf(message);
  for (const [at_, block] of blocks.entries()) {
    if (block['type'] !== 'thinking') continue;
    const genuine = sealOf('anthropic', stringAt(block, 'thinking') ?? '');
    if (stringAt(block, 'signature') === genuine) continue;
    throw invalid(`messages.${index}.content.${at_}: Invalid \`signature\` in \`thinking\` block`);
  }
  const [first] = blocks;
  if (!required || !blocks.some(isCall) || first?.['type'] === 'thinking') return;
  throw invalid(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${stringAt(first, 'type')}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
  );
}

function promptOf(body: JsonObject): Prompt {
  const messages = objectsAt(body, 'messages');
  const asked = messages.findLastIndex(
    (message) => message['role'] === 'user' && textOf(message) !== '',
  );
  const tools = objectsAt(body, 'tools').map((tool) => ({
    name: stringAt(tool, 'name') ?? '',
    schema: at(tool, 'input_schema'),
  }));
  const choice = stringAt(body, 'tool_choice', 'type');
  const named = choice === 'tool' ? stringAt(body, 'tool_choice', 'name') : undefined;
  const thinking = stringAt(body, 'thinking', 'type') ?? 'disabled';
  return {
    model: stringAt(body, 'model') ?? '',
    system: stringAt(body, 'system') ?? textsOf(objectsAt(body, 'system')),
    ask: textOf(messages[asked]),
    attachments: blocksOf(messages[asked]).filter(isAttachment).length,
    results: resultsIn(messages, asked),
    tools: named === undefined ? tools : tools.filter((tool) => tool.name === named),
    toolMode:
      choice === 'any' || choice === 'tool' ? 'required' : choice === 'none' ? choice : 'auto',
    parallel: at(body, 'tool_choice', 'disable_parallel_tool_use') !== true,
    announces: true,
    thinks: thinking !== 'disabled',
    schema: at(body, 'output_config', 'format', 'schema'),
    outputTokensMax: numberAt(body, 'max_tokens') ?? 0,
    stops: stringsAt(body, 'stop_sequences'),
    inputTokens: inputTokensOf(body['system'], messages, body['tools']),
  };
}

function blocksOf(message: JsonObject | undefined): readonly JsonObject[] {
  const text = stringAt(message, 'content');
  if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }];
  return objectsAt(message, 'content');
}

function isCall(block: JsonObject): boolean {
  return block['type'] === 'tool_use';
}

function isResult(block: JsonObject): boolean {
  return block['type'] === 'tool_result';
}

function isAttachment(block: JsonObject): boolean {
  return block['type'] === 'image' || block['type'] === 'document';
}

function textOf(message: JsonObject | undefined): string {
  return textsOf(blocksOf(message));
}

function textsOf(blocks: readonly JsonObject[]): string {
  return blocks.flatMap((block) => stringAt(block, 'text') ?? []).join('\n');
}

function resultsIn(messages: readonly JsonObject[], asked: number): readonly ToolResult[] {
  const names = new Map<string, string>();
  for (const call of messages.flatMap(blocksOf).filter(isCall)) {
    names.set(stringAt(call, 'id') ?? '', stringAt(call, 'name') ?? '');
  }
  const results = messages.slice(asked).flatMap(blocksOf).filter(isResult);
  return results.map((result) => ({
    name: names.get(stringAt(result, 'tool_use_id') ?? '') ?? '',
    output: textOf(result),
  }));
}

/** The blocks of the answer, each whole, with the deltas that a stream would send instead. */
function blocksFor(
  reply: Reply,
): readonly { block: JsonObject; empty: JsonObject; deltas: readonly Frame[] }[] {
  const { answer, call } = reply;
  const blocks = [];
  if (answer.reasoning.length > 0) {
    const omitted = stringAt(call.body, 'thinking', 'display') === 'omitted';
    const thinking = omitted ? '' : answer.reasoning.join('');
    const signature = sealOf('anthropic', thinking);
    const deltas = omitted ? [] : [...bundled(answer.reasoning, 3)];
    blocks.push({
      block: { type: 'thinking', thinking, signature },
      empty: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...deltas.map(({ text, tokens }) =>
          delta({ type: 'thinking_delta', thinking: text }, tokens),
        ),
        delta({ type: 'signature_delta', signature }, omitted ? answer.reasoning.length : 0),
      ],
    });
  }
  if (answer.text.length > 0) {
    blocks.push({
      block: { type: 'text', text: answer.text.join('') },
      empty: { type: 'text', text: '' },
      deltas: [...bundled(answer.text, 2)].map(({ text, tokens }) =>
        delta({ type: 'text_delta', text }, tokens),
      ),
    });
  }
  for (const [index, { name, input }] of answer.calls.entries()) {
    const head = { type: 'tool_use', id: idOf('toolu_01', reply.count * 100 + index, 22), name };
    const pieces = ['', ...(JSON.stringify(input).match(/.{1,9}/gsu) ?? [])];
    blocks.push({
      block: { ...head, input },
      empty: { ...head, input: {} },
      deltas: pieces.map((piece) => delta({ type: 'input_json_delta', partial_json: piece }, 2)),
    });
  }
  return blocks;
}

/** A delta as JSON; its event is written where the index of its block is known. */
function delta(value: JsonObject, tokens: number): Frame {
  return { text: JSON.stringify(value), tokens };
}

function whole(reply: Reply): JsonObject {
  return {
    ...messageHead(reply),
    content: blocksFor(reply).map(({ block }) => block),
    stop_reason: stopReason(reply),
    stop_sequence: reply.answer.stop ?? null,
    usage: { ...usageHead(reply), ...usageEnd(reply) },
  };
}

function* frames(reply: Reply): Generator<Frame> {
  const usage = { ...usageHead(reply), output_tokens: 1 };
  const stopped = { stop_reason: null, stop_sequence: null };
  const message = { ...messageHead(reply), content: [], ...stopped, usage };
  yield { text: event({ type: 'message_start', message }), tokens: 0 };
  for (const [index, { empty, deltas }] of blocksFor(reply).entries()) {
    const started = event({ type: 'content_block_start', index, content_block: empty });
    yield { text: started, tokens: 0 };
    if (index === 0) yield { text: event({ type: 'ping' }), tokens: 0 };
    for (const { text, tokens } of deltas) {
      const data = `{"type":"content_block_delta","index":${index},"delta":${text}}`;
      yield { text: `event: content_block_delta\ndata: ${data}\n\n`, tokens };
    }
    yield { text: event({ type: 'content_block_stop', index }), tokens: 0 };
  }
  const end = { stop_reason: stopReason(reply), stop_sequence: reply.answer.stop ?? null };
  const total = { ...usageHead(reply), ...usageEnd(reply) };
  yield { text: event({ type: 'message_delta', delta: end, usage: total }), tokens: 0 };
  yield { text: event({ type: 'message_stop' }), tokens: 0 };
}

function event(data: JsonObject): string {
  return `event: ${stringAt(data, 'type')}\ndata: ${JSON.stringify(data)}\n\n`;
}

function messageHead(reply: Reply): JsonObject {
  const { model } = reply.call.prompt;
  return { model, id: idOf('msg_01', reply.count, 22), type: 'message', role: 'assistant' };
}

function stopReason({ answer }: Reply): string {
  if (answer.finish === 'length') return 'max_tokens';
  if (answer.finish === 'stop') return 'stop_sequence';
  return answer.finish === 'tools' ? 'tool_use' : 'end_turn';
}

function usageHead({ answer }: Reply): JsonObject {
  return {
    input_tokens: answer.tokens.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    service_tier: 'standard',
  };
}

function usageEnd({ answer: { tokens } }: Reply): JsonObject {
  const thinking = { output_tokens_details: { thinking_tokens: tokens.reasoning } };
  return { output_tokens: tokens.output, ...(tokens.reasoning > 0 && thinking) };
}
