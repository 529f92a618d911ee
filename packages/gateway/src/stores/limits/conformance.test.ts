/** What a gateway relies on, asked of the counters in memory and of those in Redis alike. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitStore, Reservation } from '../../model/limits.ts';
import { createMemoryLimits } from './memory.ts';
import { createRedisLimits } from './redis.ts';
import { type Claim, reserve } from './testing/claims.ts';
import { startRedis, whyNoRedis } from './testing/redis-server.ts';

interface Bench {
  readonly store: LimitStore;
  pass(milliseconds: number): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly skip: string | undefined;
  open(): Promise<Bench>;
  close(): Promise<void>;
}

const inMemory: Kind = {
  name: 'counters in memory',
  skip: undefined,
  async open() {
    let nowMs = 5_000_000;
    return {
      store: createMemoryLimits({ nowMs: () => nowMs }),
      async pass(milliseconds) {
        nowMs += milliseconds;
      },
    };
  },
  async close() {},
};

function inRedis(): Kind {
  const given = process.env['REDIS_URL'];
  let stop = async (): Promise<void> => {};
  return {
    name: 'counters in Redis',
    skip: given === undefined ? whyNoRedis() : undefined,
    async open() {
      const own = given === undefined ? await startRedis() : undefined;
      const url = given ?? own?.url ?? '';
      const store = createRedisLimits({ url, deadlineMs: 20_000 });
      stop = async () => {
        await store.close();
        await own?.close();
      };
      return {
        store, // Timers may come a little early.
        pass: (milliseconds) => sleep(milliseconds + 3),
      };
    },
    close: () => stop(),
  };
}

/** Long enough that nothing leaves it while a test runs, short enough to be waited for. */
const LONG_MS = 3_600_000;
const SHORT_MS = 600;
/** A window has let go what is older than this. */
const LEFT_MS = (SHORT_MS * 61) / 60 + 1;

let names = 0;
/** A counter that no other test knows, also in a Redis that was there before. */
function counter(changes: Partial<Claim> = {}): Claim {
  names += 1;
  const subject = `${process.pid}/${Date.now()}/${names}`;
  return { subject, shape: 'window', amount: 1, limit: 10, spanMs: LONG_MS, ...changes };
}

