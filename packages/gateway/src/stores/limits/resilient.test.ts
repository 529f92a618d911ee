/** What a request sees of shared counters that are lost, and what the counters hold afterwards. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitStore, Reservation } from '../../model/limits.ts';
import { createMemoryLimits, type MemoryLimits } from './memory.ts';
import { createRedisLimits } from './redis.ts';
import {
  createResilientLimits,
  type ResilientLimitSettings,
  type ResilientLimits,
} from './resilient.ts';
import { type Claim, reserve } from './testing/claims.ts';
import { startRedis, whyNoRedis } from './testing/redis-server.ts';

const HOUR_MS = 3_600_000;

function counter(subject: string, changes: Partial<Claim> = {}): Claim {
  return { subject, shape: 'window', amount: 1, limit: 10, spanMs: HOUR_MS, ...changes };
}

type Fate = 'answers' | 'rejects' | 'hangs' | 'answers late';

interface Remote extends LimitStore {
  readonly memory: MemoryLimits;
  fate: Fate;
  calls: number;
  /** Lets those go that hang or are late. */
  release(): void;
}

/** Another machine's counters: what they hold is real, only the network is made up. */
function remote(): Remote {
  const memory = createMemoryLimits();
  let waiting: (() => void)[] = [];

  async function reach<T>(call: () => T): Promise<T> {
    store.calls += 1;
    const { fate } = store;
    if (fate === 'rejects') throw new Error('connection refused');
    if (fate === 'hangs') await new Promise<void>((resolve) => waiting.push(resolve));
    if (fate === 'hangs') throw new Error('connection lost');
    const value = call();
    if (fate === 'answers late') await new Promise<void>((resolve) => waiting.push(resolve));
    return value;
  }

  const store: Remote = {
    memory,
    fate: 'answers',
    calls: 0,
    release() {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    reserve: (counters, amounts) => reach(() => memory.reserve(counters, amounts)),
    settle: (reservation, used) => reach(() => memory.settle(reservation, used)),
    look: (claims) => reach(() => memory.look(claims)),
    close: () => memory.close(),
  };
  return store;
}

interface Bench {
  readonly limits: ResilientLimits;
  readonly shared: Remote;
  readonly local: MemoryLimits;
  readonly changes: (readonly [isDegraded: boolean, cause: string | undefined])[];
}

function bench(settings: Partial<ResilientLimitSettings> = {}): Bench {
  const shared = remote();
  const local = createMemoryLimits();
  const changes: (readonly [boolean, string | undefined])[] = [];
  const limits = createResilientLimits({
    shared,
    local,
    onUnavailable: 'local',
    deadlineMs: 20,
    trialEveryMs: 30,
    changed: (isDegraded, cause) => changes.push([isDegraded, cause]),
    ...settings,
  });
  return { limits, shared, local, changes };
}

async function take(limits: LimitStore, claims: readonly Claim[]): Promise<Reservation> {
  const reserved = await reserve(limits, claims);
  assert.ok(reserved.granted);
  return reserved.reservation;
}

async function lose({ limits, shared }: Bench): Promise<void> {
  shared.fate = 'rejects';
  for (let count = 0; count < 3; count += 1) await limits.look([counter('unrelated')]);
  assert.ok(limits.isDegraded());
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return;
    await sleep(10);
  }
  assert.fail('it never came to hold');
}

function usedOf(store: MemoryLimits, claim: Claim): number | undefined {
  return store.look([claim]).used[0];
}

test('while the shared store works only it counts', async () => {
  const { limits, shared, local, changes } = bench();
  const claim = counter('a', { amount: 4 });
  await limits.settle(await take(limits, [claim]), [3]);
  assert.equal(usedOf(shared.memory, claim), 3);
  assert.equal(usedOf(local, claim), 0);
  assert.equal((await limits.look([claim])).used[0], 3);
  assert.deepEqual(changes, []);
});

test('a failure or two are nobody’s loss: the request is counted here', async () => {
  const { limits, shared, local, changes } = bench();
  shared.fate = 'rejects';
  await take(limits, [counter('a')]);
  await take(limits, [counter('a')]);
  assert.equal(usedOf(local, counter('a')), 2);
  shared.fate = 'answers';
  await take(limits, [counter('a')]);
  assert.equal(usedOf(shared.memory, counter('a')), 1);
  assert.deepEqual(changes, []);
});

