/** What counters in Redis promise beyond what all counters do: a Redis that goes away, and many gateways. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import type { LimitStore } from '../../model/limits.ts';
import { DeadlineError } from './deadline.ts';
import { createRedisLimits, type RedisLimitSettings, type RedisLimits } from './redis.ts';
import { type Claim, reserve } from './testing/claims.ts';
import { type RedisServer, startRedis, whyNoRedis } from './testing/redis-server.ts';

/** Far above what is asserted of a deadline of 50 ms: a busy machine may be late, hanging is not late. */
const BOUND_MS = 3000;
const HOUR_MS = 3_600_000;

function counter(subject: string, changes: Partial<Claim> = {}): Claim {
  return { subject, shape: 'window', amount: 1, limit: 10, spanMs: HOUR_MS, ...changes };
}

async function usedOf(store: LimitStore, claim: Claim): Promise<number | undefined> {
  const { used } = await store.look([claim]);
  return used[0];
}

/** Waits until `holds`, for as long as a broken program may take to be found out. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds().catch(() => false)) return;
    await sleep(10);
  }
  assert.fail('it never came to hold');
}

describe('counters in Redis', { skip: whyNoRedis() ?? false }, () => {
  let server: RedisServer;
  let stores: RedisLimits[] = [];

  function open(settings: Partial<RedisLimitSettings> = {}): RedisLimits {
    const store = createRedisLimits({ url: server.url, deadlineMs: 5000, ...settings });
    stores.push(store);
    return store;
  }

  async function command(...words: readonly string[]): Promise<unknown> {
    const client = createClient({ url: server.url, RESP: 2 });
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  before(async () => {
    server = await startRedis();
  });
  beforeEach(() => command('FLUSHALL'));
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
  });
  after(() => server.close());

  test('a Redis that has forgotten the scripts is told them again', async () => {
    const store = open();
    const claim = counter('a');
    for (let round = 0; round < 3; round += 1) {
      await command('SCRIPT', 'FLUSH');
      const reserved = await reserve(store, [claim]);
      assert.ok(reserved.granted);
      await command('SCRIPT', 'FLUSH');
      await store.settle(reserved.reservation, [3]);
    }
    assert.equal(await usedOf(store, claim), 9);
  });

  test('all keys are in one slot of a cluster, and go away by themselves', async () => {
    const store = open();
    const claims = [
      counter('{a}'),
      counter('b', { shape: 'total' }),
      counter('c', { shape: 'concurrency' }),
    ];
    await reserve(store, claims);
    await store.look([]);
    const keys = await command('KEYS', '*');
    assert.ok(Array.isArray(keys));
    assert.equal(keys.length, 5);
    for (const key of keys.map(String)) {
      assert.ok(key.startsWith('dragoman:{limits}:'), key);
      assert.ok(Number(await command('PTTL', key)) > 0, `${key} expires`);
    }
  });

  test('what was settled leaves nothing but what was used', async () => {
    const store = open();
    const claims = [counter('a'), counter('b', { shape: 'concurrency' })];
    const reserved = await reserve(store, claims);
    assert.ok(reserved.granted);
    await store.settle(reserved.reservation, [0, 0]);
    assert.deepEqual(await command('KEYS', '*:a'), []);
    assert.deepEqual(await command('KEYS', '*:b'), []);
    assert.deepEqual(await command('KEYS', '*reservation*'), []);
  });

  test('installations with different namespaces do not count together', async () => {
    const [first, second] = [open(), open({ namespace: 'other' })];
    await reserve(first, [counter('a')]);
    assert.equal(await usedOf(first, counter('a')), 1);
    assert.equal(await usedOf(second, counter('a')), 0);
  });

  test('instances count each other, and threads of one instance count as one', async () => {
    const [first, thread, second] = [
      open({ instance: 'first' }),
      open({ instance: 'first' }),
      open({ instance: 'second' }),
    ];
    for (const store of [second, thread, first]) await store.look([]);
    assert.equal(first.instances(), 2);
    await server.kill();
    await assert.rejects(async () => first.look([]));
    assert.equal(first.instances(), 2, 'as last known');
    await server.restart();
    for (const store of [first, second]) await until(async () => (await store.look([]), true));
    await first.look([]);
    assert.equal(first.instances(), 2);
  });

  test('calls to a killed Redis are rejected, and it is found again when it is back', async () => {
    const store = open({ deadlineMs: 50 });
    await until(async () => (await store.look([]), true));
    await server.kill();
    const startMs = performance.now();
    const calls = await Promise.allSettled([
      reserve(store, [counter('a')]),
      store.look([counter('a')]),
      store.settle({ id: 'x', counters: [counter('a')], amounts: [1], atMs: 0 }, [1]),
    ]);
    assert.ok(calls.every(({ status }) => status === 'rejected'));
    assert.ok(performance.now() - startMs < BOUND_MS);
    await server.restart();
    await until(async () => (await reserve(store, [counter('a')])).granted);
  });

  test('a Redis that was never there is an error within the deadline', async () => {
    const store = open({ url: 'redis://127.0.0.1:1', deadlineMs: 50 });
    await assert.rejects(async () => reserve(store, [counter('a')]), DeadlineError);
  });

  test('what a frozen Redis grants too late is given back', async () => {
    const store = open({ deadlineMs: 50 });
    const claims = [counter('a'), counter('b', { shape: 'total' })];
    await until(async () => (await store.look([]), true));
    server.pause();
    const calls = Array.from({ length: 10 }, async () => reserve(store, claims));
    const ends = await Promise.allSettled(calls);
    server.resume();
    for (const end of ends) {
      assert.ok(end.status === 'rejected' && end.reason instanceof DeadlineError);
    }
    await until(async () => ((await command('KEYS', '*reservation*')) as unknown[]).length === 0);
    const patient = open();
    for (const claim of claims) assert.equal(await usedOf(patient, claim), 0);
  });

  test('a connection that fell silent is replaced', async () => {
    const store = open({ deadlineMs: 50, poolSize: 1 });
    await until(async () => (await store.look([]), true));
    server.pause();
    const endMs = performance.now() + 2500;
    while (performance.now() < endMs) {
      await assert.rejects(async () => store.look([]));
      await sleep(20);
    }
    server.resume();
    await until(async () => (await store.look([]), true));
    const clients = String(await command('CLIENT', 'LIST'));
    assert.ok(clients.trim().split('\n').length <= 3, clients);
  });

  test('an address that is no URL is not repeated, as it may hold a password', () => {
    assert.throws(
      () => createRedisLimits({ url: 'redis://user:secret@host:port' }),
      (error) => error instanceof TypeError && !JSON.stringify(error).includes('secret'),
    );
  });

  test('after a close nothing is kept open', async () => {
    const store = createRedisLimits({ url: server.url });
    await store.look([]);
    await store.close();
    await assert.rejects(async () => store.look([]));
  });

  test('four processes whose clocks are hours apart get exactly the limit together', async () => {
    const claim = counter('a', { amount: 7, limit: 5000 });
    const file = fileURLToPath(new URL('./testing/contender.ts', import.meta.url));
    const run = promisify(execFile);
    const ends = await Promise.all(
      [0, HOUR_MS, -HOUR_MS, 24 * HOUR_MS].map((offsetMs) =>
        run(process.execPath, [
          '--conditions=source',
          file,
          server.url,
          String(offsetMs),
          '600',
          JSON.stringify(claim),
        ]),
      ),
    );
    const told = ends.map(({ stdout }) => JSON.parse(stdout));
    const clocks = told.map(({ clockMs }) => Number(clockMs));
    assert.ok(Math.max(...clocks) - Math.min(...clocks) > 24 * HOUR_MS);
    const granted = told.reduce((sum, { granted }) => sum + Number(granted), 0);
    assert.equal(granted, 4998);
    assert.equal(await usedOf(open(), claim), 4998);
  });
});
