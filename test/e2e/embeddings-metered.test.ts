/** Embeddings are admitted, tried on one channel after another, counted and paid for as generations are. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import {
  defaultSettings,
  type KeySettings,
  type LimitSettings,
} from '../../packages/gateway/src/model/settings.ts';
import { rowsOf } from '../truth/usage-rows.ts';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script } from './scripted-upstream.ts';
import { clients, post } from './setup.ts';

type Plan = Parameters<typeof sail>[0];
type Json = { readonly [key: string]: unknown };

const small = 'text-embedding-3-small';
const google = 'gemini-embedding-001';
const pepper = 'a pepper that is long enough to be one';

function openaiAnswers(tokens: number): Script {
  const data = [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }];
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return json({ object: 'list', data, model: small, usage });
}

const geminiAnswers = json({
  embedding: { values: [0.5, -0.25] },
  usageMetadata: { promptTokenCount: 7 },
});
const silent: Script = () => undefined;

const rule: LimitSettings = {
  by: 'all',
  match: undefined,
  tokens: undefined,
  requests: undefined,
  concurrency: undefined,
  windowMs: 60_000,
};

describe('embeddings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-embeddings-'));
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function start(plan: Plan): Promise<Fleet> {
    fleet = await sail(plan);
    return fleet;
  }

  function embed(more: Json = {}, headers: Record<string, string> = {}): Promise<Response> {
    return post(`${fleet?.url}/v1/embeddings`, { model: small, input: 'hi', ...more }, headers);
  }

  async function metrics(): Promise<string> {
    return (await fetch(`${fleet?.metricsUrl}/metrics`)).text();
  }

  function keyWith(limits: KeySettings['limits'], secret: string): KeySettings {
    return {
      name: 'team-a',
      hash: hashSecret(Buffer.from(pepper), secret),
      user: undefined,
      channels: undefined,
      models: ['text-embedding-*'],
      limits,
      expiresAt: undefined,
    };
  }

  it('take from limits what the upstream counted, and are refused when these are used up', async () => {
    await start({
      channels: { a: { answers: openaiAnswers(100) } },
      limits: [{ ...rule, tokens: 1_000 }],
    });
    const answers: Response[] = [];
    for (let request = 0; request < 12; request += 1) answers.push(await embed());
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(statuses, [...Array(10).fill(200), 429, 429]);
    assert.equal(answers[0]?.headers.get('x-ratelimit-limit-tokens'), '1000');
    const told = (await answers[11]?.json()) as Json;
    assert.ok(clients[0].isError(told));
    assert.equal(fleet?.asked()['a'], 10);
    const path = `/v1beta/models/${small}:embedContent`;
    const gemini = await post(`${fleet?.url}${path}`, { content: { parts: [{ text: 'a' }] } });
    assert.equal(gemini.status, 429);
    assert.ok(clients[2].isError((await gemini.json()) as Json));
  });

  it('reserve their input alone, which tokens say exactly', async () => {
    await start({
      channels: { a: { answers: openaiAnswers(950) } },
      limits: [{ ...rule, tokens: 1_000 }],
    });
    const tokens = Array.from({ length: 475 }, () => 100_257);
    const response = await embed({ input: [tokens, tokens] });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-ratelimit-remaining-tokens'), '50');
  });

  it('give their place back however they end', async () => {
    const ends: readonly Script[] = [
      openaiAnswers(1),
      json({ error: { message: 'no', type: 'invalid_request_error' } }, 400),
      json({ object: 'list' }),
      (response) => void response.destroy(),
    ];
    let turn = 0;
    await start({
      channels: {
        a: {
          answers: (response, asked) => {
            turn += 1;
            return ends[turn % ends.length]?.(response, asked);
          },
        },
      },
      limits: [{ ...rule, concurrency: 1 }],
      attemptsMax: 1,
    });
    for (let request = 0; request < 20; request += 1) assert.notEqual((await embed()).status, 429);
  });

  it('are kept once in the usage, priced, with the key that asked', async () => {
    const secret = newSecret();
    const file = join(folder, 'usage.db');
    await start({
      channels: { a: { answers: openaiAnswers(1_000) } },
      keys: [keyWith({ budgetMicroUsd: 45, budgetPeriod: 'total' }, secret)],
      pepper,
      databaseUrl: `sqlite:${file}`,
      dataDirectory: folder,
    });
    const own = { authorization: `Bearer ${secret}` };
    assert.equal((await embed({}, { authorization: 'Bearer dgm_unknown' })).status, 401);
    assert.equal((await embed({ model: google }, own)).status, 403);
    // 20 millionths of a dollar each.
    for (const status of [200, 200, 200, 429])
      assert.equal((await embed({ user: 'alice' }, own)).status, status);
    const page = await metrics();
    assert.match(page, /token_usage_total\{[^}]*type="input"[^}]*\} 3000/);
    assert.doesNotMatch(page, /token_usage_total\{[^}]*type="output"[^}]*\} [1-9]/);
    await fleet?.close();
    fleet = undefined;
    const rows = rowsOf(file).filter(({ status }) => status === 200);
    assert.equal(rows.length, 3);
    for (const row of rows) {
      assert.deepEqual([row.input_tokens, row.output_tokens, row.estimated], [1_000, 0, 0]);
      assert.deepEqual([row.cost_micro_usd, row.channel, row.user_name], [20, 'a', 'alice']);
    }
  });

  it('that nobody counted are kept by estimate', async () => {
    const file = join(folder, 'estimated.db');
    await start({
      channels: { a: { provider: 'gemini', answers: json({ embedding: { values: [1] } }) } },
      databaseUrl: `sqlite:${file}`,
      dataDirectory: folder,
    });
    const response = await embed({ model: google, input: 'many words '.repeat(500) });
    const { usage } = (await response.json()) as { usage: { prompt_tokens: number } };
    await fleet?.close();
    fleet = undefined;
    const [row] = rowsOf(file);
    assert.equal(row?.input_tokens, usage.prompt_tokens);
    assert.ok(row.input_tokens > 800 && row.input_tokens < 3_000, String(row.input_tokens));
    assert.deepEqual([row.output_tokens, row.estimated], [0, 1]);
  });

  const failures: readonly (readonly [name: string, answer: Script, result: string])[] = [
    ['status 500', json({ error: { message: 'oops' } }, 500), '500'],
    ['status 429', json({}, 429, { 'retry-after': '60' }), '429'],
    ['status 401', json({}, 401), '401'],
    ['a lost connection', (response) => void response.destroy(), 'reset'],
    ['a page', (response) => void response.end('<html></html>'), 'invalid'],
    ['an error with status 200', json({ error: { code: 429, message: 'slow' } }), '429'],
    ['no vector', json({ embeddings: [] }), '502'],
    ['an empty vector', json({ embedding: { values: [] } }), '502'],
  ];

  for (const [name, answers, result] of failures)
    it(`come from another vendor’s channel after ${name}`, async () => {
      await start({
        channels: { a: { provider: 'gemini', answers }, b: { answers: openaiAnswers(3) } },
      });
      const response = await embed();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-dragoman-attempts'), `a:${result}, b:200`);
      const { data } = (await response.json()) as { data: { embedding: unknown }[] };
      assert.deepEqual(data[0]?.embedding, [0.5, -0.25]);
    });

  it('of a batch that fails in its midst come whole from another channel', async () => {
    let turn = 0;
    const batch = { embeddings: Array.from({ length: 100 }, () => ({ values: [1] })) };
    await start({
      channels: {
        a: {
          provider: 'gemini',
          answers(response, asked) {
            turn += 1;
            const script = turn === 1 ? json(batch) : json({ error: { message: 'no' } }, 503);
            return script(response, asked);
          },
        },
        b: { provider: 'gemini', answers: json(batch) },
      },
    });
    const input = Array.from({ length: 200 }, () => 'a');
    const response = await embed({ model: google, input });
    assert.equal(response.headers.get('x-dragoman-attempts'), 'a:503, b:200');
    assert.deepEqual(fleet?.asked(), { a: 2, b: 2 });
    const { data } = (await response.json()) as { data: unknown[] };
    assert.equal(data.length, 200);
  });

  it('that take too long are given up, and told so in the client’s words', async () => {
    await start({
      channels: { a: { answers: silent } },
      timeouts: { ...defaultSettings.timeouts, totalMs: 200 },
    });
    const response = await embed();
    assert.equal(response.status, 504);
    assert.ok(clients[0].isError((await response.json()) as Json));
    await fleet?.at['a']?.asked[0]?.aborted;
  });

  it('are given up upstream when the client leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await start({
      channels: {
        a: {
          answers: (_response, { aborted }) => {
            void aborted.then(resolve);
            leave.abort();
          },
        },
      },
    });
    const leave = new AbortController();
    const body = JSON.stringify({ model: small, input: 'hi' });
    const asking = fetch(`${fleet?.url}/v1/embeddings`, {
      method: 'POST',
      body,
      signal: leave.signal,
    });
    await assert.rejects(asking);
    await promise;
  });

  it('do not keep to one channel as conversations do', async () => {
    await start({
      channels: { a: { answers: openaiAnswers(1) }, b: { answers: openaiAnswers(1) } },
      routes: [{ strategy: 'round_robin' }],
    });
    const input = 'a long text '.repeat(1_000);
    for (let request = 0; request < 4; request += 1) await embed({ input });
    assert.deepEqual(fleet?.asked(), { a: 2, b: 2 });
  });

  it('of Gemini’s models are answered to OpenAI’s clients while OpenAI is away', async () => {
    await start({
      channels: {
        a: { answers: json({ error: { message: 'overloaded' } }, 503) },
        b: { provider: 'gemini', answers: geminiAnswers },
      },
      routes: [{ rewrite: { b: google } }],
    });
    const response = await embed();
    assert.equal(response.headers.get('x-dragoman-attempts'), 'a:503, b:200');
    const { model, usage } = (await response.json()) as Json;
    assert.equal(model, google);
    assert.deepEqual(usage, { prompt_tokens: 7, total_tokens: 7 });
  });
});
