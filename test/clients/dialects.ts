/** What a scripted provider of each format says in a turn, and what it reads in the next request. */
import { type JsonObject, objectOf, objectsOf, textOf } from '../replay/json.ts';

interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: object;
}

export interface ToolResult {
  /** That of its call; undefined where the format has none. */
  readonly id: string | undefined;
  readonly text: string;
}

export interface Dialect {
  toolNames(request: JsonObject): readonly string[];
  results(request: JsonObject): readonly ToolResult[];
  /** Whether it may reason in this request, with a seal that has to come back. */
  reasons(request: JsonObject): boolean;
  /** The stream of a turn that calls a tool. */
  call(call: Call, seal: string | undefined): readonly string[];
  /** The stream of a turn that says something. */
  say(pieces: readonly string[]): readonly string[];
}

/** Of every turn, in each dialect. */
export const turnTokens = { input: 100, output: 20 } as const;

const data = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
const named = (type: string, fields: object): string =>
  `event: ${type}\n${data({ type, ...fields })}`;

/** As providers do it: not at the borders of what it says. */
function halves(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Text, or a list of parts of which some are text. */
function plain(content: JsonObject[string] | undefined): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map(({ text }) => textOf(text))
    .join('');
}

function block(index: number, start: object, deltas: readonly object[]): readonly string[] {
  return [
    named('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => named('content_block_delta', { index, delta })),
    named('content_block_stop', { index }),
  ];
}

function message(blocks: readonly string[], reason: string): readonly string[] {
  return [
    named('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: turnTokens.input, output_tokens: 1 },
      },
    }),
    named('ping', {}),
    ...blocks,
    named('message_delta', {
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: turnTokens.output },
    }),
    named('message_stop', {}),
  ];
}

const anthropicMessages: Dialect = {
  toolNames: ({ tools }) => objectsOf(tools).map(({ name }) => textOf(name)),
  results: ({ messages }) =>
    objectsOf(messages)
      .flatMap(({ content }) => objectsOf(content))
      .filter(({ type }) => type === 'tool_result')
      .map((part) => ({ id: textOf(part['tool_use_id']), text: plain(part['content']) })),
  reasons: ({ thinking }) => ['enabled', 'adaptive'].includes(textOf(objectOf(thinking)['type'])),
  call({ id, name, input }, seal) {
    const thinking =
      seal === undefined
        ? []
        : block(0, { type: 'thinking', thinking: '', signature: '' }, [
            { type: 'thinking_delta', thinking: 'A shell will do.' },
            { type: 'signature_delta', signature: seal },
          ]);
    const use = block(
      thinking.length === 0 ? 0 : 1,
      { type: 'tool_use', id, name, input: {} },
      halves(JSON.stringify(input)).map((half) => ({
        type: 'input_json_delta',
        partial_json: half,
      })),
    );
    return message([...thinking, ...use], 'tool_use');
  },
  say: (pieces) =>
    message(
      block(
        0,
        { type: 'text', text: '' },
        pieces.map((text) => ({ type: 'text_delta', text })),
      ),
      'end_turn',
    ),
};

function chunks(deltas: readonly object[], reason: string): readonly string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'some' };
  const { input, output } = turnTokens;
  return [
    ...deltas.map((delta) =>
      data({ ...head, choices: [{ index: 0, delta, finish_reason: null }] }),
    ),
    data({ ...head, choices: [{ index: 0, delta: {}, finish_reason: reason }] }),
    data({
      ...head,
      choices: [],
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    }),
    'data: [DONE]\n\n',
  ];
}

const openaiChat: Dialect = {
  toolNames: ({ tools }) =>
    objectsOf(tools).map((tool) => textOf(objectOf(tool['function'])['name'])),
  results: ({ messages }) =>
    objectsOf(messages)
      .filter(({ role }) => role === 'tool')
      .map((part) => ({ id: textOf(part['tool_call_id']), text: plain(part['content']) })),
  reasons: () => false,
  call({ id, name, input }) {
    const [first, second] = halves(JSON.stringify(input));
    const opening = { index: 0, id, type: 'function', function: { name, arguments: '' } };
    return chunks(
      [
        { role: 'assistant', content: null, tool_calls: [opening] },
        { tool_calls: [{ index: 0, function: { arguments: first } }] },
        { tool_calls: [{ index: 0, function: { arguments: second } }] },
      ],
      'tool_calls',
    );
  },
  say: (pieces) =>
    chunks([{ role: 'assistant', content: '' }, ...pieces.map((content) => ({ content }))], 'stop'),
};

