/** What counters in memory promise beyond what all counters do: threads, bounds, and the sliding itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import type { Reservation } from '../../model/limits.ts';
import { attachMemory } from './layout.ts';
import { acquire, createLock } from './lock.ts';
import {
  createLimitMemory,
  createMemoryLimits,
  LimitTableFullError,
  type MemoryLimits,
} from './memory.ts';
import { type Claim, reserve } from './testing/claims.ts';
import type { ThreadTask } from './testing/thread.ts';

const HOUR_MS = 3_600_000;

function counter(subject: string, changes: Partial<Claim> = {}): Claim {
  return { subject, shape: 'window', amount: 1, limit: 10, spanMs: HOUR_MS, ...changes };
}

interface Clocked {
  readonly store: MemoryLimits;
  readonly clock: { nowMs: number };
}

function clocked(memory = createLimitMemory()): Clocked {
  const clock = { nowMs: 1_000_000 };
  return { store: createMemoryLimits({ memory, nowMs: () => clock.nowMs }), clock };
}

function usedOf(store: MemoryLimits, claims: readonly Claim[]): readonly number[] {
  return store.look(claims).used;
}

function take(store: MemoryLimits, claims: readonly Claim[]): Reservation | undefined {
  const reserved = reserve(store, claims);
  return reserved.granted ? reserved.reservation : undefined;
}

function startThread(task: ThreadTask): Worker {
  return new Worker(new URL('./testing/thread.ts', import.meta.url), { workerData: task });
}

test('threads that hammer the same counters never get more than the limits together', async () => {
  const memory = createLimitMemory();
  const claims = [
    counter('requests', { limit: 12_000 }),
    counter('tokens', { amount: 10, limit: 1_000_000 }),
    counter('money', { shape: 'total', amount: 5, limit: 1_000_000 }),
    counter('running', { shape: 'concurrency', limit: 2 }),
  ];
  const sums = Array.from(
    { length: 4 },
    () => new Float64Array(new SharedArrayBuffer(claims.length * 8)),
  );
  const threads = sums.map((sums) =>
    startThread({ memory, rounds: 15_000, claims, used: [1, 17, 2, 1], sums }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
  const truth = claims.map((_, index) => sums.reduce((sum, own) => sum + (own[index] ?? 0), 0));
  const store = createMemoryLimits({ memory });
  const [requests = 0, tokens = 0, money = 0] = truth;
  assert.equal(requests, 12_000);
  assert.deepEqual(usedOf(store, claims), [requests, tokens, money, 0]);
});

test('threads that are ended at any moment leave counters that work', async () => {
  const memory = createLimitMemory();
  const store = createMemoryLimits({ memory, stealAfterMs: 100 });
  const known = Array.from({ length: 500 }, (_, index) => counter(`known ${index}`));
  take(store, known);
  const claims = [counter('tokens', { limit: 1e9 }), counter('money', { limit: 1e9 })];
  for (let count = 0; count < 6; count += 1) {
    const sums = new Float64Array(new SharedArrayBuffer(16));
    const thread = startThread({ memory, rounds: 1e9, claims, used: [1, 1], sums });
    while (sums[0] === 0) await sleep(2);
    await thread.terminate();
    assert.ok(take(store, claims) !== undefined);
  }
  assert.deepEqual(
    usedOf(store, known),
    known.map(() => 1),
  );
});

test('a holder that died in the middle of writing is waited for, and then made good', () => {
  const memory = createLimitMemory();
  const store = createMemoryLimits({ memory, stealAfterMs: 50 });
  const claims = Array.from({ length: 20 }, (_, index) =>
    counter(`${index}`, { amount: index, limit: 20 }),
  );
  assert.ok(take(store, claims) !== undefined);
  const { words, index, numbers, rowsAt } = attachMemory(memory);
  acquire(createLock(words));
  index.fill(0);
  numbers.fill(99, rowsAt + 4, rowsAt + 5);
  assert.deepEqual(
    usedOf(store, claims),
    claims.map(({ amount }) => amount),
  );
  assert.ok(take(store, [counter('another')]) !== undefined);
});

test('a settlement counts once whichever thread makes it', () => {
  const memory = createLimitMemory();
  const stores = [createMemoryLimits({ memory }), createMemoryLimits({ memory })] as const;
  const claim = counter('a', { amount: 9 });
  const reservation = take(stores[0], [claim]);
  assert.ok(reservation !== undefined);
  stores[1].settle(reservation, [4]);
  stores[0].settle(reservation, [1]);
  assert.deepEqual(usedOf(stores[0], [claim]), [4]);
});

test('when every counter is in use a new one is refused loudly and nothing is counted', () => {
  const { store, clock } = clocked(createLimitMemory(100));
  for (let index = 0; index < 100; index += 1) take(store, [counter(`${index}`)]);
  const both = [counter('0'), counter('one too many')];
  assert.throws(() => reserve(store, both), LimitTableFullError);
  assert.deepEqual(usedOf(store, both), [1, 0]);
  assert.ok(take(store, [counter('99')]) !== undefined, 'those there are serve on');
  clock.nowMs += HOUR_MS * 2;
  assert.ok(take(store, both) !== undefined, 'idle ones make room');
});

test('counters that come and go take no more memory than those that live', () => {
  const { store, clock } = clocked(createLimitMemory(1000));
  for (let index = 0; index < 50_000; index += 1) {
    clock.nowMs += 10;
    const claim = counter(`client ${index}`, { spanMs: 5000, shape: 'total' });
    assert.ok(take(store, [claim]) !== undefined);
    const other = counter(`client ${index - 400}`, { spanMs: 5000, shape: 'total' });
    if (index >= 400) assert.deepEqual(usedOf(store, [other]), [1]);
  }
});

test('a list of counters that comes again finds its own, whatever has become of their places', () => {
  const { store, clock } = clocked(createLimitMemory(2));
  const lists = ['a', 'b', 'c'].map((subject) => [counter(subject, { spanMs: 1000 })]);
  for (let round = 0; round < 9; round += 1) {
    const list = lists[round % 3] ?? [];
    assert.deepEqual(usedOf(store, list), [0]);
    assert.ok(take(store, list) !== undefined);
    assert.deepEqual(usedOf(store, list), [1]);
    clock.nowMs += 600;
  }
});

test('names that are alike are counters of their own', () => {
  const { store } = clocked();
  for (let index = 0; index < 50_000; index += 1) {
    const reserved = reserve(store, [counter(`key/${index}`)]);
    assert.equal(reserved.states.used[0], 1);
  }
});

test('memory of another kind is refused', () => {
  assert.throws(() => createMemoryLimits({ memory: new SharedArrayBuffer(1024) }), TypeError);
});

test('in no window is more than the limit, and nothing that left it by a 60th still counts', () => {
  const spans = fc.constantFrom(1000, 60_000, 31 * 24 * HOUR_MS);
  const steps = fc.array(
    fc.record({ wait: fc.double({ min: 0, max: 0.4, noNaN: true }), amount: fc.nat(60) }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(spans, steps, (spanMs, steps) => {
      const { store, clock } = clocked();
      const granted: { atMs: number; amount: number }[] = [];
      const sumSince = (fromMs: number): number =>
        granted.reduce((sum, { atMs, amount }) => (atMs > fromMs ? sum + amount : sum), 0);
      for (const { wait, amount } of steps) {
        clock.nowMs += Math.floor(wait * spanMs);
        const claim = counter('a', { amount, limit: 100, spanMs });
        if (take(store, [claim]) === undefined) {
          assert.ok(sumSince(clock.nowMs - (spanMs * 61) / 60 - 1) + amount > 100);
        } else {
          granted.push({ atMs: clock.nowMs, amount });
          assert.ok(sumSince(clock.nowMs - spanMs) <= 100);
        }
      }
    }),
  );
});

test('whatever is reserved and settled in whatever order, the counters hold what a plain list says', () => {
  const shapes = ['window', 'total', 'concurrency'] as const;
  const step = fc.record({
    wait: fc.nat(900),
    reserve: fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
    settle: fc.nat(200),
    used: fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { store, clock } = clocked();
      const plain = createPlainCounters(clock);
      const open: Reservation[] = [];
      for (const { wait, reserve, settle, used } of steps) {
        clock.nowMs += wait;
        const claims = shapes.map((shape, index) =>
          counter(shape, { shape, amount: reserve[index] ?? 0, limit: 150, spanMs: 6000 }),
        );
        const fits = claims.every((claim) => plain.usedOf(claim) + claim.amount <= claim.limit);
        const reservation = take(store, claims);
        assert.equal(reservation !== undefined, fits);
        if (reservation !== undefined) open.push(reservation);
        if (reservation !== undefined) plain.add(reservation);
        const ended = open[settle];
        if (ended !== undefined) {
          store.settle(ended, used);
          plain.settle(ended, used);
        }
        assert.deepEqual(usedOf(store, claims), claims.map(plain.usedOf));
      }
    }),
  );
});

interface PlainCounters {
  usedOf(claim: Claim): number;
  add(reservation: Reservation): void;
  settle(reservation: Reservation, used: readonly number[]): void;
}

/** The same rules on a list of everything that ever happened. */
function createPlainCounters(clock: { readonly nowMs: number }): PlainCounters {
  const entries: { shape: string; bucket: number; amount: number; id: string }[] = [];
  const settled = new Set<string>();
  let totalMs = 0;
  const present = (): number => Math.floor(clock.nowMs / 100);

  function lapse(): void {
    if (clock.nowMs - totalMs < 6000) return;
    for (const entry of entries) if (entry.shape === 'total') entry.amount = 0;
  }

  return {
    usedOf({ shape }) {
      lapse();
      return entries
        .filter((entry) => entry.shape === shape)
        .filter(({ bucket }) => shape === 'total' || bucket > present() - 61)
        .reduce((sum, { amount }) => sum + amount, 0);
    },
    add({ id, counters, amounts }) {
      lapse();
      for (const [index, { shape }] of counters.entries()) {
        const amount = amounts[index] ?? 0;
        entries.push({ shape, bucket: present(), amount, id });
        if (shape === 'total') totalMs = clock.nowMs;
      }
    },
    settle({ id, counters, amounts }, used) {
      if (settled.has(id)) return;
      settled.add(id);
      lapse();
      for (const [index, { shape }] of counters.entries()) {
        const amount = amounts[index] ?? 0;
        const entry = entries.find((entry) => entry.id === id && entry.shape === shape);
        assert.ok(entry !== undefined);
        const now = shape === 'concurrency' ? 0 : (used[index] ?? amount);
        const isGone = shape === 'total' ? entry.amount !== amount : entry.bucket <= present() - 61;
        if (!isGone) entry.amount = now;
        else if (now > amount) {
          entries.push({ shape, bucket: present(), amount: now - amount, id: '' });
        }
        if (shape === 'total' && (!isGone || now > amount)) totalMs = clock.nowMs;
      }
    },
  };
}
