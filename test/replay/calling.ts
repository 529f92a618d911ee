/** How each format offers a tool, and how its provider calls it. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json.ts';

const schema = { type: 'object', properties: { city: { type: 'string' } } };

interface Calling {
  /** A request that offers one tool. */
  offer(name: string): JsonObject;
  /** The name of the first tool of a request. */
  offered(body: JsonObject): string;
  /** A whole answer that calls the tool. */
  answer(name: string, args: JsonObject): JsonObject;
  /** One that calls it with free text, where the format knows that. */
  freeText?(name: string, text: string): JsonObject;
  /** A whole answer as a stream of the fewest events. */
  events(answer: JsonObject): readonly object[];
}

const messages = [{ role: 'user', content: 'Hello' }];

function chatAnswer(call: JsonObject): JsonObject {
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', ...call }],
  };
  return {
    id: 'chatcmpl-named',
    object: 'chat.completion',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
  };
}

const chat: Calling = {
  offer: (name) => {
    return { messages, tools: [{ type: 'function', function: { name, parameters: schema } }] };
  },
  offered: ({ tools }) => textOf(objectOf(objectsOf(tools)[0]?.['function'])['name']),
  answer: (name, args) =>
    chatAnswer({ type: 'function', function: { name, arguments: JSON.stringify(args) } }),
  freeText: (name, input) => chatAnswer({ type: 'custom', custom: { name, input } }),
  events(whole) {
    const message = objectOf(objectsOf(whole['choices'])[0]?.['message']);
    const calls = objectsOf(message['tool_calls']).map((call, index) => ({ index, ...call }));
    const chunk = { ...whole, object: 'chat.completion.chunk' };
    const delta = { ...message, tool_calls: calls };
    return [
      { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    ];
  },
};

function responsesAnswer(call: JsonObject): JsonObject {
  return {
    id: 'resp_named',
    object: 'response',
    created_at: 1,
    model: 'gpt',
    status: 'completed',
    output: [{ id: 'fc_1', call_id: 'call_1', status: 'completed', ...call }],
  };
}

const responses: Calling = {
  offer: (name) => {
    return { input: 'Hello', tools: [{ type: 'function', name, parameters: schema }] };
  },
  offered: ({ tools }) => textOf(objectsOf(tools)[0]?.['name']),
  answer: (name, args) =>
    responsesAnswer({ type: 'function_call', name, arguments: JSON.stringify(args) }),
  freeText: (name, input) => responsesAnswer({ type: 'custom_tool_call', name, input }),
  events(whole) {
    const begun = { ...whole, status: 'in_progress', output: [] };
    const item = objectsOf(whole['output'])[0] ?? {};
    const empty = item['type'] === 'custom_tool_call' ? { input: '' } : { arguments: '' };
    return [
      { type: 'response.created', response: begun },
      { type: 'response.output_item.added', output_index: 0, item: { ...item, ...empty } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: whole },
    ];
  },
};

const anthropic: Calling = {
  offer: (name) => ({ messages, max_tokens: 1024, tools: [{ name, input_schema: schema }] }),
  offered: ({ tools }) => textOf(objectsOf(tools)[0]?.['name']),
  answer: (name, args) => ({
    id: 'msg_named',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'tool_use', id: 'toolu_1', name, input: args }],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  events(whole) {
    const [block] = objectsOf(whole['content']);
    const { usage } = whole;
    const partial = { type: 'input_json_delta', partial_json: JSON.stringify(block?.['input']) };
    return [
      { type: 'message_start', message: { ...whole, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { ...block, input: {} } },
      { type: 'content_block_delta', index: 0, delta: partial },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
  },
};

const google: Calling = {
  offer: (name) => ({
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    tools: [{ functionDeclarations: [{ name, parametersJsonSchema: schema }] }],
  }),
  offered({ tools }) {
    const [tool] = objectsOf(tools);
    return textOf(objectsOf(tool?.['functionDeclarations'])[0]?.['name']);
  },
  answer(name, args) {
    const content = { role: 'model', parts: [{ functionCall: { name, args } }] };
    const candidates = [{ index: 0, content, finishReason: 'STOP' }];
    return { candidates, modelVersion: 'gemini', responseId: 'named' };
  },
  events: (whole) => [whole],
};

export const callings: { readonly [id in FormatId]: Calling } = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  gemini: google,
};
