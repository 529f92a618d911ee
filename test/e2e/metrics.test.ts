/** The metrics page after a thousand mixed requests: every figure is what clients and upstreams saw. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Page,
  parsePage,
  total,
} from '../../packages/gateway/src/control-plane/testing/exposition.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const REQUESTS = 1_000;
const AT_A_TIME = 8;
const GREEDY_LIMIT = 10;
const pepper = 'a pepper that is long enough to be one';
const secret = newSecret();

const beginning = chatStream.start + chatStream.text('hello');
const faults: { readonly [name: string]: Script } = {
  busy: json({}, 503),
  limited: json({}, 429, { 'retry-after': '0' }),
  wrong: json({ error: { message: 'no such parameter' } }, 400),
  page: (response) => void response.end('<html></html>'),
  async reset(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"id":');
    await sleep(5);
    response.destroy();
  },
  endless(response) {
    sse(response);
    response.write(beginning);
  },
  async cut(response) {
    sse(response);
    response.write(beginning);
    await sleep(5);
    response.destroy();
  },
};

/** Does what the request says; `fallback` heals what another channel may heal. */
function scriptOf(isFallback: boolean): Script {
  return (response, asked) => {
    const { stream, messages } = JSON.parse(asked.body.toString());
    const fault = faults[messages[0].content];
    const heals = isFallback && !/wrong|endless|cut/.test(messages[0].content);
    if (fault !== undefined && !heals) return fault(response, asked);
    if (stream !== true) return json(answers.chat)(response, asked);
    sse(response);
    response.end(beginning + chatStream.finish + chatStream.done);
  };
}

interface Kind {
  readonly client: 'openai-chat' | 'anthropic-messages' | 'gemini';
  readonly model: string;
  readonly says: string;
  readonly stream?: boolean;
  readonly headers?: Record<string, string>;
}

const chat = { client: 'openai-chat', model: 'gpt-4o', says: 'hi' } as const;
const kinds: readonly Kind[] = [
  chat,
  { ...chat, headers: { authorization: `Bearer ${secret}` } },
  { ...chat, stream: true },
  { ...chat, client: 'anthropic-messages' },
  { ...chat, client: 'anthropic-messages', stream: true },
  { ...chat, client: 'gemini' },
  { ...chat, client: 'gemini', stream: true },
  { ...chat, model: 'claude-sonnet-4-5' },
  { ...chat, client: 'anthropic-messages', model: 'claude-sonnet-4-5' },
  { ...chat, says: 'busy' },
  { ...chat, says: 'limited' },
  { ...chat, says: 'wrong' },
  { ...chat, says: 'page', stream: true },
  { ...chat, says: 'reset', client: 'gemini' },
  { ...chat, says: 'endless', stream: true, model: 'small' },
  { ...chat, says: 'cut', stream: true, model: 'small' },
  { ...chat, headers: { user: 'greedy' } },
  { ...chat, model: 'junk-1' },
  chat,
  { ...chat, stream: true },
];

/** What clients saw. */
interface Ledger {
  readonly answers: Map<string, number>;
  readonly attempts: Map<string, number>;
  retries: number;
  streams: number;
  greedyRefusals: number;
  /** Of `gpt-4o`, each of 3 tokens in and 2 out. */
  complete: number;
  keyed: number;
}

const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

async function perform(fleet: Fleet, kind: Kind, ledger: Ledger): Promise<void> {
  const { client, model, says, stream = false, headers = {} } = kind;
  const messages = [{ role: 'user', content: says }];
  const requests = {
    'openai-chat': ['/v1/chat/completions', { ...ask.chat(model), messages, stream }],
    'anthropic-messages': ['/v1/messages', { ...ask.messages(model), messages, stream }],
    gemini: [
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      { contents: [{ role: 'user', parts: [{ text: says }] }] },
    ],
  } as const;
  const [door, body] = requests[client];
  const response = await post(fleet.url + door, body, headers);
  add(ledger.answers, `${client} ${response.status}`);
  for (const [index, attempt] of (response.headers.get('x-dragoman-attempts') ?? '')
    .split(', ')
    .filter((one) => one !== '')
    .entries()) {
    add(ledger.attempts, attempt);
    if (index > 0) ledger.retries += 1;
  }
  if (response.status === 200 && stream) ledger.streams += 1;
  if (response.status === 200 && model === 'gpt-4o') ledger.complete += 1;
  if (response.status === 200 && headers['authorization'] !== undefined) ledger.keyed += 1;
  if (response.status === 429 && headers['user'] !== undefined) ledger.greedyRefusals += 1;
  if (says !== 'endless') return void (await response.text());
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
}

