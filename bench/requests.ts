/** The requests that clients of each format send: one conversation, written down four times. */
import type { FormatId } from './answers.ts';

/** What leads to an upstream of each format, whatever the client speaks. */
export const models: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'llama-3.3-70b',
  'openai-responses': 'gpt-5-codex',
  'anthropic-messages': 'claude-haiku-4-5',
  gemini: 'gemini-2.5-flash',
};

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly schema: object;
}

/** Words, or a call of a tool with its result. */
export type Turn =
  | { readonly role: 'user' | 'assistant'; readonly text: string }
  | {
      readonly role: 'tool';
      readonly name: string;
      readonly path: string;
      readonly result: string;
    };

export interface Conversation {
  readonly system: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
}

export interface ClientRequest {
  readonly path: string;
  readonly body: string;
}

export interface Asked {
  readonly format: FormatId;
  readonly model: string;
  readonly stream?: boolean;
}

export function requestOf(conversation: Conversation, asked: Asked): ClientRequest {
  const { format, model, stream = false } = asked;
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  const paths: Readonly<Record<FormatId, string>> = {
    'openai-chat': '/v1/chat/completions',
    'openai-responses': '/v1/responses',
    'anthropic-messages': '/v1/messages',
    gemini: `/v1beta/models/${model}:${method}`,
  };
  const named = format === 'gemini' ? {} : { model };
  const streaming = stream && format !== 'gemini' ? { stream: true } : {};
  const body = { ...named, ...writers[format](conversation, stream), ...streaming };
  return { path: paths[format], body: JSON.stringify(body) };
}

type Writer = (conversation: Conversation, stream: boolean) => object;

const writers: Readonly<Record<FormatId, Writer>> = {
  'openai-chat': ({ system, turns, tools }, stream) => ({
    messages: [{ role: 'system', content: system }, ...turns.flatMap(chatMessages)],
    ...some('tools', tools.map(chatTool)),
    max_tokens: 1024,
    temperature: 0.5,
    ...(stream && { stream_options: { include_usage: true } }),
  }),
  'openai-responses': ({ system, turns, tools }) => ({
    instructions: system,
    input: turns.flatMap(responsesItems),
    ...some(
      'tools',
      tools.map(({ schema, ...tool }) => ({
        type: 'function',
        ...tool,
        parameters: schema,
        strict: false,
      })),
    ),
    max_output_tokens: 1024,
    store: false,
  }),
  'anthropic-messages': ({ system, turns, tools }) => ({
    max_tokens: 1024,
    temperature: 0.5,
    system,
    messages: turns.flatMap(anthropicMessages),
    ...some(
      'tools',
      tools.map(({ schema, ...tool }) => ({ ...tool, input_schema: schema })),
    ),
  }),
  gemini: ({ system, turns, tools }) => ({
    systemInstruction: { parts: [{ text: system }] },
    contents: turns.flatMap(geminiContents),
    ...some('tools', tools.length === 0 ? [] : [{ functionDeclarations: tools.map(geminiTool) }]),
    generationConfig: { maxOutputTokens: 1024, temperature: 0.5 },
  }),
};

/** An empty list is not what clients send. */
function some(name: string, list: readonly object[]): object {
  return list.length === 0 ? {} : { [name]: list };
}

function chatTool({ schema, ...tool }: Tool): object {
  return { type: 'function', function: { ...tool, parameters: schema } };
}

function geminiTool({ schema, ...tool }: Tool): object {
  return { ...tool, parametersJsonSchema: schema };
}

function idOf(turn: Turn, index: number): string {
  return `call_${turn.role}_${index}`;
}

function chatMessages(turn: Turn, index: number): readonly object[] {
  if (turn.role !== 'tool') return [{ role: turn.role, content: turn.text }];
  const id = idOf(turn, index);
  const call = { name: turn.name, arguments: JSON.stringify({ path: turn.path }) };
  return [
    { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] },
    { role: 'tool', tool_call_id: id, content: turn.result },
  ];
}

function responsesItems(turn: Turn, index: number): readonly object[] {
  if (turn.role !== 'tool') return [{ role: turn.role, content: turn.text }];
  const id = idOf(turn, index);
  const args = JSON.stringify({ path: turn.path });
  return [
    { type: 'function_call', call_id: id, name: turn.name, arguments: args },
    { type: 'function_call_output', call_id: id, output: turn.result },
  ];
}

function anthropicMessages(turn: Turn, index: number): readonly object[] {
  if (turn.role !== 'tool') return [{ role: turn.role, content: turn.text }];
  const id = idOf(turn, index);
  const use = { type: 'tool_use', id, name: turn.name, input: { path: turn.path } };
  return [
    { role: 'assistant', content: [use] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: turn.result }] },
  ];
}

function geminiContents(turn: Turn): readonly object[] {
  if (turn.role !== 'tool') {
    return [{ role: turn.role === 'user' ? 'user' : 'model', parts: [{ text: turn.text }] }];
  }
  const { name, path, result } = turn;
  return [
    { role: 'model', parts: [{ functionCall: { name, args: { path } } }] },
    { role: 'user', parts: [{ functionResponse: { name, response: { output: result } } }] },
  ];
}
