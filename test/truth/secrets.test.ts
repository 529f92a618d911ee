/** Keys and passwords, run through everything that can happen, are seen nowhere. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newSecret } from '../../packages/gateway/src/keys/secret.ts';
import {
  type RedisServer,
  startRedis,
  whyNoRedis,
} from '../../packages/gateway/src/stores/limits/testing/redis-server.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../e2e/scripted-upstream.ts';
import { closedPort } from '../faults/gateway.ts';
import { type Canary, filesFound, foundIn } from './canaries.ts';
import { insertKey, pepper } from './gateway-keys.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { hostileScript, type Trick, tricks } from './hostile-upstream.ts';
import { askRaw, type RawQuestion } from './raw-client.ts';

/** With characters that every encoding writes in its own way. */
const fixed = {
  channel: 'sk-channel-Zq8Lw3Xv7Tn2Rk5Pb9',
  client: 'client+Hj4Mf6/Yd1Cg=8Ks~Wa3Qe',
  database: 'database-Uv5Bn2+Xo9Ty7Gr4',
  redis: 'redis-Pm3Ld8=Sc6Fi1/Eh5',
} as const;

interface Client {
  readonly body: (trick: Trick, stream: boolean) => object;
  readonly path: (trick: Trick, stream: boolean) => string;
}

