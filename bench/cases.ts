/** What is measured: each row of the table, with the request that is repeated. */

export type Way = 'direct' | 'nginx' | 'dragoman';

export interface Case {
  readonly name: string;
  readonly kind: 'json' | 'sse';
  readonly way: Way;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What a correct answer holds. */
  readonly expected: RegExp;
}

const SYSTEM =
  'You are a careful assistant of a travel agency. Answer in the language of the customer, name your sources, and never promise a price that you have not looked up.';
const TURNS = [
  'I want to see the north of Norway in winter, two adults and a child of six, for about ten days.',
  'Tromsø and the Lofoten are the usual choice: the one for the northern lights, the other for the sea and the mountains. Do you prefer trains, ships or a car?',
  'Ships, if the child does not get sick. We also would like to sleep on board for at least three nights.',
  'The coastal route from Bergen takes six days to Kirkenes; most families leave it in Tromsø after four. Inside the fjords the sea is calm; two stretches are open.',
  'Why is the sky so blue there at noon, and what is the weather in Tromsø now?',
];

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'Name of the city, without the country' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer', minimum: 1, maximum: 14 },
  },
  required: ['city'],
  additionalProperties: false,
};
const tool = { name: 'get_weather', description: 'Weather of a city, now and for the next days' };

function openaiRequest(model: string, stream: boolean): Omit<Case, 'name' | 'way'> {
  const messages = [
    { role: 'system', content: SYSTEM },
    ...TURNS.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
  ];
  const tools = [{ type: 'function', function: { ...tool, parameters: schema } }];
  const streaming = stream ? { stream: true, stream_options: { include_usage: true } } : {};
  return {
    kind: stream ? 'sse' : 'json',
    path: '/v1/chat/completions',
    headers: { Authorization: 'Bearer bench' },
    body: JSON.stringify({
      model,
      messages,
      tools,
      max_tokens: 1024,
      temperature: 0.5,
      ...streaming,
    }),
    expected: stream
      ? /"finish_reason":"stop".*\[DONE\]/s
      : /scattered more.*"finish_reason":"stop"/s,
  };
}

function anthropicRequest(model: string, stream: boolean): Omit<Case, 'name' | 'way'> {
  const messages = TURNS.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  const tools = [{ ...tool, input_schema: schema }];
  const streaming = stream ? { stream: true } : {};
  const request = { model, max_tokens: 1024, temperature: 0.5, system: SYSTEM, messages, tools };
  return {
    kind: stream ? 'sse' : 'json',
    path: '/v1/messages',
    headers: { 'x-api-key': 'bench', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...request, ...streaming }),
    expected: stream ? /end_turn.*message_stop/s : /scattered more.*"end_turn"/s,
  };
}

export const cases: readonly Case[] = [false, true].flatMap((stream): readonly Case[] => {
  const plain = openaiRequest('gpt-4.1', stream);
  return [
    { ...plain, way: 'direct', name: 'mock alone' },
    { ...plain, way: 'nginx', name: 'nginx' },
    { ...plain, way: 'dragoman', name: 'Dragoman, OpenAI → OpenAI' },
    {
      ...openaiRequest('claude-haiku-4-5', stream),
      way: 'dragoman',
      name: 'Dragoman, OpenAI → Anthropic',
    },
    {
      ...anthropicRequest('gemini-2.5-flash', stream),
      way: 'dragoman',
      name: 'Dragoman, Anthropic → Gemini',
    },
  ];
});