test('three failures in a row are one change, and its end another', async () => {
  const { limits, shared, changes } = bench();
  shared.fate = 'rejects';
  await Promise.all(Array.from({ length: 50 }, () => take(limits, [counter('a', { limit: 99 })])));
  assert.deepEqual(changes, [[true, 'connection refused']]);
  shared.fate = 'answers';
  await until(() => !limits.isDegraded());
  assert.deepEqual(changes, [
    [true, 'connection refused'],
    [false, undefined],
  ]);
});

test('one missed deadline is enough, and then no request waits', async () => {
  const { limits, shared, changes } = bench({ trialEveryMs: 600_000 });
  shared.fate = 'hangs';
  await take(limits, [counter('a', { limit: 9999 })]);
  assert.equal(changes.length, 1);
  const calls = shared.calls;
  const { limit } = counter('a', { limit: 9999 });
  for (let count = 0; count < 1000; count += 1) await take(limits, [counter('a', { limit })]);
  assert.equal(shared.calls, calls);
  await limits.close();
});

test('a lost store that stays lost is tried in the background only', async () => {
  const { limits, shared, changes } = bench();
  shared.fate = 'hangs';
  await take(limits, [counter('a')]);
  const calls = shared.calls;
  await until(() => shared.calls > calls + 2);
  assert.equal(changes.length, 1);
  await limits.close();
});

test('without the shared store an instance grants its share of each limit', async () => {
  const lost = bench({ share: () => 4 });
  await lose(lost);
  const { limits } = lost;
  const claim = counter('a', { limit: 11 });
  for (const left of [1, 0]) {
    const reserved = await reserve(limits, [claim]);
    assert.ok(reserved.granted);
    assert.equal(11 - (reserved.states.used[0] ?? 0), left, 'what is left is what it grants');
  }
  const refused = await reserve(limits, [claim]);
  assert.ok(!refused.granted);
  assert.deepEqual(refused.refusedBy, [0]);
  assert.ok((refused.states.retryAfterMs[0] ?? 0) > 0);
  await take(limits, [counter('small', { limit: 2 })]);
  assert.ok(!(await reserve(limits, [counter('none', { limit: 0 })])).granted);
  await limits.close();
});

test('allow grants everything without the shared store', async () => {
  const lost = bench({ onUnavailable: 'allow' });
  await lose(lost);
  for (let count = 0; count < 20; count += 1) {
    await lost.limits.settle(await take(lost.limits, [counter('a')]), [1]);
  }
  assert.equal((await lost.limits.look([counter('a')])).used[0], 0);
  assert.equal(usedOf(lost.local, counter('a')), 0);
  await lost.limits.close();
});

test('deny refuses everything without the shared store, and says to come again', async () => {
  const lost = bench({ onUnavailable: 'deny' });
  await lose(lost);
  const refused = await reserve(lost.limits, [counter('a'), counter('b')]);
  assert.ok(!refused.granted);
  assert.deepEqual(refused.refusedBy, [0, 1]);
  assert.ok(refused.states.retryAfterMs.every((ms = 0) => ms > 0));
  await lost.limits.close();
});

test('a reservation is settled where it was made, whatever has happened since', async () => {
  const lost = bench();
  const { limits, shared, local } = lost;
  const claim = counter('a', { amount: 5 });
  const early = await take(limits, [claim]);
  await lose(lost);
  const late = await take(limits, [claim]);
  await limits.settle(JSON.parse(JSON.stringify(early)), [2]);
  await limits.settle(early, [4]);
  assert.equal(usedOf(shared.memory, claim), 5, 'not yet');
  shared.fate = 'answers';
  await until(() => !limits.isDegraded());
  await limits.settle(JSON.parse(JSON.stringify(late)), [1]);
  await until(() => usedOf(shared.memory, claim) === 2);
  assert.equal(usedOf(local, claim), 1);
});