for (const kind of [inMemory, inRedis()]) {
  describe(kind.name, { skip: kind.skip ?? false }, () => {
    let bench: Bench;
    before(async () => {
      bench = await kind.open();
    });
    after(() => kind.close());

    async function take(...claims: readonly Claim[]): Promise<Reservation> {
      const reserved = await reserve(bench.store, claims);
      assert.ok(reserved.granted, 'it is granted');
      return reserved.reservation;
    }

    async function isRefused(...claims: readonly Claim[]): Promise<boolean> {
      const reserved = await reserve(bench.store, claims);
      return !reserved.granted;
    }

    async function usedOf(...claims: readonly Claim[]): Promise<readonly number[]> {
      const { used } = await bench.store.look(claims);
      return used;
    }

    test('a limit is granted to its last unit and no further', async () => {
      const claim = counter({ limit: 3 });
      for (const used of [1, 2, 3]) {
        const reserved = await reserve(bench.store, [claim]);
        assert.ok(reserved.granted);
        assert.equal(reserved.states.used[0], used);
        assert.equal(reserved.states.retryAfterMs[0], 0);
      }
      const refused = await reserve(bench.store, [claim]);
      assert.ok(!refused.granted);
      assert.deepEqual(refused.refusedBy, [0]);
      assert.equal(refused.states.used[0], 3);
    });

    test('a request takes of all its counters or of none', async () => {
      const claims = [counter({ amount: 4 }), counter({ limit: 0 }), counter({ amount: 7 })];
      const refused = await reserve(bench.store, claims);
      assert.ok(!refused.granted);
      assert.deepEqual(refused.refusedBy, [1]);
      assert.deepEqual(refused.states.used, [0, 0, 0]);
      assert.deepEqual(await usedOf(...claims), [0, 0, 0]);
    });

    test('every counter that refuses is named', async () => {
      const claims = [counter({ amount: 11 }), counter(), counter({ limit: 0 })];
      const refused = await reserve(bench.store, claims);
      assert.ok(!refused.granted);
      assert.deepEqual(refused.refusedBy, [0, 2]);
    });

    test('two claims of one request for the same counter both count', async () => {
      const claim = counter({ amount: 4 });
      await take(claim, claim);
      assert.deepEqual(await usedOf(claim), [8]);
      const five = { ...claim, amount: 1 };
      assert.ok(await isRefused(five, five, five));
      assert.deepEqual(await usedOf(claim), [8]);
    });

    for (const shape of ['window', 'total', 'concurrency'] as const) {
      test(`of 1,000 requests at once exactly 10 get a ${shape} of 10`, async () => {
        const claim = counter({ shape });
        const all = await Promise.all(
          Array.from({ length: 1000 }, async () => reserve(bench.store, [claim])),
        );
        assert.equal(all.filter(({ granted }) => granted).length, 10);
        assert.deepEqual(await usedOf(claim), [10]);
      });
    }

    test('a refused request is granted when it comes again after the time it was told', async () => {
      const claim = counter({ spanMs: SHORT_MS, amount: 4 });
      await take(claim);
      await bench.pass(SHORT_MS / 3);
      await take(claim);
      const refused = await reserve(bench.store, [claim]);
      assert.ok(!refused.granted);
      const waitMs = refused.states.retryAfterMs[0] ?? 0;
      assert.ok(waitMs > 0 && waitMs <= LEFT_MS, `waits ${waitMs} ms`);
      await bench.pass(waitMs);
      await take(claim);
    });

    test('the told reset is when the oldest use leaves the window', async () => {
      const claim = counter({ spanMs: SHORT_MS, amount: 2 });
      await take(claim);
      const { resetMs } = await bench.store.look([claim]);
      const untilMs = resetMs[0] ?? 0;
      assert.ok(untilMs > 0 && untilMs <= LEFT_MS);
      await bench.pass(untilMs);
      assert.deepEqual(await usedOf(claim), [0]);
      assert.deepEqual(await bench.store.look([claim]), {
        used: [0],
        resetMs: [0],
        retryAfterMs: [0],
      });
    });

    test('a settlement puts what was used in the place of what was reserved', async () => {
      const [less, more] = [counter({ amount: 8 }), counter({ amount: 8 })];
      await bench.store.settle(await take(less, more), [3, 15]);
      assert.deepEqual(await usedOf(less, more), [3, 15]);
      assert.ok(!(await isRefused({ ...less, amount: 7 })));
      assert.ok(await isRefused({ ...more, amount: 0 }), 'more than the limit refuses all');
    });

    test('a second settlement does nothing, nor does that of a copy', async () => {
      const claim = counter({ amount: 8 });
      const reservation = await take(claim);
      const copy: Reservation = JSON.parse(JSON.stringify(reservation));
      await bench.store.settle(reservation, [3]);
      await bench.store.settle(reservation, [0]);
      await bench.store.settle(copy, [9]);
      assert.deepEqual(await usedOf(claim), [3]);
    });

    test('a copy settles as well as the reservation itself', async () => {
      const claim = counter({ amount: 8 });
      const copy: Reservation = JSON.parse(JSON.stringify(await take(claim)));
      await bench.store.settle(copy, [2]);
      assert.deepEqual(await usedOf(claim), [2]);
    });

    test('two reservations of the same are settled each', async () => {
      const claim = counter({ amount: 4 });
      const [first, second] = [await take(claim), await (bench.pass(1), take(claim))];
      await bench.store.settle(first, [1]);
      await bench.store.settle(second, [2]);
      assert.deepEqual(await usedOf(claim), [3]);
    });

    test('what is no count in a settlement leaves what was reserved', async () => {
      const claims = [counter({ amount: 4 }), counter({ amount: 4 }), counter({ amount: 4 })];
      await bench.store.settle(await take(...claims), [Number.NaN, -1]);
      assert.deepEqual(await usedOf(...claims), [4, 4, 4]);
    });

    test('a settlement after the window counts more in the present and drops less', async () => {
      const [less, more] = [
        counter({ amount: 8, spanMs: SHORT_MS }),
        counter({ amount: 2, spanMs: SHORT_MS }),
      ];
      const reservation = await take(less, more);
      await bench.pass(LEFT_MS);
      const fresh = await take({ ...less, amount: 5 });
      await bench.store.settle(reservation, [1, 9]);
      const { used, resetMs } = await bench.store.look([less, more]);
      assert.deepEqual(used, [5, 7]);
      assert.ok((resetMs[1] ?? 0) > 0);
      await bench.store.settle(fresh, [0]);
    });

    test('a total keeps what was used until it was not used for its span', async () => {
      const claim = counter({ shape: 'total', amount: 5, spanMs: SHORT_MS });
      await take(claim);
      await bench.pass(SHORT_MS / 2);
      await bench.store.settle(await take(claim), [4]);
      assert.deepEqual(await usedOf(claim), [9]);
      const refused = await reserve(bench.store, [claim]);
      assert.ok(!refused.granted);
      await bench.pass(refused.states.retryAfterMs[0] ?? 0);
      assert.deepEqual(await usedOf(claim), [0]);
      await take(claim);
    });

    test('a place is given back once, when its holder is done', async () => {
      const claim = counter({ shape: 'concurrency', limit: 2 });
      const [first] = [await take(claim), await take(claim)];
      assert.ok(await isRefused(claim));
      await bench.store.settle(first, [1]);
      await bench.store.settle(first, [1]);
      await take(claim);
      assert.ok(await isRefused(claim));
    });

    test('nobody knows when a place will be free', async () => {
      const claim = counter({ shape: 'concurrency', limit: 1 });
      await take(claim);
      const refused = await reserve(bench.store, [claim]);
      assert.ok(!refused.granted);
      assert.equal(refused.states.retryAfterMs[0], undefined);
    });

    test('the place of a holder that never came back is free after its span', async () => {
      const claim = counter({ shape: 'concurrency', limit: 1, spanMs: SHORT_MS });
      const lost = await take(claim);
      await bench.pass(LEFT_MS);
      await take(claim);
      await bench.store.settle(lost, [1]);
      assert.deepEqual(await usedOf(claim), [1], 'the other holder keeps the place');
    });

    test('a look claims nothing', async () => {
      const claim = counter({ amount: 10 });
      await bench.store.look([claim]);
      await take(claim);
      const before = await bench.store.look([claim]);
      const { used, retryAfterMs } = await bench.store.look([claim]);
      assert.deepEqual(before.used, [10]);
      assert.deepEqual(used, [10]);
      assert.ok((retryAfterMs[0] ?? 0) > 0, 'not even one more fits');
    });

    test('what is larger than the limit never fits and harms nobody', async () => {
      const claim = counter({ amount: 11 });
      const refused = await reserve(bench.store, [claim]);
      assert.ok(!refused.granted);
      assert.equal(refused.states.retryAfterMs[0], undefined);
      await take({ ...claim, amount: 10 });
    });

    test('after 10,000 endings of all kinds exactly the true use is left', async () => {
      const tokens = counter({ limit: 1e12 });
      const spent = counter({ shape: 'total', limit: 1e12 });
      const running = counter({ shape: 'concurrency', limit: 1e6 });
      let truth = 0;
      async function request(number: number): Promise<void> {
        const amount = (number * 7919) % 5000;
        const reservation = await take({ ...tokens, amount }, { ...spent, amount }, running);
        const used = [amount, 0, amount * 2, Math.floor(amount / 3), 1][number % 5] ?? 0;
        truth += used;
        await bench.store.settle(reservation, [used, used, 1]);
        if (number % 9 === 0) await bench.store.settle(reservation, [0, 0, 0]);
      }
      for (let start = 0; start < 10_000; start += 500) {
        await Promise.all(Array.from({ length: 500 }, (_, index) => request(start + index)));
      }
      assert.deepEqual(await usedOf(tokens, spent, running), [truth, truth, 0]);
    });

    test('numbers are exact as far as numbers are', async () => {
      const most = Number.MAX_SAFE_INTEGER;
      const claims = (['window', 'total'] as const).map((shape) =>
        counter({ shape, amount: most - 2, limit: most }),
      );
      const reservation = await take(...claims);
      const one = claims.map((claim) => ({ ...claim, amount: 1 }));
      await take(...one);
      assert.deepEqual(await usedOf(...claims), [most - 1, most - 1]);
      await bench.store.settle(reservation, [most - 3, 1_000_000_000_000_001]);
      assert.deepEqual(await usedOf(...claims), [most - 2, 1_000_000_000_000_002]);
    });

    test('whatever characters a subject has, it is a counter of its own', async () => {
      const { subject } = counter();
      const odd = [
        '',
        ':',
        '{a}',
        '}',
        ' ',
        '\n\r\0',
        '"\'',
        '*?[',
        '🐉',
        '\u00e9',
        'e\u0301',
        '__proto__',
      ];
      const claims = [...odd, 'x'.repeat(10_000), 'x'.repeat(10_001)].map((end) =>
        counter({ subject: subject + end }),
      );
      for (const [index, claim] of claims.entries()) await take({ ...claim, amount: index % 10 });
      assert.deepEqual(
        await usedOf(...claims),
        claims.map((_, index) => index % 10),
      );
    });

    test('another shape or span of one subject is another counter', async () => {
      const claim = counter({ amount: 3 });
      await take(claim);
      const others: readonly Claim[] = [
        { ...claim, shape: 'total' },
        { ...claim, shape: 'concurrency' },
        { ...claim, spanMs: LONG_MS + 1 },
        { ...claim, limit: 99 },
      ];
      assert.deepEqual(await usedOf(...others), [0, 0, 0, 3]);
    });

    test('what cannot be counted is an error of the caller', async () => {
      for (const changes of [
        { amount: -1 },
        { amount: 0.5 },
        { limit: Number.NaN },
        { spanMs: 0 },
      ]) {
        const claims = [counter(changes)];
        await assert.rejects(async () => reserve(bench.store, claims), RangeError);
      }
    });

    test('a request that claims nothing is granted', async () => {
      await bench.store.settle(await take(), []);
      assert.deepEqual((await bench.store.look([])).used, []);
    });
  });
}
