import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Anthropic, { AuthenticationError, NotFoundError } from '@anthropic-ai/sdk';
import { type Content, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import OpenAI, { AuthenticationError as OpenAIAuthenticationError } from 'openai';
import { DEMO_KEY, type Fault, type SimulatedProvider, startProvider } from './provider.ts';

const ask = 'What is the weather in Lisbon and in Oslo?';
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
} as const;
const cities = [{ city: 'Lisbon' }, { city: 'Oslo' }];

describe('the simulated OpenAI', () => {
  let provider: SimulatedProvider;
  let client: OpenAI;
  const tools: OpenAI.ChatCompletionTool[] = [
    { type: 'function', function: { name: 'get_weather', parameters: { ...schema } } },
  ];

  before(async () => {
    provider = await startProvider('openai', { pace: 0 });
    client = new OpenAI({ apiKey: DEMO_KEY, baseURL: `${provider.url}/v1`, maxRetries: 0 });
  });
  after(() => provider.close());

  it('answers with the question', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'How are you? Grüße 👋' },
    ] as const;
    const completion = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages: [...messages],
    });
    const [choice] = completion.choices;
    assert.equal(choice?.finish_reason, 'stop');
    assert.match(choice.message.content ?? '', /Grüße 👋.*gpt-4\.1.*Be brief\./);
    assert.equal(
      completion.usage?.total_tokens,
      (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
    );
  });

  it('streams what it would have said at once', async () => {
    const request = {
      model: 'gpt-5-mini',
      messages: [{ role: 'user' as const, content: 'Hi 👋🏽' }],
    };
    const whole = await client.chat.completions.create(request);
    const stream = client.chat.completions.stream({
      ...request,
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    assert.equal(streamed.choices[0]?.message.content, whole.choices[0]?.message.content);
    assert.deepEqual(streamed.usage, whole.usage);
    assert.ok((whole.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0);
  });

  it('calls tools in parallel and uses what they say', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: ask }];
    const stream = client.chat.completions.stream({ model: 'gpt-4.1', messages, tools });
    const [choice] = (await stream.finalChatCompletion()).choices;
    assert.equal(choice?.finish_reason, 'tool_calls');
    const calls = (choice.message.tool_calls ?? []).filter((call) => call.type === 'function');
    assert.deepEqual(
      calls.map((call) => JSON.parse(call.function.arguments)),
      cities,
    );
    messages.push(choice.message);
    for (const { id } of calls) messages.push({ role: 'tool', tool_call_id: id, content: '21 °C' });
    const second = await client.chat.completions.create({ model: 'gpt-4.1', messages, tools });
    assert.match(second.choices[0]?.message.content ?? '', /get_weather says: 21 °C/);
  });

  it('thinks aloud when the model does', async () => {
    const completion = await client.chat.completions.create({
      model: 'deepseek-reasoner',
      messages: [{ role: 'user', content: 'Why?' }],
    });
    const message: object = completion.choices[0]?.message ?? {};
    assert.ok('reasoning_content' in message && message.reasoning_content !== '');
  });

  it('stops at the limit, at a stop sequence, and writes JSON on request', async () => {
    const request = { model: 'gpt-4.1', messages: [{ role: 'user' as const, content: 'Hello' }] };
    const cut = await client.chat.completions.create({ ...request, max_tokens: 3 });
    assert.equal(cut.choices[0]?.finish_reason, 'length');
    assert.equal(cut.usage?.completion_tokens, 3);
    const stopped = await client.chat.completions.create({ ...request, stop: ['simulated'] });
    assert.match(stopped.choices[0]?.message.content ?? '', /I am a $/);
    const json = await client.chat.completions.create({
      ...request,
      messages: [{ role: 'user', content: 'Name a city in Portugal, 3 days.' }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'trip', schema: { ...schema } },
      },
    });
    assert.deepEqual(JSON.parse(json.choices[0]?.message.content ?? ''), { city: 'Portugal' });
  });

  it('refuses as OpenAI does', async () => {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const wrong = new OpenAI({ apiKey: 'wrong-key', baseURL: `${provider.url}/v1` });
    await assert.rejects(
      () => wrong.chat.completions.create({ model: 'gpt-4.1', messages }),
      OpenAIAuthenticationError,
    );
    await assert.rejects(() => client.chat.completions.create({ model: 'gpt-0', messages }), {
      status: 404,
      code: 'model_not_found',
    });
    await assert.rejects(
      () => client.chat.completions.create({ model: 'gpt-5-mini', messages, temperature: 1 }),
      { status: 400, param: 'temperature' },
    );
    await assert.rejects(
      () =>
        client.chat.completions.create({
          model: 'gpt-4.1',
          messages: [...messages, { role: 'tool', tool_call_id: 'call_1', content: '' }],
        }),
      { status: 400 },
    );
  });
});

