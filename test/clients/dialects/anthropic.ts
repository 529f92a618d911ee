/** Anthropic's Messages, with a model that thinks by budget: the strictest about what it thought. */
import { type JsonObject, objectOf, objectsOf, textOf } from '../../replay/json.ts';
import {
  type Answer,
  type Dialect,
  halves,
  namedEvent,
  pictureOf,
  plain,
  RETRY_AFTER_SECONDS,
  sealOf,
  sinceLast,
  type ToolResult,
  turnTokens,
} from './dialect.ts';

const VENDOR = 'Anthropic';
const kinds = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
} as const;

const blocksOf = ({ content }: JsonObject): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);
const ofType = (blocks: readonly JsonObject[], wanted: string): readonly JsonObject[] =>
  blocks.filter(({ type }) => type === wanted);
const isPrompt = (message: JsonObject): boolean =>
  message['role'] === 'user' && ofType(blocksOf(message), 'tool_result').length === 0;

function resultsIn(messages: readonly JsonObject[]): readonly ToolResult[] {
  return ofType(messages.flatMap(blocksOf), 'tool_result').map((block) => ({
    id: textOf(block['tool_use_id']),
    text: plain(block['content']),
  }));
}

const isSealed = ({ thinking, signature }: JsonObject): boolean =>
  signature === sealOf(VENDOR, textOf(thinking));

const thinks = ({ thinking }: JsonObject): boolean =>
  ['enabled', 'adaptive'].includes(textOf(objectOf(thinking)['type']));

function problem(request: JsonObject): string | undefined {
  const messages = objectsOf(request['messages']);
  const [, latest] = sinceLast(messages, isPrompt);
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message);
    if (ofType(blocks, 'thinking').some((block) => !isSealed(block)))
      return `messages.${index}.content.0: Invalid \`signature\` in \`thinking\` block`;
    if (ofType(blocks, 'redacted_thinking').length > 0)
      return `messages.${index}.content.0: Invalid \`data\` in \`redacted_thinking\` block`;
    const uses = ofType(blocks, 'tool_use').map(({ id }) => textOf(id));
    const answered = resultsIn(messages.slice(index + 1, index + 2)).map(({ id }) => id);
    if (uses.some((id) => !answered.includes(id)))
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
  }
  const last = latest.findLast(({ role }) => role === 'assistant');
  const [first] = last === undefined ? [] : blocksOf(last);
  // Adaptive thinking takes turns that begin with anything.
  if (objectOf(request['thinking'])['type'] === 'enabled' && first?.['type'] === 'tool_use')
    return 'Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block';
  return undefined;
}

function contentOf({ thought, pieces = [], calls = [] }: Answer): readonly object[] {
  return [
    ...(thought === undefined
      ? []
      : [{ type: 'thinking', thinking: thought, signature: sealOf(VENDOR, thought) }]),
    ...(pieces.length === 0 ? [] : [{ type: 'text', text: pieces.join('') }]),
    ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
  ];
}

function messageOf(content: readonly object[], fields: object): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_sequence: null,
    ...fields,
  };
}

const stopReason = ({ calls = [] }: Answer): string => (calls.length > 0 ? 'tool_use' : 'end_turn');

function block(index: number, start: object, deltas: readonly object[]): readonly string[] {
  return [
    namedEvent('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => namedEvent('content_block_delta', { index, delta })),
    namedEvent('content_block_stop', { index }),
  ];
}

function blockEvents({ thought, pieces = [], calls = [] }: Answer): readonly string[] {
  const blocks: (readonly [start: object, deltas: readonly object[]])[] = [];
  if (thought !== undefined)
    blocks.push([
      { type: 'thinking', thinking: '', signature: '' },
      [
        ...halves(thought).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: sealOf(VENDOR, thought) },
      ],
    ]);
  if (pieces.length > 0)
    blocks.push([{ type: 'text', text: '' }, pieces.map((text) => ({ type: 'text_delta', text }))]);
  for (const { id, name, input } of calls)
    blocks.push([
      { type: 'tool_use', id, name, input: {} },
      halves(JSON.stringify(input)).map((half) => ({
        type: 'input_json_delta',
        partial_json: half,
      })),
    ]);
  return blocks.flatMap(([start, deltas], index) => block(index, start, deltas));
}

export const anthropicMessages: Dialect = {
  read(request) {
    const messages = objectsOf(request['messages']);
    const [prompt = {}, latest] = sinceLast(messages, isPrompt);
    const format = objectOf(objectOf(request['output_config'])['format']);
    const thinking = ofType(messages.flatMap(blocksOf), 'thinking');
    return {
      streams: request['stream'] === true,
      toolNames: objectsOf(request['tools']).map(({ name }) => textOf(name)),
      prompt: plain(blocksOf(prompt)),
      pictures: ofType(blocksOf(prompt), 'image').map(({ source }) => {
        const { media_type: mediaType, data } = objectOf(source);
        return pictureOf(`data:${textOf(mediaType)};base64,${textOf(data)}`);
      }),
      results: resultsIn(messages),
      latestResults: resultsIn(latest),
      wantsSchema: format['type'] === 'json_schema',
      reasons: thinks(request),
      shows: thinks(request),
      seals: thinking.filter(isSealed).length,
      latestStepsSealed: latest
        .filter(({ role }) => role === 'assistant')
        .map((message) => ofType(blocksOf(message), 'thinking').some(isSealed)),
    };
  },
  problem,
  stream: (answer) => [
    namedEvent('message_start', {
      message: messageOf([], {
        stop_reason: null,
        usage: { input_tokens: turnTokens.input, output_tokens: 1 },
      }),
    }),
    namedEvent('ping', {}),
    ...blockEvents(answer),
    namedEvent('message_delta', {
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: { output_tokens: turnTokens.output },
    }),
    namedEvent('message_stop', {}),
  ],
  whole: (answer) =>
    messageOf(contentOf(answer), {
      stop_reason: stopReason(answer),
      usage: { input_tokens: turnTokens.input, output_tokens: turnTokens.output },
    }),
  refuse: (status, message) => ({
    headers: status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {},
    body: { type: 'error', error: { type: kinds[status], message }, request_id: 'req_1' },
  }),
};
