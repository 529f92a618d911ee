/** Redis and PostgreSQL fall silent, die and come back under load: clients of known keys see nothing of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';
import {
  createPostgresServer,
  findPostgres,
  type PostgresServer,
} from '../../packages/gateway/src/stores/database/testing/postgres-server.ts';
import {
  type RedisServer,
  startRedis,
  whyNoRedis,
} from '../../packages/gateway/src/stores/limits/testing/redis-server.ts';
import {
  answers,
  json,
  type ScriptedUpstream,
  scriptedUpstream,
} from '../e2e/scripted-upstream.ts';
import { startUnderTest } from '../faults/gateway.ts';
import { type InsertedKey, insertKey, pepper } from './gateway-keys.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { type Answered, ask, type SteadyLoad, startSteadyLoad } from './steady-load.ts';

const SILENCE_MS = 2_000;
/** However Redis and PostgreSQL are: a request of a known key is answered within. */
const ANSWER_MS = 2_000;
const EVERY_MS = 10;
const SMALL_LIMIT = 20;

const postgresBinaries = findPostgres();
const missing =
  whyNoRedis() ??
  (postgresBinaries === undefined ? 'initdb and postgres are not installed' : undefined);

type Part = 'redis' | 'keys' | 'usage';

describe('while Redis or PostgreSQL is away', { skip: missing ?? false, timeout: 110_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-outage-'));
  let redis: RedisServer;
  let postgres: PostgresServer;
  let upstream: ScriptedUpstream;
  let gateway: GatewayProcess;
  let load: SteadyLoad;
  let known: InsertedKey;
  let small: InsertedKey;

  before(async () => {
    redis = await startRedis();
    postgres = await createPostgresServer(postgresBinaries ?? '');
    upstream = await scriptedUpstream();
    upstream.answer(json(answers.chat));
    known = await insertKey(postgres.url, { requestsPerWindow: 1_000_000 }, 'key_known');
    const limits = { requestsPerWindow: SMALL_LIMIT, windowMs: 3_600_000 };
    small = await insertKey(postgres.url, limits, 'key_small');
    gateway = await startGatewayProcess({
      folder,
      config: {
        channels: [
          {
            id: 'main',
            provider: 'openai',
            base_url: `http://127.0.0.1:${upstream.port}/v1`,
            api_keys: ['key-of-main'],
          },
        ],
        limits: [{ by: 'all', requests: 1_000_000, tokens: 1_000_000_000, window: '1h' }],
      },
      env: {
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        DRAGOMAN_PEPPER: pepper,
        // Each worker tells of what it cannot reach.
        WORKERS: '1',
      },
    });
    load = startSteadyLoad({ port: gateway.port, key: known.secret, everyMs: EVERY_MS });
    await sleep(500);
  });

  after(async () => {
    await load?.stop();
    await gateway?.kill();
    await redis?.close();
    await postgres?.remove();
    await upstream?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
    const sinceMs = performance.now();
    while (!(await holds())) {
      assert.ok(performance.now() - sinceMs < 15_000, `never: ${what}`);
      await sleep(50);
    }
  }

  async function isDegraded(part: Part): Promise<boolean> {
    const page = await gateway.metrics();
    return new RegExp(`^dragoman_degraded\\{what="${part}"\\} 1$`, 'm').test(page);
  }

  async function untilWhole(): Promise<void> {
    const parts = ['redis', 'keys', 'usage'] as const;
    for (const part of parts)
      await until(async () => !(await isDegraded(part)), `${part} works again`);
  }

  /** Every request that is over was served in time; how many there were. */
  function checkServed(): number {
    const all = load.answered();
    const bad = all.filter(({ status, tookMs }) => status !== 200 || tookMs > ANSWER_MS);
    assert.deepEqual(bad.slice(0, 3), [], `${bad.length} of ${all.length}`);
    return all.length;
  }

  it('serves while Redis is silent, says so in its metrics, and recovers', async () => {
    redis.pause();
    await until(() => isDegraded('redis'), 'dragoman_degraded of redis is 1');
    await sleep(SILENCE_MS);
    redis.resume();
    await untilWhole();
    checkServed();
  });

  it('serves while Redis is dead, and recovers with an empty one', async () => {
    await redis.kill();
    await until(() => isDegraded('redis'), 'dragoman_degraded of redis is 1');
    await sleep(SILENCE_MS);
    await redis.restart();
    await untilWhole();
    checkServed();
  });

  it('serves while PostgreSQL is silent, and recovers', async () => {
    postgres.signal('SIGSTOP');
    await sleep(SILENCE_MS);
    for (const part of ['usage', 'keys'] as const)
      await until(() => isDegraded(part), `dragoman_degraded of ${part} is 1`);
    postgres.signal('SIGCONT');
    await untilWhole();
    checkServed();
  });

  it('serves while PostgreSQL is dead, without knowing or refusing new keys, and recovers', async () => {
    const stranger = newSecret();
    const lookUp = (key: string): Promise<Answered> => ask({ port: gateway.port, key });
    assert.equal((await lookUp(stranger)).status, 401);
    await postgres.stop();
    await until(() => isDegraded('keys'), 'dragoman_degraded of keys is 1');
    await until(() => isDegraded('usage'), 'dragoman_degraded of usage is 1');
    const unsure = await lookUp(stranger);
    assert.equal(unsure.status, 503, unsure.text);
    assert.match(unsure.text, /keys_unavailable/);
    assert.equal((await lookUp(`${stranger.slice(0, -1)}_`)).status, 401);
    await postgres.start();
    await untilWhole();
    assert.equal((await lookUp(stranger)).status, 401);
    checkServed();
  });

  it('serves through all of it without a request lost or hung', async (t) => {
    await load.stop();
    const served = checkServed();
    const worst = Math.max(...load.answered().map(({ tookMs }) => tookMs));
    t.diagnostic(`${served} requests, the slowest took ${Math.round(worst)} ms`);
    assert.ok(served > 500, `${served} were served`);
  });

  it('keeps limits afterwards, exactly', async () => {
    const sent = Array.from({ length: SMALL_LIMIT * 3 }, () =>
      ask({ port: gateway.port, key: small.secret }),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, SMALL_LIMIT);
    assert.equal(statuses.filter((status) => status === 429).length, SMALL_LIMIT * 2);
  });

  it('keeps the usage of every request, once', async () => {
    const served = load.answered().filter(({ status }) => status === 200).length;
    const database = await openDatabase(postgres.url);
    const keptOf = async (keyId: string): Promise<number> =>
      (await database.sumUsage({ keyId, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER })).requests;
    await until(async () => (await keptOf(known.id)) >= served, 'all usage is kept');
    assert.equal(await keptOf(known.id), served);
    await until(async () => (await keptOf(small.id)) >= SMALL_LIMIT, 'all usage is kept');
    assert.equal(await keptOf(small.id), SMALL_LIMIT);
    await database.close();
  });

  it('tells every change once, and no request', async () => {
    await until(async () => gateway.events().length > 2, 'the log is written');
    await sleep(500);
    const pairs = [
      ['Redis does not answer', 'Redis answers again'],
      ['keys cannot be read from the database', 'keys are read from the database again'],
      ['usage waits in files', 'usage is kept again'],
    ] as const;
    const events = gateway.events();
    for (const pair of pairs) {
      const told = events.filter(({ msg }) => pair.some((text) => text === msg));
      assert.deepEqual(
        told.map(({ msg }) => msg),
        told.map((_, index) => pair[index % 2]),
      );
      assert.ok(told.length >= 2 && told.length <= 12, `${pair[0]}: ${told.length} lines`);
      assert.equal(told.length % 2, 0, `${pair[0]}: the last word is that it works`);
    }
    const others = events.filter(({ msg }) => !pairs.some((pair) => pair.some((t) => t === msg)));
    const texts = others.map(({ text }) => text);
    assert.ok(others.length <= 10, texts.slice(0, 20).join('\n'));
    assert.ok(!gateway.printed().includes('pass-word'), 'the password of PostgreSQL is printed');
  });

  it('ends in time when it is asked to', async () => {
    assert.equal(await gateway.stop(), 0);
  });
});

describe('while PostgreSQL is silent and there is no Redis', { skip: missing ?? false }, () => {
  it('keys with a budget that was not looked up yet are served in time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-outage-'));
    const postgres = await createPostgresServer(postgresBinaries ?? '');
    const upstream = await scriptedUpstream();
    upstream.answer(json(answers.chat));
    const { secret: key } = await insertKey(postgres.url, { budgetMicroUsd: 1_000_000 });
    const address = { domain: '127.0.0.1', port: upstream.port, tls: false };
    const gateway = await startUnderTest({
      dataDirectory: folder,
      databaseUrl: postgres.url,
      pepper,
      upstreams: { openai: address, anthropic: address, gemini: address },
      apiKeys: { openai: ['key-of-openai'], anthropic: [], gemini: [] },
    });
    postgres.signal('SIGSTOP');
    const port = gateway.proxyPort;
    const all = await Promise.all(Array.from({ length: 20 }, () => ask({ port, key })));
    for (let request = 0; request < 5; request += 1) all.push(await ask({ port, key }));
    postgres.signal('SIGCONT');
    await gateway.close();
    await upstream.close();
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(
      all.filter(({ status, tookMs }) => status !== 200 || tookMs > ANSWER_MS),
      [],
    );
  });
});