describe('the simulated Anthropic', () => {
  let provider: SimulatedProvider;
  let client: Anthropic;
  const tools: Anthropic.Tool[] = [
    { name: 'get_weather', input_schema: { ...schema, required: ['city'] } },
  ];
  const base = { model: 'claude-haiku-4-5', max_tokens: 4096 };

  before(async () => {
    provider = await startProvider('anthropic', { pace: 0 });
    client = new Anthropic({ apiKey: DEMO_KEY, baseURL: provider.url, maxRetries: 0 });
  });
  after(() => provider.close());

  it('streams what it would have said at once', async () => {
    const request = {
      ...base,
      system: 'Be brief.',
      messages: [{ role: 'user' as const, content: 'How are you? 👋🏽' }],
    };
    const whole = await client.messages.create(request);
    const streamed = await client.messages.stream(request).finalMessage();
    assert.deepEqual(streamed.content, whole.content);
    assert.equal(whole.stop_reason, 'end_turn');
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
    assert.match(JSON.stringify(whole.content), /How are you\? 👋🏽.*Be brief\./);
  });

  it('thinks, calls tools in parallel, and wants its thoughts back', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: ask }];
    const request = { ...base, thinking, tools };
    const first = await client.messages.stream({ ...request, messages }).finalMessage();
    assert.deepEqual(
      first.content.map((block) => block.type),
      ['thinking', 'text', 'tool_use', 'tool_use'],
    );
    const calls = first.content.filter((block) => block.type === 'tool_use');
    assert.deepEqual(
      calls.map((call) => call.input),
      cities,
    );
    const results = calls.map((call) => ({
      type: 'tool_result' as const,
      tool_use_id: call.id,
      content: '21 °C',
    }));
    const asked = { role: 'user', content: results } as const;
    const history = [...messages, { role: 'assistant' as const, content: first.content }, asked];
    const second = await client.messages.create({ ...request, messages: history });
    assert.match(JSON.stringify(second.content), /get_weather says: 21 °C/);

    const forgetful = first.content.filter((block) => block.type !== 'thinking');
    await assert.rejects(
      () =>
        client.messages.create({
          ...request,
          messages: [...messages, { role: 'assistant', content: forgetful }, asked],
        }),
      /Expected `thinking`/,
    );
  });

  it('refuses as Anthropic does', async () => {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const wrong = new Anthropic({ apiKey: 'wrong-key', baseURL: provider.url });
    await assert.rejects(() => wrong.messages.create({ ...base, messages }), AuthenticationError);
    await assert.rejects(
      () => client.messages.create({ ...base, model: 'claude-0', messages }),
      NotFoundError,
    );
    const unanswered: Anthropic.MessageParam[] = [
      ...messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'x', input: {} }] },
      { role: 'user', content: 'And?' },
    ];
    await assert.rejects(
      () => client.messages.create({ ...base, messages: unanswered }),
      /without `tool_result` blocks/,
    );
    const extra = { ...base, messages, seed: 1 };
    await assert.rejects(() => client.messages.create(extra), /seed: Extra inputs/);
  });
});

