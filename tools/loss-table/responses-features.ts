/** What requests and answers of the Responses API need to show the features that other formats have too. */
import type { JsonObject } from 'ai-api-converter';
import { type Feature, someBytes } from './probe.ts';

type ByName = Readonly<Record<string, JsonObject>>;

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const strictSchema = { ...schema, additionalProperties: false };
const look = { role: 'user', content: 'Look' };
const brief = { role: 'developer', content: 'Be brief' };

function user(...content: readonly JsonObject[]): JsonObject {
  return { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Look' }, ...content] }] };
}

const messages: ByName = {
  'system instructions': { instructions: 'Be brief' },
  'system message in mid-conversation': { input: [look, brief, look] },
  'beginning of the answer given': { input: [look, { role: 'assistant', content: 'Well' }] },
  'image, base64': user({
    type: 'input_image',
    image_url: `data:image/png;base64,${someBytes}`,
    detail: 'auto',
  }),
  'image, URL': user({
    type: 'input_image',
    image_url: 'https://example.com/a.png',
    detail: 'auto',
  }),
  'image detail': user({
    type: 'input_image',
    image_url: `data:image/png;base64,${someBytes}`,
    detail: 'low',
  }),
  'PDF, base64': user({
    type: 'input_file',
    file_data: `data:application/pdf;base64,${someBytes}`,
  }),
  'name of a document': user({
    type: 'input_file',
    filename: 'a.pdf',
    file_data: `data:application/pdf;base64,${someBytes}`,
  }),
  'PDF, URL': user({ type: 'input_file', file_url: 'https://example.com/a.pdf' }),
  'plain text document': user({
    type: 'input_file',
    filename: 'a.txt',
    file_data: 'data:text/plain;base64,T25jZQ==',
  }),
  'file by its id': user({ type: 'input_file', file_id: 'file-1' }),
};

const settings: ByName = {
  'JSON by a schema': {
    text: { format: { type: 'json_schema', name: 'a', schema: strictSchema, strict: true } },
  },
  'any JSON': { input: 'As JSON', text: { format: { type: 'json_object' } } },
  'largest number of tokens': { max_output_tokens: 77 },
  verbosity: { text: { verbosity: 'low' } },
  effort: { reasoning: { effort: 'high' } },
  off: { reasoning: { effort: 'none' } },
  hidden: { reasoning: { effort: 'high', summary: null } },
  "another provider's own reasoning in the history": {
    input: [
      look,
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'A greeting' }],
        encrypted_content: 'gAAAAA',
      },
      { role: 'assistant', content: 'Hi' },
      look,
    ],
  },
  temperature: { temperature: 0.3 },
  'temperature above 1': { temperature: 1.6 },
  'temperature, asked of a model that reasons': { temperature: 0.3 },
  'top p': { top_p: 0.5 },
  'log probabilities': { include: ['message.output_text.logprobs'], top_logprobs: 2 },
  'cache mark': {
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look', prompt_cache_breakpoint: { mode: 'explicit' } },
        ],
      },
    ],
  },
  'cache key': { prompt_cache_key: 'a' },
  'name of the end user': { safety_identifier: 'ann' },
  'labels of the request': { metadata: { a: 'b' } },
  'service tier': { service_tier: 'priority' },
  'safety settings': { moderation: { model: 'omni-moderation-latest' } },
  'a field that nobody knows': { a_new_field: 1 },
};

const tools: JsonObject = {
  tools: [
    { type: 'function', name: 'look', description: 'Looks', parameters: schema, strict: false },
    { type: 'function', name: 'hear', parameters: schema, strict: false },
  ],
};
const call = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"a":"b"}' };

function result(output: JsonObject[] | string): JsonObject {
  return {
    ...tools,
    input: [look, call, { type: 'function_call_output', call_id: 'call_1', output }],
  };
}