describe('the metrics page', () => {
  let fleet: Fleet;
  let page: Page;
  let text = '';
  const ledger: Ledger = {
    answers: new Map(),
    attempts: new Map(),
    retries: 0,
    streams: 0,
    greedyRefusals: 0,
    complete: 0,
    keyed: 0,
  };
  const each = REQUESTS / kinds.length;

  before(async () => {
    const models = ['gpt-4o', 'small'];
    fleet = await sail({
      channels: {
        main: { answers: scriptOf(false), models },
        spare: { answers: scriptOf(true), models },
        claude: { answers: json(answers.messages), provider: 'anthropic', models: ['claude-*'] },
      },
      routes: [
        { models, channels: ['main'], fallback: ['spare'] },
        { models: ['claude-*'], channels: ['claude'] },
      ],
      auth: 'open',
      pepper,
      keys: [
        {
          name: 'team-a',
          hash: hashSecret(Buffer.from(pepper), secret),
          user: undefined,
          channels: undefined,
          models: undefined,
          limits: {},
          expiresAt: undefined,
        },
      ],
      limits: [
        {
          by: 'user',
          match: ['greedy'],
          requests: GREEDY_LIMIT,
          tokens: undefined,
          concurrency: undefined,
          windowMs: 3_600_000,
        },
      ],
      prices: [
        { models: ['gpt-4o'], input: 1, output: 2, cacheRead: undefined, cacheWrite: undefined },
      ],
    });
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < REQUESTS) {
        const kind = kinds[next % kinds.length];
        next += 1;
        if (kind !== undefined) await perform(fleet, kind, ledger);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    // Exchanges that clients left are counted when their tokens are.
    for (let tries = 0; tries < 200; tries += 1) {
      text = await (await fetch(`${fleet.metricsUrl}/metrics`)).text();
      page = parsePage(text);
      if (total(page, 'http_requests_total') >= REQUESTS) return;
      await sleep(50);
    }
  });
  after(() => fleet.close());

  it('has every request, by what its client got', () => {
    assert.equal(total(page, 'http_requests_total'), REQUESTS);
    assert.equal(total(page, 'http_request_duration_seconds_count'), REQUESTS);
    for (const [answer, count] of ledger.answers) {
      const [client_format = '', status = ''] = answer.split(' ');
      assert.equal(total(page, 'http_requests_total', { client_format, status }), count, answer);
    }
    assert.equal(
      total(page, 'http_requests_total', { key: 'team-a', status: '200' }),
      ledger.keyed,
    );
    assert.equal(total(page, 'http_requests_total', { model: 'other', status: '404' }), each);
  });

  it('has every attempt that upstreams saw', () => {
    const results: ReadonlyMap<string, string> = new Map([
      ['200', 'ok'],
      ['400', '4xx'],
      ['502', '5xx'],
      ['503', '5xx'],
    ]);
    const expected = new Map<string, number>();
    for (const [attempt, count] of ledger.attempts) {
      const [channel = '', result = ''] = attempt.split(':');
      const name = `${channel} ${results.get(result) ?? result}`;
      expected.set(name, (expected.get(name) ?? 0) + count);
    }
    for (const [name, count] of expected) {
      const [channel = '', result = ''] = name.split(' ');
      assert.equal(
        total(page, 'dragoman_upstream_attempts_total', { channel, result }),
        count,
        name,
      );
    }
    for (const [channel, asked] of Object.entries(fleet.asked()))
      assert.equal(total(page, 'dragoman_upstream_attempts_total', { channel }), asked, channel);
    assert.equal(total(page, 'dragoman_retries_total'), ledger.retries);
    assert.ok(ledger.retries > 0);
  });

  it('has what was used and what it cost', () => {
    const { complete } = ledger;
    const model = 'gpt-4o';
    assert.equal(total(page, 'token_usage_total', { model, type: 'input' }), complete * 3);
    assert.equal(total(page, 'token_usage_total', { model, type: 'output' }), complete * 2);
    const dollars = total(page, 'dragoman_cost_dollars_total', { model });
    assert.equal(dollars.toFixed(6), (complete * 7e-6).toFixed(6));
    assert.equal(total(page, 'dragoman_cost_dollars_total', { key: 'team-a' }) > 0, true);
    assert.equal(total(page, 'dragoman_estimated_usage_total', { model }), 0);
    assert.equal(total(page, 'dragoman_estimated_usage_total', { model: 'small' }), each * 2);
  });

  it('has how streams began and ended', () => {
    const endsOf = (cause: string): number => total(page, 'dragoman_stream_ends_total', { cause });
    assert.equal(total(page, 'dragoman_time_to_first_output_seconds_count'), ledger.streams);
    assert.equal(endsOf('client-gone'), each);
    assert.equal(endsOf('upstream-cut'), each);
    assert.equal(endsOf('complete'), ledger.streams - 2 * each);
  });

  it('has what limits refused', () => {
    assert.equal(ledger.greedyRefusals, each - GREEDY_LIMIT);
    const labels = { by: 'user', unit: 'requests' };
    assert.equal(total(page, 'rate_limit_exceeded_total', labels), ledger.greedyRefusals);
  });

  it('has no request on any channel when none runs', () => {
    assert.deepEqual(
      page.get('dragoman_channel_in_flight')?.samples.map(({ labels, value }) => [labels, value]),
      ['main', 'spare', 'claude'].map((channel) => [{ channel }, 0]),
    );
  });

  it('says nothing of users', () => {
    assert.doesNotMatch(text, /greedy|junk/);
  });

  it('is what docs/metrics.md says', () => {
    const rows = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8').matchAll(
      /^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm,
    );
    const documented = new Map(
      Array.from(rows, ([, name = '', type = '', labels = '']) => [
        name,
        { type, labels: Array.from(labels.matchAll(/\w+/g), ([label]) => label).toSorted() },
      ]),
    );
    assert.deepEqual([...documented.keys()].toSorted(), [...page.keys()].toSorted());
    for (const [name, { type, samples }] of page) {
      assert.equal(documented.get(name)?.type, type, name);
      for (const { labels } of samples) {
        const names = Object.keys(labels).filter((label) => label !== 'le');
        assert.deepEqual(names.toSorted(), documented.get(name)?.labels, name);
      }
    }
  });

  const tool = 'promtool';
  const isInstalled = spawnSync(tool, ['--version']).error === undefined;
  it('passes promtool', { skip: isInstalled ? false : 'promtool is not installed' }, () => {
    const { status, stdout, stderr } = spawnSync(tool, ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
});
