/** The Responses API through the running gateway, read by OpenAI's own library. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import OpenAI from 'openai';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const tool = {
  type: 'function',
  name: 'look_up',
  description: 'looks a city up',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const;

const responsesAnswer = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-5-codex',
  output: [
    { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'sealed' },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'hello', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 5,
  },
};

const claudeCall = {
  ...answers.messages,
  stop_reason: 'tool_use',
  content: [
    { type: 'text', text: 'let me see' },
    { type: 'tool_use', id: 'toolu_1', name: 'look_up', input: { city: 'Oslo' } },
  ],
};

describe('the Responses API', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function client(
    provider: 'openai' | 'anthropic' | 'gemini' | 'openai-compatible',
    script: Script,
  ): Promise<OpenAI> {
    fleet = await sail({ channels: { main: { provider, answers: script } } });
    return new OpenAI({ apiKey: 'k', baseURL: `${fleet.url}/v1`, maxRetries: 0 });
  }

  function sent(): Record<string, unknown> {
    return JSON.parse(String(fleet?.at['main']?.asked[0]?.body));
  }

  const others = [
    { provider: 'anthropic', answer: answers.messages },
    { provider: 'gemini', answer: answers.gemini },
    { provider: 'openai-compatible', answer: answers.chat },
  ] as const;
  for (const { provider, answer } of others) {
    it(`is answered by ${provider}`, async () => {
      const openai = await client(provider, json(answer));
      const response = await openai.responses.create({
        model: 'some-model',
        instructions: 'be brief',
        input: 'hi',
      });
      assert.equal(response.output_text, 'hello');
      assert.equal(response.status, 'completed');
      assert.deepEqual([response.usage?.input_tokens, response.usage?.output_tokens], [3, 2]);
    });
  }

  it('streams from another format, and the library puts it together', async () => {
    const openai = await client('openai-compatible', (response) => {
      sse(response);
      response.end(
        chatStream.start +
          chatStream.text('hel') +
          chatStream.text('lo') +
          chatStream.finish +
          chatStream.done,
      );
    });
    const stream = openai.responses.stream({ model: 'some-model', input: 'hi' });
    const types: string[] = [];
    stream.on('event', ({ type }) => types.push(type));
    const response = await stream.finalResponse();
    assert.equal(response.output_text, 'hello');
    assert.equal(types[0], 'response.created');
    assert.equal(types.at(-1), 'response.completed');
    assert.equal(types.filter((type) => type === 'response.output_text.delta').length, 2);
  });

  it('carries tools there and back over two turns', async () => {
    const openai = await client('anthropic', json(claudeCall));
    const first = await openai.responses.create({
      model: 'claude-sonnet-4-5',
      input: 'weather in Oslo?',
      tools: [tool],
    });
    const call = first.output.find((item) => item.type === 'function_call');
    assert.equal(call?.name, 'look_up');
    assert.deepEqual(JSON.parse(call.arguments), { city: 'Oslo' });
    fleet?.at['main']?.answer(json(answers.messages));
    const second = await openai.responses.create({
      model: 'claude-sonnet-4-5',
      input: [
        { role: 'user', content: 'weather in Oslo?' },
        // The library names what it gives out and what it takes apart.
        ...(first.output as OpenAI.Responses.ResponseInputItem[]),
        { type: 'function_call_output', call_id: call.call_id, output: 'snow' },
      ],
      tools: [tool],
    });
    assert.equal(second.output_text, 'hello');
    const messages = JSON.stringify(sent()['messages']);
    assert.match(messages, /"tool_use_id":"toolu_1"/);
    assert.match(messages, /snow/);
  });

  it('goes to OpenAI itself byte for byte', async () => {
    await client('openai', json(responsesAnswer));
    const body = '{"model":"gpt-5", "input":"hi","previous_response_id":"resp_0","seed":1e2}';
    const response = await post(`${fleet?.url}/v1/responses`, body, { authorization: 'Bearer k' });
    assert.equal(await response.text(), JSON.stringify(responsesAnswer));
    const asked = fleet?.at['main']?.asked[0];
    assert.equal(String(asked?.body), body);
    assert.equal(asked?.path, '/responses');
  });

  it('answers an error of another vendor so that the library raises its own', async () => {
    const error = { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } };
    const openai = await client('anthropic', json(error, 429));
    await assert.rejects(
      () => openai.responses.create({ model: 'claude-sonnet-4-5', input: 'hi' }),
      OpenAI.RateLimitError,
    );
  });

  it('refuses what only OpenAI can do, before a token is spent', async () => {
    const openai = await client('anthropic', json(answers.messages));
    await assert.rejects(
      () =>
        openai.responses.create({
          model: 'claude-sonnet-4-5',
          input: 'hi',
          conversation: 'conv_0',
        }),
      (cause: unknown) => cause instanceof OpenAI.BadRequestError && cause.param === 'conversation',
    );
    assert.equal(fleet?.at['main']?.asked.length, 0);
  });

  it('is known by its body where it comes in at another door', async () => {
    await client('anthropic', json(answers.messages));
    const response = await post(`${fleet?.url}/v1/chat/completions`, {
      model: 'claude-sonnet-4-5',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    });
    const answered = (await response.json()) as { object: string };
    assert.equal(answered.object, 'response');
  });

  it('serves clients of other formats where OpenAI serves a model by it alone', async () => {
    await client('openai', json(responsesAnswer));
    const chat = await post(`${fleet?.url}/v1/chat/completions`, ask.chat('gpt-5-codex'));
    const answered = (await chat.json()) as { choices: { message: { content: string } }[] };
    assert.equal(answered.choices[0]?.message.content, 'hello');
    assert.equal(fleet?.at['main']?.asked[0]?.path, '/responses');
    const messages = await post(`${fleet?.url}/v1/messages`, ask.messages('gpt-5-codex'));
    assert.equal(messages.status, 200);
    assert.equal(fleet?.at['main']?.asked[1]?.path, '/responses');
  });

  it('serves reasoning with tools where Chat Completions would drop the one or the other', async () => {
    await client('openai', json(responsesAnswer));
    const body = {
      ...ask.messages('gpt-5.6'),
      max_tokens: 4_000,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      tools: [{ name: 'look_up', input_schema: tool.parameters }],
    };
    assert.equal((await post(`${fleet?.url}/v1/messages`, body)).status, 200);
    assert.equal(fleet?.at['main']?.asked[0]?.path, '/responses');
    const { thinking, ...withoutReasoning } = body;
    assert.ok(thinking);
    fleet?.at['main']?.answer(json(answers.chat));
    assert.equal((await post(`${fleet?.url}/v1/messages`, withoutReasoning)).status, 200);
    assert.equal(fleet?.at['main']?.asked[0]?.path, '/chat/completions');
  });
});