test('of the settlements that wait the oldest give way', async () => {
  const lost = bench({ settlementsMax: 2 });
  const { limits, shared } = lost;
  const claims = ['a', 'b', 'c'].map((subject) => counter(subject, { amount: 5 }));
  const made: Reservation[] = [];
  for (const claim of claims) made.push(await take(limits, [claim]));
  await lose(lost);
  for (const reservation of made) await limits.settle(reservation, [1]);
  shared.fate = 'answers';
  await until(() => claims.map((claim) => usedOf(shared.memory, claim)).join() === '5,1,1');
});

test('a settlement that failed once is made up for though the store was never lost', async () => {
  const { limits, shared, changes } = bench();
  const reservation = await take(limits, [counter('a', { amount: 5 })]);
  shared.fate = 'rejects';
  await limits.settle(reservation, [1]);
  shared.fate = 'answers';
  await until(() => usedOf(shared.memory, counter('a')) === 1);
  assert.deepEqual(changes, []);
});

test('what was granted too late is given back', async () => {
  const { limits, shared, local } = bench();
  const claim = counter('a', { amount: 5, shape: 'total' });
  shared.fate = 'answers late';
  const reservation = await take(limits, [claim]);
  assert.equal(usedOf(shared.memory, claim), 5);
  shared.fate = 'answers';
  shared.release();
  await until(() => usedOf(shared.memory, claim) === 0);
  assert.equal(usedOf(local, claim), 5);
  await limits.settle(reservation, [5]);
});

for (const onUnavailable of ['local', 'allow'] as const) {
  test(`totals that were used under ${onUnavailable} are told to the shared store once`, async () => {
    const lost = bench({ onUnavailable });
    const { limits, shared } = lost;
    const claims = [counter('money', { shape: 'total', amount: 4, limit: 1000 }), counter('calls')];
    await limits.settle(await take(limits, claims), [3, 1]);
    await lose(lost);
    for (let count = 0; count < 3; count += 1) {
      const reservation = await take(limits, claims);
      await limits.settle(reservation, [5, 1]);
      await limits.settle(reservation, [5, 1]);
    }
    const running = await take(limits, claims);
    shared.fate = 'answers';
    await until(() => claims.map((claim) => usedOf(shared.memory, claim)).join() === '18,1');
    await limits.settle(running, [2, 1]);
    await until(() => claims.map((claim) => usedOf(shared.memory, claim)).join() === '20,1');
  });
}

test('what cannot be counted is an error of the caller and no fault of the store', async () => {
  const { limits, changes } = bench();
  for (let count = 0; count < 5; count += 1) {
    await assert.rejects(async () => reserve(limits, [counter('a', { amount: -1 })]), RangeError);
  }
  assert.deepEqual(changes, []);
});

describe('with a real Redis', { skip: whyNoRedis() ?? false }, () => {
  test('frozen and killed: no request fails or hangs, and it is back within seconds', async (t) => {
    const server = await startRedis();
    const shared = createRedisLimits({ url: server.url, deadlineMs: 200 });
    const changes: boolean[] = [];
    const limits = createResilientLimits({
      shared,
      local: createMemoryLimits(),
      onUnavailable: 'local',
      share: () => shared.instances(),
      deadlineMs: 200,
      changed: (isDegraded) => changes.push(isDegraded),
    });
    const running = { isOver: false };
    t.after(async () => {
      running.isOver = true;
      await limits.close();
      await server.close();
    });
    const claim = counter('a', { limit: 1e9 });
    const waits: number[] = [];
    async function client(): Promise<void> {
      while (!running.isOver) {
        const startMs = performance.now();
        const reservation = await take(limits, [claim]);
        waits.push(performance.now() - startMs);
        await sleep(2);
        await limits.settle(reservation, [1]);
      }
    }
    const clients = Array.from({ length: 5 }, client);

    await sleep(100);
    for (const pauseMs of [300, 1200]) {
      server.pause();
      await until(() => limits.isDegraded());
      await sleep(pauseMs);
      server.resume();
      await until(() => !limits.isDegraded());
    }
    await server.kill();
    await until(() => limits.isDegraded());
    await server.restart();
    await until(() => !limits.isDegraded());

    running.isOver = true;
    await Promise.all(clients);
    assert.ok(Math.max(...waits) < 2000, `${Math.max(...waits)} ms`);
    assert.ok(changes.length >= 6);
    for (const [index, isDegraded] of changes.entries()) {
      assert.equal(isDegraded, index % 2 === 0, 'a change is told once');
    }
  });
});
