/** What Codex sends when its model is another provider's, and what it reads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isArray, isObject, type JsonObject } from '../../json.ts';
import { createTranslator, type Translator } from '../../translate.ts';
import { anthropicMessages } from '../anthropic-messages/index.ts';
import { gemini } from '../gemini/index.ts';
import { openaiChat } from '../openai-chat/index.ts';
import { openaiResponses } from './index.ts';
import { outputOf } from './testing/client.ts';

const grammar = 'start: begin_patch hunk+ end_patch';
const shell = {
  type: 'function',
  name: 'shell',
  description: 'Runs a command',
  strict: false,
  parameters: {
    type: 'object',
    properties: { command: { type: 'array', items: { type: 'string' } } },
    required: ['command'],
    additionalProperties: false,
  },
};

const text = (type: string, words: string): JsonObject => ({ type, text: words });

const request: JsonObject = {
  model: 'gpt-5-codex',
  instructions: 'You are a coding agent.',
  input: [
    { type: 'message', role: 'developer', content: [text('input_text', '<permissions>')] },
    { type: 'message', role: 'user', content: [text('input_text', '<environment_context>')] },
    { type: 'message', role: 'user', content: [text('input_text', 'Fix it')] },
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Look first' }],
      content: null,
      encrypted_content: 'gAAAAABo',
    },
    { type: 'message', role: 'assistant', content: [text('output_text', 'I look.')] },
    { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}', call_id: 'call_1' },
    { type: 'function_call', name: 'shell', arguments: '{"command":["pwd"]}', call_id: 'call_2' },
    { type: 'function_call_output', call_id: 'call_1', output: 'a.ts' },
    { type: 'function_call_output', call_id: 'call_2', output: '/src' },
    {
      type: 'custom_tool_call',
      status: 'completed',
      call_id: 'call_3',
      name: 'apply_patch',
      input: '*** Begin Patch',
    },
    { type: 'custom_tool_call_output', call_id: 'call_3', output: 'Done' },
  ],
  tools: [
    shell,
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Edits files',
      format: { type: 'grammar', syntax: 'lark', definition: grammar },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: '0199',
  text: { verbosity: 'low' },
};

const upstreams = [
  [anthropicMessages, 'claude-sonnet-4-5'],
  [openaiChat, 'deepseek-chat'],
  [gemini, 'gemini-3-pro-preview'],
] as const;

function translatorTo([upstream, upstreamModel]: (typeof upstreams)[number]): Translator {
  const environment = { newId: (prefix: string) => `${prefix}1`, nowSeconds: () => 1 };
  const client = openaiResponses;
  return createTranslator({ client, upstream, body: request, upstreamModel, environment });
}

function listIn(body: JsonObject, key: string): readonly JsonObject[] {
  const list = body[key];
  return isArray(list) ? list.filter(isObject) : [];
}

describe('Codex', () => {
  for (const target of upstreams) {
    test(`is understood by ${target[0].id}`, () => {
      const { value } = translatorTo(target).request;
      const written = JSON.stringify(value);
      for (const words of ['You are a coding agent.', 'Fix it', 'a.ts', '*** Begin Patch', grammar])
        assert.ok(written.includes(words), words);
      assert.ok(!written.includes('gAAAAABo'), 'encrypted reasoning stays with its maker');
    });
  }

  test('has its calls and results in pairs at Claude', () => {
    const { value } = translatorTo(upstreams[0]).request;
    const contents = listIn(value, 'messages').map((message) =>
      listIn(message, 'content').map(({ type, id, tool_use_id }) => [type, id ?? tool_use_id]),
    );
    assert.deepEqual(contents.slice(1), [
      [
        ['text', undefined],
        ['tool_use', 'call_1'],
        ['tool_use', 'call_2'],
      ],
      [
        ['tool_result', 'call_1'],
        ['tool_result', 'call_2'],
      ],
      [['tool_use', 'call_3']],
      [['tool_result', 'call_3']],
    ]);
  });

  test('reads a patch as the free text that it is', () => {
    const answer = translatorTo(upstreams[0]).response({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'tool_use', id: 'toolu_1', name: 'apply_patch', input: { input: '*** End' } },
        { type: 'tool_use', id: 'toolu_2', name: 'shell', input: { command: ['ls'] } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 1, output_tokens: 1 },
    });
    const [thought, patch, command] = outputOf(answer.value);
    assert.equal(thought?.['type'], 'reasoning');
    assert.deepEqual([patch?.['type'], patch?.['input']], ['custom_tool_call', '*** End']);
    assert.deepEqual(
      [command?.['type'], command?.['arguments']],
      ['function_call', '{"command":["ls"]}'],
    );
  });

  test('sends back to Claude what Claude signed', () => {
    const [target] = upstreams;
    const environment = { newId: (prefix: string) => `${prefix}1`, nowSeconds: () => 1 };
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'c2ln' };
    const use = { type: 'tool_use', id: 'toolu_1', name: 'shell', input: { command: ['ls'] } };
    const answer = translatorTo(target).response({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: target[1],
      content: [thinking, use],
      stop_reason: 'tool_use',
      usage: { input_tokens: 1, output_tokens: 1 },
    });
    const result = { type: 'function_call_output', call_id: 'toolu_1', output: 'a.ts' };
    const input = [{ role: 'user', content: 'Hi' }, ...outputOf(answer.value), result];
    const { value } = createTranslator({
      client: openaiResponses,
      upstream: target[0],
      upstreamModel: target[1],
      body: { ...request, input },
      environment,
    }).request;
    assert.deepEqual(listIn(listIn(value, 'messages')[1] ?? {}, 'content'), [thinking, use]);
  });
});