/** One of each format; the last asks a channel that has no key of its own. */
const clients: readonly Client[] = [
  {
    path: () => '/v1/chat/completions',
    body: (trick, stream) => ({
      model: `gpt-${trick}`,
      stream,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  },
  {
    path: () => '/v1/messages',
    body: (trick, stream) => ({
      model: `gpt-${trick}`,
      max_tokens: 10,
      stream,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  },
  {
    path: (trick, stream) =>
      `/v1beta/models/gemini-${trick}:${stream ? 'streamGenerateContent' : 'generateContent'}`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
  },
];

const slots: readonly ((secret: string) => Pick<RawQuestion, 'headers'> & { query?: string })[] = [
  (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
  (secret) => ({ headers: { authorization: `Basic ${btoa(`user:${secret}`)}` } }),
  (secret) => ({ headers: { 'x-api-key': secret } }),
  (secret) => ({ headers: { 'x-goog-api-key': secret } }),
  (secret) => ({ query: `?key=${encodeURIComponent(secret)}` }),
];

describe('no secret is seen', { timeout: 100_000 }, () => {
  let folder: string;
  let upstream: ScriptedUpstream;
  let gateway: GatewayProcess | undefined;
  let redis: RedisServer | undefined;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-secrets-'));
    upstream = await scriptedUpstream();
    upstream.answer(hostileScript);
  });
  afterEach(async () => {
    await gateway?.kill();
    gateway = undefined;
    await redis?.close();
    redis = undefined;
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(env: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const origin = `http://127.0.0.1:${upstream.port}`;
    // One that was refused or failed often is not asked again: every trick has its own.
    const channels = tricks.flatMap((trick) => [
      {
        id: `keyed-${trick}`,
        provider: 'openai',
        base_url: `${origin}/v1`,
        models: [`gpt-${trick}`],
        api_keys: [`\${CHANNEL_KEY}`],
      },
      { id: `open-${trick}`, provider: 'gemini', base_url: origin, models: [`gemini-${trick}`] },
    ]);
    gateway = await startGatewayProcess({
      folder,
      config: {
        channels,
        limits: [{ by: 'key', match: ['limited'], requests: 1, window: '1h' }],
      },
      env: {
        CHANNEL_KEY: fixed.channel,
        DRAGOMAN_PEPPER: pepper,
        LOG_LEVEL: 'trace',
        WORKERS: '2',
        ...env,
      },
    });
    return gateway;
  }

  async function checkAll(canaries: readonly Canary[], answered: readonly string[]): Promise<void> {
    assert.ok(gateway !== undefined);
    // The log is written a little later than what it tells of.
    await sleep(700);
    assert.deepEqual(foundIn(answered.join('\n'), canaries), [], 'in answers');
    assert.deepEqual(foundIn(await gateway.metrics(), canaries), [], 'in metrics');
    const isConfig = (name: string): boolean => name === 'dragoman.yaml';
    assert.deepEqual(filesFound(folder, canaries, isConfig), [], 'in files');
    await gateway.stop();
    assert.match(gateway.printed(), /"level":20|"level":30/);
    assert.deepEqual(foundIn(gateway.printed(), canaries), [], 'in what is printed');
    assert.deepEqual(filesFound(folder, canaries, isConfig), [], 'in files that are left');
  }

  const always: readonly Canary[] = [
    { name: 'the key of a channel', secret: fixed.channel },
    { name: 'the key of a client', secret: fixed.client },
    { name: 'the password of the database', secret: fixed.database },
    { name: 'the password of Redis', secret: fixed.redis },
    { name: 'the pepper', secret: pepper },
  ];

  it('of those that gateway keys and a database file know', async () => {
    const databaseUrl = `sqlite:${join(folder, 'dragoman.db')}`;
    const known = await insertKey(databaseUrl, {}, 'key_known');
    const limited = await insertKey(databaseUrl, {}, 'limited');
    const unknown = newSecret();
    const { port, metricsPort } = await start({
      DATABASE_URL: databaseUrl,
      REDIS_URL: `redis://:${encodeURIComponent(fixed.redis)}@127.0.0.1:${await closedPort()}/0`,
    });
    const keys = [known.secret, limited.secret, unknown, fixed.client];
    const answered = [
      ...(await everything(port, keys)),
      ...(await badRequests(port, [...keys, `${unknown.slice(0, -1)}_`])),
      ...(await questions(metricsPort, keys)),
    ];
    checkVariety(answered, [200, 400, 401, 404, 429, 500, 502]);
    const sent = upstream.asked.map(({ path, headers }) => path + JSON.stringify(headers));
    const own = [known, limited].map(({ id, secret }) => ({ name: id, secret }));
    const canaries = [...own, { name: 'an unknown gateway key', secret: unknown }];
    assert.deepEqual(foundIn(sent.join('\n'), canaries), [], 'sent to the upstream');
    await checkAll([...always, ...canaries], answered);
  });

  it('while database and Redis are away or refuse the login', async () => {
    redis = whyNoRedis() === undefined ? await startRedis() : undefined;
    const redisPort = redis === undefined ? await closedPort() : Number(new URL(redis.url).port);
    const password = encodeURIComponent(fixed.database);
    const unknown = newSecret();
    const { port, metricsPort } = await start({
      DATABASE_URL: `postgres://dragoman:${password}@127.0.0.1:${await closedPort()}/dragoman`,
      REDIS_URL: `redis://someone:${encodeURIComponent(fixed.redis)}@127.0.0.1:${redisPort}/0`,
      AUTH: 'open',
    });
    const keys = [fixed.client, unknown];
    const answered = [
      ...(await everything(port, keys)),
      ...(await badRequests(port, keys)),
      ...(await questions(metricsPort, keys)),
    ];
    checkVariety(answered, [200, 400, 404, 429, 500, 502]);
    const files = readdirSync(folder, { recursive: true }).map(String);
    assert.ok(
      files.some((name) => name.startsWith('usage')),
      'usage waits in files',
    );
    await checkAll([...always, { name: 'an unknown gateway key', secret: unknown }], answered);
  });
});

/** Every key in every slot of every format, each with everything that an upstream may do. */
async function everything(port: number, keys: readonly string[]): Promise<readonly string[]> {
  const answered: string[] = [];
  for (const trick of tricks) {
    const questions = keys.flatMap((key) => questionsOf(key, trick));
    answered.push(...(await Promise.all(questions.map((question) => askRaw(port, question)))));
  }
  return answered;
}

function questionsOf(key: string, trick: Trick): readonly RawQuestion[] {
  return clients.flatMap(({ path, body }) =>
    slots.flatMap((slot) =>
      [false, true].map((stream): RawQuestion => {
        const { headers = {}, query = '' } = slot(key);
        return {
          headers,
          path: path(trick, stream) + query,
          body: JSON.stringify(body(trick, stream)),
          ...(stream && trick === 'leave' ? { leaveAt: 'hello' } : {}),
        };
      }),
    ),
  );
}

/** Requests at which the gateway stumbles before it knows what they are. */
async function badRequests(port: number, keys: readonly string[]): Promise<readonly string[]> {
  const questions = keys.flatMap((key): readonly RawQuestion[] => {
    const query = `?key=${encodeURIComponent(key)}`;
    const headers = { authorization: `Bearer ${key}`, 'x-api-key': key };
    return [
      { path: `/v1/nowhere${query}`, headers },
      { path: `/v1/chat/completions${query}`, headers, method: 'GET' },
      { path: `/v1/chat/completions${query}`, headers, method: 'BREW' },
      { path: `/v1/chat/completions${query}`, headers, body: '{"model":' },
      { path: `/v1/chat/completions${query}`, headers, body: '{"model":1}' },
      { path: `/v1/messages${query}&key=${key}`, headers, body: '[]' },
      { path: query, headers, body: '{}' },
      { path: '/', text: `POST /v1/messages${query} HTTP/9.9\r\nauthorization: ${key}\r\n\r\n` },
      { path: '/', text: `POST /v1/messages${query} HTTP/1.1\r\nauthorization ${key}\r\n\r\n` },
      { path: '/', text: `${key} / HTTP/1.1\r\nhost: x\r\n\r\n` },
      { path: '/v1/chat/completions', headers: { 'content-length': key } },
      { path: '/v1/chat/completions', headers: { ...headers, 'content-encoding': 'br, x' } },
      {
        path: `/v1/chat/completions${query}`,
        headers,
        body: '{"model":"no-such-model","messages":[]}',
      },
    ];
  });
  return Promise.all(questions.map((question) => askRaw(port, question)));
}

/** What an operator may ask on the other port. */
async function questions(port: number, keys: readonly string[]): Promise<readonly string[]> {
  const asked = keys.flatMap((key): readonly RawQuestion[] => {
    const headers = { authorization: `Bearer ${key}` };
    const query = `?key=${encodeURIComponent(key)}`;
    return [
      { path: '/admin/explain', body: JSON.stringify({ model: 'gpt-serve', headers }) },
      { path: '/admin/explain', body: JSON.stringify({ model: 'gemini-serve', headers }) },
      { path: '/admin/explain', body: JSON.stringify({ model: 'none', headers }) },
      { path: `/nowhere${query}`, headers, method: 'GET' },
      { path: `/metrics${query}`, headers, method: 'GET' },
    ];
  });
  return Promise.all(asked.map((question) => askRaw(port, question)));
}

/** The run meant something only if all of this happened in it. */
function checkVariety(answered: readonly string[], statuses: readonly number[]): void {
  const seen = new Set(answered.map((text) => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])));
  for (const status of statuses) assert.ok(seen.has(status), `${status} among ${[...seen].join()}`);
}
