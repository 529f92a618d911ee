/** Cases for real models: what holds whatever the model says. */
import { type Ask, user } from '../ask.ts';
import { type Case, type Common, NotApplicable } from '../cases/case.ts';
import { answerOf, candidateOf, expectError, expectShape } from '../cases/expect.ts';
import { listCases } from '../cases/lists.ts';
import type { Asking, Exchange } from '../clients/client.ts';
import { isObject, objectOf, tryParse } from '../judge/json.ts';
import { shown } from '../judge/problems.ts';

export interface LiveBench extends Common {
  ask(ask: Ask, overrides?: Partial<Asking>): Promise<Exchange>;
}

const greeting: Ask = { turns: [user('Say hello in one short sentence.')] };

const weather = {
  name: 'get_weather',
  description: 'Tells the weather of a city',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
} as const;

const asking: Ask = {
  turns: [user('How is the weather in Oslo? Use the tool.')],
  tools: [weather],
};

/** Far fewer than the answer would have, and as many as Responses asks for. */
const outputTokensFew = 16;

export const liveCases: readonly Case<LiveBench>[] = [
  {
    id: 'live-text',
    feature: 'text',
    title: 'an answer has words, an end, usage and the shape of its format',
    run: (bench) => expectWords(bench, greeting, false),
  },
  {
    id: 'live-stream',
    feature: 'streaming',
    title: 'a stream has words, an end, usage and the events of its format in their order',
    run: (bench) => expectWords(bench, greeting, true),
  },
  {
    id: 'live-system',
    feature: 'system',
    title: 'instructions and earlier turns are taken',
    run: (bench) =>
      expectWords(
        bench,
        {
          system: 'Answer in one short sentence.',
          turns: [
            user('My name is Ada.'),
            { role: 'assistant', text: 'Hello, Ada.' },
            user('What is my name?'),
          ],
        },
        false,
      ),
  },
  {
    id: 'live-tool',
    feature: 'tools',
    title: 'a tool is called with arguments of its schema, and its result is taken',
    async run(bench) {
      for (const stream of [false, true]) await expectLoop(bench, stream);
    },
  },
  {
    id: 'live-length',
    feature: 'stop reasons',
    title: 'an answer that met its limit says so',
    async run(bench) {
      const ask = {
        turns: [user('Count from 1 to 500 in words.')],
        outputTokensMax: outputTokensFew,
      };
      const exchange = await bench.ask(ask);
      const { finish, finishWord } = candidateOf(exchange);
      bench.check(finish === 'length', `finish: ${finish} (${finishWord})`);
    },
  },
  {
    id: 'live-structured-output',
    feature: 'structured output',
    title: 'an answer that has to keep to a schema is JSON of that schema',
    async run(bench) {
      const schema = { ...weather.schema, additionalProperties: false };
      const exchange = await bench.ask({ turns: [user('Name a city of Norway.')], schema });
      const { text } = candidateOf(exchange);
      const { city } = objectOf(tryParse(text));
      bench.check(typeof city === 'string', `the answer is ${shown(text)}`);
    },
  },
  {
    id: 'live-unknown-model',
    feature: 'errors',
    title: 'a model that nobody has is an error of the SDK, and of the client',
    run: (bench) => expectRefused(bench, greeting, { model: `${bench.model}-that-nobody-has` }),
  },
  {
    id: 'live-bad-request',
    feature: 'errors',
    title: 'a request that makes no sense is an error of the SDK, and of the client',
    run: (bench) => expectRefused(bench, { turns: [] }, {}),
  },
  ...listCases,
];

async function expectWords(bench: LiveBench, ask: Ask, stream: boolean): Promise<void> {
  const exchange = await bench.ask(ask, { stream });
  const { text, finish } = candidateOf(exchange);
  bench.check(text.trim() !== '', 'it has no words');
  bench.check(finish === 'stop', `finish: ${finish}`);
  expectShape(bench, exchange, stream);
  const { input = 0, output = 0, cacheRead = 0, reasoning = 0 } = answerOf(exchange).usage ?? {};
  const adds = input > 0 && output > 0 && cacheRead <= input && reasoning <= output;
  bench.check(adds, `usage: ${shown(answerOf(exchange).usage)}`);
}

async function expectLoop(bench: LiveBench, stream: boolean): Promise<void> {
  const exchange = await bench.ask(asking, { stream });
  const { calls, finish } = candidateOf(exchange);
  if (calls.length === 0) throw new NotApplicable('the model did not call the tool');
  const fair = calls.every(({ name, arguments: input }) => {
    return name === weather.name && isObject(input) && typeof input['city'] === 'string';
  });
  bench.check(fair, `it called ${shown(calls)}`);
  bench.check(finish === 'tool-calls', `finish: ${finish}`);
  expectShape(bench, exchange, stream);
  const end = candidateOf(await exchange.goOn(calls.map(() => 'Snow, -3 degrees')));
  bench.check(end.text.trim() !== '' || end.calls.length > 0, 'nothing follows the result');
}

async function expectRefused(
  bench: LiveBench,
  ask: Ask,
  overrides: Partial<Asking>,
): Promise<void> {
  const exchange = await bench.ask(ask, overrides);
  if (exchange.wire.status === 0) throw new NotApplicable('the SDK does not send such a request');
  expectError(bench, exchange, [400, 404, 422]);
}