describe('the simulated Gemini', () => {
  let provider: SimulatedProvider;
  let client: GoogleGenAI;
  const model = 'gemini-3.8-flash';
  const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: schema }] }];

  before(async () => {
    provider = await startProvider('gemini', { pace: 0 });
    client = new GoogleGenAI({ apiKey: DEMO_KEY, httpOptions: { baseUrl: provider.url } });
  });
  after(() => provider.close());

  it('streams what it would have said at once', async () => {
    const request = {
      model,
      contents: 'How are you? 👋🏽',
      config: { systemInstruction: 'Be brief.' },
    };
    const whole = await client.models.generateContent(request);
    const chunks = await chunksOf(await client.models.generateContentStream(request));
    assert.equal(chunks.map((chunk) => chunk.text ?? '').join(''), whole.text);
    assert.match(whole.text ?? '', /How are you\? 👋🏽.*Be brief\./);
    assert.deepEqual(chunks.at(-1)?.usageMetadata, whole.usageMetadata);
    assert.equal(chunks.at(-1)?.candidates?.[0]?.finishReason, 'STOP');
  });

  it('tells its thoughts to those who ask', async () => {
    const config = { thinkingConfig: { includeThoughts: true } };
    const request = { model: 'gemini-2.5-flash', contents: 'Why?', config };
    const chunks = await chunksOf(await client.models.generateContentStream(request));
    const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    assert.ok(parts.some((part) => part.thought === true && part.text !== ''));
  });

  it('calls tools in parallel and wants its signature back', async () => {
    const contents: Content[] = [{ role: 'user', parts: [{ text: ask }] }];
    const request = { model, config: { tools } };
    const chunks = await chunksOf(
      await client.models.generateContentStream({ ...request, contents }),
    );
    const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    const calls = parts.filter((part) => part.functionCall !== undefined);
    assert.deepEqual(
      calls.map((part) => part.functionCall?.args),
      cities,
    );
    const responses = calls.map(({ functionCall }) => ({
      functionResponse: {
        id: functionCall?.id ?? '',
        name: 'get_weather',
        response: { output: '21 °C' },
      },
    }));
    const asked = { role: 'user', parts: responses };
    const history = [...contents, { role: 'model', parts: calls }, asked];
    const second = await client.models.generateContent({ ...request, contents: history });
    assert.match(second.text ?? '', /get_weather says: 21 °C/);

    const unsigned = calls.map(({ functionCall }) => ({ functionCall: { ...functionCall } }));
    const forgetful = [...contents, { role: 'model', parts: unsigned }, asked];
    await assert.rejects(
      () => client.models.generateContent({ ...request, contents: forgetful }),
      /missing a thought_signature/,
    );
  });

  it('streams one JSON array to those who do not ask for events', async () => {
    const response = await fetch(`${provider.url}/v1beta/models/${model}:streamGenerateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': DEMO_KEY },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'Hi' }] }] }),
    });
    const chunks: unknown = await response.json();
    assert.ok(Array.isArray(chunks) && chunks.length > 2);
  });

  it('refuses as Gemini does', async () => {
    const wrong = new GoogleGenAI({ apiKey: 'wrong-key', httpOptions: { baseUrl: provider.url } });
    await assert.rejects(() => wrong.models.generateContent({ model, contents: 'Hi' }), {
      status: 400,
      message: /API key not valid/,
    });
    await assert.rejects(
      () => client.models.generateContent({ model: 'gemini-0', contents: 'Hi' }),
      {
        status: 404,
      },
    );
  });
});

describe('a simulated provider', () => {
  it('remembers what it was sent, byte for byte', async () => {
    const provider = await startProvider('openai', { pace: 0 });
    const body = '{ "model":"gpt-4.1",  "messages":[{"role":"user","content":"Hi"}] }';
    await post(provider, body);
    assert.equal(provider.seen[0]?.text, body);
    await provider.close();
  });

  it('takes its time', async () => {
    const provider = await startProvider('openai', { pace: 500, firstTokenMs: 20 });
    const begin = performance.now();
    await post(provider, chat({ stream: true }));
    assert.ok(performance.now() - begin > 60);
    await provider.close();
  });

  it('goes wrong on request: refused, failed in the middle, cut', async () => {
    const faults: Fault[] = [
      { kind: 'refuse', status: 429, message: 'Slow down.', retryAfterSeconds: 1.5 },
      { kind: 'fail', afterFrames: 2 },
      { kind: 'cut', afterFrames: 2 },
    ];
    const provider = await startProvider('openai', { pace: 0, fault: () => faults.shift() });
    const refused = await post(provider, chat({ stream: true }));
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after-ms'), '1500');
    const failed = await post(provider, chat({ stream: true }));
    assert.match(failed.text, /The model is overloaded/);
    await assert.rejects(() => post(provider, chat({ stream: true })));
    assert.equal(provider.abandoned(), 0);
    await provider.close();
  });

  it('counts clients that went away', async () => {
    const provider = await startProvider('openai', { pace: 20 });
    const leaving = new AbortController();
    const response = await fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_KEY}` },
      body: chat({ stream: true }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    for (let wait = 0; wait < 100 && provider.abandoned() === 0; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(provider.abandoned(), 1);
    await provider.close();
  });
});

function chat(more: object): string {
  return JSON.stringify({
    model: 'gpt-4.1',
    messages: [{ role: 'user', content: 'Hello' }],
    ...more,
  });
}

async function post(
  provider: SimulatedProvider,
  body: string,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${provider.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${DEMO_KEY}` },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function chunksOf(
  stream: AsyncIterable<GenerateContentResponse>,
): Promise<GenerateContentResponse[]> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
