/** What the demonstration sends: every client to every provider, streamed and not, tools among it. */
import type { Vendor } from './dialect.ts';
import { type JsonObject, objectsAt } from './json.ts';
import { DEMO_KEY } from './provider.ts';

export interface ClientRequest {
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: JsonObject;
}

export interface Scene {
  readonly client: Vendor;
  readonly provider: Vendor;
  readonly model: string;
  /** What to look at. */
  readonly point: string;
  readonly request: ClientRequest;
  /** The second turn, made of the whole answer to the first. */
  readonly followUp?: (answer: unknown) => ClientRequest;
}

const GPT = 'gpt-5.4-mini';
const CLAUDE = 'claude-sonnet-5-5';
const GEMINI = 'gemini-3.8-flash';

const QUESTION = 'Why is the sky blue?';
const INSTRUCTION = 'Answer in one sentence.';
const WEATHER_QUESTION = 'What is the weather in Lisbon?';

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

const weather = {
  name: 'get_weather',
  description: 'Current weather of a city',
  input_schema: city,
};

export function chat(model: string, more: JsonObject = {}): ClientRequest {
  const messages = [
    { role: 'system', content: INSTRUCTION },
    { role: 'user', content: QUESTION },
  ];
  return {
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${DEMO_KEY}` },
    body: { model, messages, ...more },
  };
}

export function messages(model: string, more: JsonObject = {}): ClientRequest {
  const asked = [{ role: 'user', content: QUESTION }];
  return {
    path: '/v1/messages',
    headers: { 'x-api-key': DEMO_KEY, 'anthropic-version': '2023-06-01' },
    body: { model, max_tokens: 1024, system: INSTRUCTION, messages: asked, ...more },
  };
}

export function generate(model: string, stream: boolean, more: JsonObject = {}): ClientRequest {
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return {
    path: `/v1beta/models/${model}:${method}`,
    headers: { 'x-goog-api-key': DEMO_KEY },
    body: {
      systemInstruction: { parts: [{ text: INSTRUCTION }] },
      contents: [{ role: 'user', parts: [{ text: QUESTION }] }],
      ...more,
    },
  };
}

export const scenes: readonly Scene[] = [
  {
    client: 'openai',
    provider: 'openai',
    model: GPT,
    point: 'same format: the bytes pass as they are',
    request: chat(GPT, { stream: true }),
  },
  {
    client: 'openai',
    provider: 'anthropic',
    model: CLAUDE,
    point: 'what cannot be carried over is named',
    request: chat(CLAUDE, { temperature: 0.2, seed: 7 }),
  },
  {
    client: 'openai',
    provider: 'gemini',
    model: GEMINI,
    point: 'converted while it streams',
    request: chat(GEMINI, { stream: true, stream_options: { include_usage: true } }),
  },
  {
    client: 'anthropic',
    provider: 'anthropic',
    model: CLAUDE,
    point: 'same format: the bytes pass as they are',
    request: messages(CLAUDE),
  },
  {
    client: 'anthropic',
    provider: 'openai',
    model: GPT,
    point: 'converted while it streams',
    request: messages(GPT, { stream: true }),
  },
  {
    client: 'anthropic',
    provider: 'gemini',
    model: GEMINI,
    point: "a tool call and its result, with Gemini's signature carried along",
    request: messages(GEMINI, {
      messages: [{ role: 'user', content: WEATHER_QUESTION }],
      tools: [weather],
    }),
    followUp: weatherAnswer,
  },
  {
    client: 'gemini',
    provider: 'gemini',
    model: GEMINI,
    point: 'same format: the bytes pass as they are',
    request: generate(GEMINI, true),
  },
  {
    client: 'gemini',
    provider: 'openai',
    model: GPT,
    point: 'structured output',
    request: generate(GPT, false, {
      contents: [{ role: 'user', parts: [{ text: 'Name a city in Portugal.' }] }],
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: city },
    }),
  },
  {
    client: 'gemini',
    provider: 'anthropic',
    model: CLAUDE,
    point: 'reasoning, converted while it streams',
    request: generate(CLAUDE, true, {
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    }),
  },
];

/** The tool is called as the model wished, and what it says goes back. */
function weatherAnswer(answer: unknown): ClientRequest {
  const blocks = objectsAt(answer, 'content');
  const results = blocks.flatMap((block) =>
    block['type'] === 'tool_use'
      ? [{ type: 'tool_result', tool_use_id: block['id'], content: '21 °C, sunny' }]
      : [],
  );
  return messages(GEMINI, {
    messages: [
      { role: 'user', content: WEATHER_QUESTION },
      { role: 'assistant', content: blocks },
      { role: 'user', content: results },
    ],
    tools: [weather],
    stream: true,
  });
}
