/** What clients may ask for with tools: definitions, choice, and calls with their results in the history. */
import type { JsonObject } from 'ai-api-converter';
import { type Feature, someBytes } from './probe.ts';

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const strictSchema = { ...schema, additionalProperties: false };
const chatTool = {
  type: 'function',
  function: { name: 'look', description: 'Looks', parameters: schema },
};
const chatOther = { type: 'function', function: { name: 'hear', parameters: schema } };
const messagesTool = { name: 'look', description: 'Looks', input_schema: schema };
const messagesOther = { name: 'hear', input_schema: schema };
const declaration = { name: 'look', description: 'Looks', parametersJsonSchema: schema };
const declarations = [
  { functionDeclarations: [declaration, { name: 'hear', parametersJsonSchema: schema }] },
];

const chatTools: JsonObject = { tools: [chatTool, chatOther] };
const messagesTools: JsonObject = { tools: [messagesTool, messagesOther] };
const geminiTools: JsonObject = { tools: declarations };

function geminiMode(mode: string, rest: JsonObject = {}): JsonObject {
  return { ...geminiTools, toolConfig: { functionCallingConfig: { mode, ...rest } } };
}

const definitions: readonly Feature[] = [
  {
    group: 'Tools',
    name: 'functions',
    in: { 'openai-chat': chatTools, 'anthropic-messages': messagesTools, gemini: geminiTools },
  },
  {
    group: 'Tools',
    name: 'strict functions',
    in: {
      'openai-chat': {
        tools: [
          { type: 'function', function: { name: 'look', parameters: strictSchema, strict: true } },
        ],
      },
      'anthropic-messages': { tools: [{ name: 'look', input_schema: strictSchema, strict: true }] },
    },
  },
  {
    group: 'Tools',
    name: 'tools with free text as input',
    reasons: true,
    in: {
      'openai-chat': { tools: [{ type: 'custom', custom: { name: 'run', description: 'Runs' } }] },
    },
  },
  {
    group: 'Tools',
    name: "names beyond the other format's letters",
    in: {
      gemini: {
        tools: [{ functionDeclarations: [{ ...declaration, name: 'weather.now:v2' }] }],
      },
    },
  },
  {
    group: 'Tools',
    name: 'web search by the provider',
    in: {
      'openai-chat': { web_search_options: {} },
      'anthropic-messages': { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      gemini: { tools: [{ googleSearch: {} }] },
    },
  },
  {
    group: 'Tools',
    name: 'other tools that the provider runs',
    in: {
      'anthropic-messages': {
        tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
      },
      gemini: { tools: [{ codeExecution: {} }] },
    },
  },
];

const choices: readonly Feature[] = [
  {
    group: 'Tool choice',
    name: 'some tool',
    in: {
      'openai-chat': { ...chatTools, tool_choice: 'required' },
      'anthropic-messages': { ...messagesTools, tool_choice: { type: 'any' } },
      gemini: geminiMode('ANY'),
    },
  },
  {
    group: 'Tool choice',
    name: 'one tool',
    in: {
      'openai-chat': {
        ...chatTools,
        tool_choice: { type: 'function', function: { name: 'look' } },
      },
      'anthropic-messages': { ...messagesTools, tool_choice: { type: 'tool', name: 'look' } },
      gemini: geminiMode('ANY', { allowedFunctionNames: ['look'] }),
    },
  },
  {
    group: 'Tool choice',
    name: 'only some of the tools',
    in: {
      'openai-chat': {
        ...chatTools,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: {
            mode: 'auto',
            tools: [{ type: 'function', function: { name: 'look' } }],
          },
        },
      },
      gemini: geminiMode('VALIDATED', { allowedFunctionNames: ['look'] }),
    },
  },
  {
    group: 'Tool choice',
    name: 'none',
    in: {
      'openai-chat': { ...chatTools, tool_choice: 'none' },
      'anthropic-messages': { ...messagesTools, tool_choice: { type: 'none' } },
      gemini: geminiMode('NONE'),
    },
  },
  {
    group: 'Tool choice',
    name: 'one call at a time',
    in: {
      'openai-chat': { ...chatTools, parallel_tool_calls: false },
      'anthropic-messages': {
        ...messagesTools,
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      },
    },
  },
];

const look = { role: 'user', content: 'Look' };
const chatCall = {
  role: 'assistant',
  content: null,
  tool_calls: [
    { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":"b"}' } },
  ],
};
const messagesCall = {
  role: 'assistant',
  content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { a: 'b' } }],
};
const geminiAsk = { role: 'user', parts: [{ text: 'Look' }] };
const geminiCall = { role: 'model', parts: [{ functionCall: { name: 'look', args: { a: 'b' } } }] };

function messagesResult(result: JsonObject): JsonObject {
  const content = [{ type: 'tool_result', tool_use_id: 'toolu_1', ...result }];
  return { ...messagesTools, messages: [look, messagesCall, { role: 'user', content }] };
}

function geminiResult(result: JsonObject): JsonObject {
  const parts = [{ functionResponse: { name: 'look', ...result } }];
  return { ...geminiTools, contents: [geminiAsk, geminiCall, { role: 'user', parts }] };
}

const image = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: someBytes },
};

const history: readonly Feature[] = [
  {
    group: 'Tool calls in the history',
    name: 'call and result',
    in: {
      'openai-chat': {
        ...chatTools,
        messages: [look, chatCall, { role: 'tool', tool_call_id: 'call_1', content: 'A wall' }],
      },
      'anthropic-messages': messagesResult({ content: 'A wall' }),
      gemini: geminiResult({ response: { output: 'A wall' } }),
    },
  },
  {
    group: 'Tool calls in the history',
    name: 'result that is an error',
    in: {
      'anthropic-messages': messagesResult({ content: 'Too dark', is_error: true }),
      gemini: geminiResult({ response: { error: 'Too dark' } }),
    },
  },
  {
    group: 'Tool calls in the history',
    name: 'result with an image',
    in: {
      'anthropic-messages': messagesResult({ content: [image] }),
      gemini: geminiResult({
        response: { output: 'See' },
        parts: [{ inlineData: { mimeType: 'image/png', data: someBytes } }],
      }),
    },
  },
  {
    group: 'Tool calls in the history',
    name: 'call without result',
    in: {
      'openai-chat': { ...chatTools, messages: [look, chatCall, look] },
      'anthropic-messages': { ...messagesTools, messages: [look, messagesCall, look] },
      gemini: { ...geminiTools, contents: [geminiAsk, geminiCall, geminiAsk] },
    },
  },
];

export const toolFeatures: readonly Feature[] = [...definitions, ...choices, ...history];