const withTools: ByName = {
  functions: tools,
  'strict functions': {
    tools: [{ type: 'function', name: 'look', parameters: strictSchema, strict: true }],
  },
  'tools with free text as input': {
    tools: [{ type: 'custom', name: 'run', description: 'Runs' }],
  },
  'web search by the provider': { tools: [{ type: 'web_search' }] },
  'other tools that the provider runs': {
    tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
  },
  'some tool': { ...tools, tool_choice: 'required' },
  'one tool': { ...tools, tool_choice: { type: 'function', name: 'look' } },
  'only some of the tools': {
    ...tools,
    tool_choice: {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'look' }],
    },
  },
  none: { ...tools, tool_choice: 'none' },
  'one call at a time': { ...tools, parallel_tool_calls: false },
  'call and result': result('A wall'),
  'result with an image': result([
    { type: 'input_image', image_url: `data:image/png;base64,${someBytes}`, detail: 'auto' },
  ]),
  'call without result': { ...tools, input: [look, call, look] },
};

export const responsesRequests: ByName = { ...messages, ...settings, ...withTools };

function said(content: JsonObject): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [content],
  };
}

function hi(rest: JsonObject = {}): JsonObject {
  return said({ type: 'output_text', text: 'Hi', annotations: [], ...rest });
}

function called(id: string): JsonObject {
  return { type: 'function_call', id, call_id: id, name: 'look', arguments: '{}' };
}

function usage(input: JsonObject, output: JsonObject = {}): JsonObject {
  return {
    usage: {
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 0, ...input },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0, ...output },
      total_tokens: 7,
    },
  };
}

function incomplete(reason: string): JsonObject {
  return { status: 'incomplete', incomplete_details: { reason } };
}

export const responsesAnswers: ByName = {
  'tool calls': { output: [called('call_1'), called('call_2')] },
  'reasoning text': {
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'A greeting' }] },
      hi(),
    ],
  },
  'reasoning that is encrypted': {
    output: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAA' }, hi()],
  },
  'refusal in words of its own': { output: [said({ type: 'refusal', refusal: 'No' })] },
  'sources on the web': {
    output: [
      hi({
        annotations: [
          {
            type: 'url_citation',
            url: 'https://example.com',
            title: 'A',
            start_index: 0,
            end_index: 2,
          },
        ],
      }),
    ],
  },
  'sources in documents': {
    output: [
      hi({
        annotations: [{ type: 'file_citation', file_id: 'file-1', filename: 'a.pdf', index: 0 }],
      }),
    ],
  },
  'log probabilities': {
    output: [hi({ logprobs: [{ token: 'Hi', logprob: -0.5, bytes: [], top_logprobs: [] }] })],
  },
  image: {
    output: [
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: someBytes },
      hi(),
    ],
  },
  'code that the provider ran': {
    output: [
      {
        type: 'code_interpreter_call',
        id: 'ci_1',
        status: 'completed',
        code: 'print(4)',
        container_id: 'c',
        outputs: [{ type: 'logs', logs: '4' }],
      },
      hi(),
    ],
  },
  'by the largest number of tokens': incomplete('max_output_tokens'),
  'by a safety filter': incomplete('content_filter'),
  'read from the cache': usage({ cached_tokens: 4 }),
  'written to the cache': usage({ cache_write_tokens: 4 }),
  'spent on reasoning': usage({}, { reasoning_tokens: 1 }),
};

/** Features that no other format has. */
export const responsesAlone: readonly Feature[] = [
  {
    group: 'What only Responses have',
    name: 'an earlier answer by its id',
    in: { 'openai-responses': { previous_response_id: 'resp_1' } },
  },
  {
    group: 'What only Responses have',
    name: 'tools that the client runs, such as `apply_patch`',
    in: { 'openai-responses': { tools: [{ type: 'apply_patch' }, { type: 'shell' }] } },
  },
  {
    group: 'What only Responses have',
    name: 'namespaces of tools',
    in: {
      'openai-responses': {
        tools: [
          {
            type: 'namespace',
            name: 'eyes',
            tools: [{ type: 'function', name: 'look', parameters: schema, strict: false }],
          },
        ],
      },
    },
  },
  {
    group: 'What only Responses have',
    name: 'largest number of tool calls',
    in: { 'openai-responses': { max_tool_calls: 3 } },
  },
];
