/** A gateway in trouble of every kind, and traffic that makes each of its metrics count. */
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { type Fleet, sail } from '../e2e/fleet.ts';
import { answers, chatStream, json, type Script, sse } from '../e2e/scripted-upstream.ts';
import { ask, post } from '../e2e/setup.ts';

export interface MixedTraffic {
  readonly metricsUrl: string;
  /** Sends every kind of request once; how many were sent until now. */
  send(): Promise<number>;
  close(): Promise<void>;
}

const pepper = 'a pepper that is long enough to be one';
const secret = newSecret();
const authorization = `Bearer ${secret}`;

const cached = {
  ...answers.chat,
  usage: {
    prompt_tokens: 30,
    completion_tokens: 9,
    total_tokens: 39,
    prompt_tokens_details: { cached_tokens: 20 },
    completion_tokens_details: { reasoning_tokens: 4 },
  },
};

/** Does what the request says. */
const answer: Script = async (response, asked) => {
  const { stream, messages } = JSON.parse(asked.body.toString());
  const says = String(messages.at(-1)?.content);
  if (stream !== true)
    return json(says === 'broken' ? {} : cached, says === 'broken' ? 503 : 200)(response, asked);
  sse(response);
  response.write(chatStream.start);
  for (const word of ['one ', 'two ', 'three ']) {
    response.write(chatStream.text(word));
    await sleep(10);
  }
  if (says === 'cut') return void response.destroy();
  response.end(chatStream.finish + chatStream.done);
};

export async function startMixedTraffic(): Promise<MixedTraffic> {
  const fleet = await sail({
    channels: {
      busy: { answers: json({}, 503), models: ['gpt-4o'] },
      main: { answers: answer, models: ['gpt-4o'] },
      claude: { answers: json(answers.messages), provider: 'anthropic', models: ['claude-*'] },
    },
    routes: [
      { models: ['gpt-4o'], channels: ['busy', 'main'] },
      { models: ['claude-*'], channels: ['claude'] },
    ],
    auth: 'open',
    pepper,
    // Nobody listens there: the gateway goes on without.
    redisUrl: 'redis://127.0.0.1:1',
    keys: [
      {
        name: 'team-a',
        hash: hashSecret(Buffer.from(pepper), secret),
        user: undefined,
        channels: undefined,
        models: undefined,
        limits: { budgetMicroUsd: 10_000_000, budgetPeriod: 'total' },
        expiresAt: undefined,
      },
    ],
    limits: [
      {
        by: 'user',
        match: ['greedy'],
        requests: 1,
        tokens: undefined,
        concurrency: undefined,
        windowMs: 3_600_000,
      },
    ],
    prices: [
      { models: ['gpt-4o'], input: 1, output: 2, cacheRead: undefined, cacheWrite: undefined },
    ],
  });
  let sent = 0;
  return {
    metricsUrl: fleet.metricsUrl,
    async send() {
      sent += await sendAll(fleet);
      return sent;
    },
    close: () => fleet.close(),
  };
}

async function sendAll({ url }: Fleet): Promise<number> {
  const chat = (says: string, more: object = {}): object => ({
    ...ask.chat('gpt-4o'),
    messages: [{ role: 'user', content: says }],
    ...more,
  });
  const door = '/v1/chat/completions';
  const requests: readonly (readonly [
    path: string,
    body: object,
    headers?: Record<string, string>,
  ])[] = [
    [door, chat('hi'), { authorization }],
    [door, chat('hi', { stream: true }), { authorization }],
    [door, chat('broken')],
    [door, chat('cut', { stream: true })],
    [door, chat('hi'), { user: 'greedy' }],
    [door, chat('hi'), { user: 'greedy' }],
    [door, { ...chat('hi', { logit_bias: { 1: 5 } }), model: 'claude-sonnet-4-5' }],
    ['/v1/messages', { ...ask.messages('gpt-4o'), top_k: 3 }],
    ['/v1beta/models/gpt-4o:generateContent', ask.gemini()],
  ];
  for (const [path, body, headers] of requests)
    await (await post(url + path, body, headers)).text();
  return requests.length;
}
