/** Tool names that an upstream forbids are replaced on the way there, and come back as the client's own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cannedAnswer } from './canned.ts';
import { familyModels, send } from './client.ts';
import { type Harness, layOut, startHarness } from './harness.ts';
import { type JsonObject, objectOf, objectsOf, textOf, tryParse } from './json.ts';
import type { FormatId } from './meaning.ts';
import { observe } from './observe.ts';

let harness: Harness;

const schema = { type: 'object', properties: { city: { type: 'string' } } };

function bodyWith(format: FormatId, name: string): JsonObject {
  if (format === 'gemini') {
    return {
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      tools: [{ functionDeclarations: [{ name, parametersJsonSchema: schema }] }],
    };
  }
  const messages = [{ role: 'user', content: 'Hello' }];
  if (format === 'openai-chat') {
    return { messages, tools: [{ type: 'function', function: { name, parameters: schema } }] };
  }
  return { messages, max_tokens: 1024, tools: [{ name, input_schema: schema }] };
}

function nameUpstream(format: FormatId, body: JsonObject): string {
  const [tool] = objectsOf(body['tools']);
  if (format === 'gemini') return textOf(objectsOf(tool?.['functionDeclarations'])[0]?.['name']);
  return textOf(format === 'openai-chat' ? objectOf(tool?.['function'])['name'] : tool?.['name']);
}

const args = { city: 'Oslo' };

function callIn(format: FormatId, name: string): string {
  if (format === 'gemini') {
    const content = { role: 'model', parts: [{ functionCall: { name, args } }] };
    const candidates = [{ index: 0, content, finishReason: 'STOP' }];
    return JSON.stringify({ candidates, modelVersion: 'gemini', responseId: 'named' });
  }
  if (format === 'anthropic-messages') {
    return JSON.stringify({
      id: 'msg_named',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [{ type: 'tool_use', id: 'toolu_1', name, input: args }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    });
  }
  const called = { name, arguments: JSON.stringify(args) };
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: called }],
  };
  return JSON.stringify({
    id: 'chatcmpl-named',
    object: 'chat.completion',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
  });
}

/** The same call as a stream of the fewest events. */
function callStream(format: FormatId, name: string): string {
  const whole = objectOf(tryParse(callIn(format, name)));
  if (format === 'gemini') return `data: ${JSON.stringify(whole)}\n\n`;
  if (format === 'openai-chat') {
    const [choice] = objectsOf(whole['choices']);
    const message = objectOf(choice?.['message']);
    const calls = objectsOf(message['tool_calls']).map((call, index) => ({ index, ...call }));
    const chunk = { ...whole, object: 'chat.completion.chunk' };
    const events = [
      {
        ...chunk,
        choices: [{ index: 0, delta: { ...message, tool_calls: calls }, finish_reason: null }],
      },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    ];
    return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
  }
  const [block] = objectsOf(whole['content']);
  const { usage } = whole;
  const partial = { type: 'input_json_delta', partial_json: JSON.stringify(args) };
  const events = [
    { type: 'message_start', message: { ...whole, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { ...block, input: {} } },
    { type: 'content_block_delta', index: 0, delta: partial },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

interface NameCase {
  readonly from: FormatId;
  readonly to: FormatId;
  readonly name: string;
}

const cases: readonly NameCase[] = [
  { from: 'openai-chat', to: 'gemini', name: '0' },
  { from: 'anthropic-messages', to: 'gemini', name: '9-lives' },
  { from: 'gemini', to: 'openai-chat', name: 'weather.now:v2' },
  { from: 'gemini', to: 'anthropic-messages', name: 'weather.now:v2' },
  { from: 'anthropic-messages', to: 'openai-chat', name: `long_${'x'.repeat(100)}` },
];

const grammars: { readonly [id in FormatId]: RegExp } = {
  'openai-chat': /^[a-zA-Z0-9_-]{1,64}$/,
  'anthropic-messages': /^[a-zA-Z0-9_-]{1,128}$/,
  gemini: /^[a-zA-Z_][\w.:-]{0,127}$/,
};

describe('tool names', () => {
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  for (const { from, to, name } of cases) {
    for (const stream of [false, true]) {
      const how = stream ? 'stream' : 'json';
      test(`the name ${name.slice(0, 20)} of a ${from} client comes back from ${to} (${how})`, async () => {
        const ask = { format: from, model: familyModels[to], stream, body: bodyWith(from, name) };
        harness.upstream.answer(cannedAnswer(to, stream));
        harness.upstream.take();
        await send(harness.port, ask);
        const [received] = harness.upstream.take();
        const body = objectOf(tryParse(received?.body.toString('utf8') ?? ''));
        const replaced = nameUpstream(to, body);
        assert.match(replaced, grammars[to]);
        const text = stream ? callStream(to, replaced) : callIn(to, replaced);
        layOut(harness, { id: name, format: to, mode: how, text });
        const { answer, problems } = observe(from, stream, await send(harness.port, ask));
        assert.deepEqual(answer.candidates[0]?.calls, [{ name, arguments: args }]);
        assert.deepEqual(problems, []);
      });
    }
  }
});