function candidates(parts: readonly object[]): readonly string[] {
  const { input, output } = turnTokens;
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    return data({
      candidates: [
        {
          content: { role: 'model', parts: [part] },
          index: 0,
          ...(isLast ? { finishReason: 'STOP' } : {}),
        },
      ],
      usageMetadata: {
        promptTokenCount: input,
        ...(isLast ? { candidatesTokenCount: output } : {}),
        totalTokenCount: isLast ? input + output : input,
      },
      modelVersion: 'gemini-2.5-flash',
      responseId: 'r1',
    });
  });
}

const gemini: Dialect = {
  toolNames: ({ tools }) =>
    objectsOf(tools)
      .flatMap((tool) => objectsOf(tool['functionDeclarations']))
      .map(({ name }) => textOf(name)),
  results: ({ contents }) =>
    objectsOf(contents)
      .flatMap(({ parts }) => objectsOf(parts))
      .filter((part) => 'functionResponse' in part)
      .map((part) => ({
        id: undefined,
        text: JSON.stringify(objectOf(part['functionResponse'])['response']),
      })),
  reasons: () => true,
  call: ({ name, input }, seal) =>
    candidates([
      {
        functionCall: { name, args: input },
        ...(seal === undefined ? {} : { thoughtSignature: seal }),
      },
    ]),
  say: (pieces) => candidates(pieces.map((text) => ({ text }))),
};

function response(items: readonly Item[]): readonly string[] {
  const { input, output } = turnTokens;
  const head = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-5-codex' };
  const events = [
    ...['response.created', 'response.in_progress'].map((type) => ({
      type,
      response: { ...head, status: 'in_progress', output: [] },
    })),
    ...items.flatMap(({ begun, steps, done }, index) => [
      { type: 'response.output_item.added', output_index: index, item: begun },
      ...steps.map((step) => ({ ...step, output_index: index })),
      { type: 'response.output_item.done', output_index: index, item: done },
    ]),
    {
      type: 'response.completed',
      response: {
        ...head,
        status: 'completed',
        output: items.map(({ done }) => done),
        usage: {
          input_tokens: input,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: input + output,
        },
      },
    },
  ];
  return events.map(({ type, ...fields }, index) =>
    named(type, { ...fields, sequence_number: index }),
  );
}

interface Item {
  readonly begun: object;
  readonly steps: readonly { readonly type: string; readonly [field: string]: unknown }[];
  readonly done: object;
}

function callItem({ id, name, input }: Call): Item {
  const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name };
  const text = JSON.stringify(input);
  return {
    begun: { ...item, status: 'in_progress', arguments: '' },
    steps: [
      ...halves(text).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        item_id: item.id,
        delta,
      })),
      { type: 'response.function_call_arguments.done', item_id: item.id, arguments: text },
    ],
    done: { ...item, status: 'completed', arguments: text },
  };
}

function messageItem(pieces: readonly string[]): Item {
  const item = { id: 'msg_1', type: 'message', role: 'assistant' };
  const at = { item_id: item.id, content_index: 0 };
  const part = { type: 'output_text', text: pieces.join(''), annotations: [], logprobs: [] };
  return {
    begun: { ...item, status: 'in_progress', content: [] },
    steps: [
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...pieces.map((delta) => ({
        type: 'response.output_text.delta',
        ...at,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
      { type: 'response.content_part.done', ...at, part },
    ],
    done: { ...item, status: 'completed', content: [part] },
  };
}

const openaiResponses: Dialect = {
  toolNames: ({ tools }) => objectsOf(tools).map(({ name }) => textOf(name)),
  results: ({ input }) =>
    objectsOf(input)
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => ({ id: textOf(item['call_id']), text: plain(item['output']) })),
  reasons: ({ include }) => JSON.stringify(include ?? []).includes('reasoning.encrypted_content'),
  call(call, seal) {
    const item = { id: `rs_${call.id}`, type: 'reasoning', summary: [], encrypted_content: seal };
    const thought = { begun: item, steps: [], done: item };
    return response(seal === undefined ? [callItem(call)] : [thought, callItem(call)]);
  },
  say: (pieces) => response([messageItem(pieces)]),
};

export const dialects = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
} as const;
