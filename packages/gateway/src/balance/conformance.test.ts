/** What a route relies on, asked of every strategy alike; then what each one promises of its own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { strategyIds } from '../model/settings.ts';
import type { Candidate, Picker, Strategy } from '../model/strategy.ts';
import { strategies } from './index.ts';

const PICKS = 10_000;

/** What comes out when all are busy and equally fast, where it is not shares by weight. */
const sharesOf: { readonly [id: string]: (weights: readonly number[]) => readonly number[] } = {
  failover: (weights) => weights.map((_, index) => (index === 0 ? 1 : 0)),
};

interface Fake extends Candidate {
  weightNow: number;
  running: number;
  latency: number | undefined;
  isEligible: boolean;
}

function fake(weight: number): Fake {
  const self: Fake = {
    weightNow: weight,
    running: 0,
    latency: 100,
    isEligible: true,
    weight: () => self.weightNow,
    inFlight: () => self.running,
    latencyMs: () => self.latency,
  };
  return self;
}

function byWeight(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Bench {
  readonly fakes: readonly Fake[];
  readonly picker: Picker;
  /** One pick that runs for `concurrency` picks: everyone answers at equal speed. */
  next(): number | undefined;
  counts(picks: number): readonly number[];
}

function bench(strategy: Strategy, weights: readonly number[], concurrency = 100): Bench {
  const fakes = weights.map(fake);
  const picker = strategy.create(fakes, seeded(7));
  const running: number[] = [];

  function next(): number | undefined {
    const index = picker.pick({
      stream: true,
      isEligible: (index) => at(fakes, index).isEligible,
    });
    if (index === undefined) return undefined;
    at(fakes, index).running += 1;
    running.push(index);
    const done = running.length > concurrency ? running.shift() : undefined;
    if (done !== undefined) at(fakes, done).running -= 1;
    return index;
  }

  return {
    fakes,
    picker,
    next,
    counts(picks) {
      const counts = weights.map(() => 0);
      for (let pick = 0; pick < picks; pick += 1) {
        const index = next();
        if (index !== undefined) counts[index] = at(counts, index) + 1;
      }
      return counts;
    },
  };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  assert.ok(item !== undefined);
  return item;
}

function assertShares(
  counts: readonly number[],
  shares: readonly number[],
  tolerance = 0.02,
): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  for (const [index, count] of counts.entries()) {
    const off = Math.abs(count / total - at(shares, index));
    assert.ok(off <= tolerance, `${counts.join()} of ${total}, not ${shares.join()}`);
  }
}

function strategyOf(id: string): Strategy {
  const found = strategies.find((strategy) => strategy.id === id);
  assert.ok(found);
  return found;
}

test('the strategies are those that the configuration knows', () => {
  assert.deepEqual(
    strategies.map(({ id }) => id),
    strategyIds,
  );
});

for (const strategy of strategies) {
  describe(`strategy ${strategy.id}`, () => {
    const shares = sharesOf[strategy.id] ?? byWeight;

    test('says in one sentence what it is for', () => {
      assert.match(strategy.summary, /^[A-Z][^.]+\.$/);
    });

    test('picks nothing where there is nothing', () => {
      const { picker } = bench(strategy, []);
      assert.equal(picker.pick({ stream: false, isEligible: () => true }), undefined);
    });

    test('picks nothing when none may be picked', () => {
      const { picker } = bench(strategy, [3, 1]);
      for (let pick = 0; pick < 10; pick += 1) {
        assert.equal(picker.pick({ stream: pick % 2 === 0, isEligible: () => false }), undefined);
      }
    });

    test('always picks the only candidate', () => {
      assert.deepEqual(bench(strategy, [0.3]).counts(500), [500]);
    });

    test('always picks the only one that may be picked', () => {
      const { fakes, counts } = bench(strategy, [10, 1, 1]);
      at(fakes, 0).isEligible = false;
      at(fakes, 1).isEligible = false;
      assert.deepEqual(counts(500), [0, 0, 500]);
    });

    test('shares as it promises', () => {
      for (const weights of [
        [5, 3, 2],
        [1, 1],
        [0.2, 0.7, 0.1, 1],
      ]) {
        assertShares(bench(strategy, weights).counts(PICKS), shares(weights));
      }
    });

    test('shares among the others while one is out, and as before when it is back', () => {
      const { fakes, counts } = bench(strategy, [5, 3, 2]);
      counts(1000);
      at(fakes, 0).isEligible = false;
      assertShares(counts(PICKS), [0, ...shares([3, 2])]);
      at(fakes, 0).isEligible = true;
      counts(200);
      assertShares(counts(PICKS), shares([5, 3, 2]));
    });

    test('follows weights that change', () => {
      const { fakes, counts } = bench(strategy, [1, 1, 2]);
      counts(1000);
      for (const weight of [0.1, 0.5, 1]) {
        at(fakes, 0).weightNow = weight;
        counts(200);
        assertShares(counts(PICKS), shares([weight, 1, 2]));
      }
    });

    test('never picks one that may not be picked, and picks whenever one may be', () => {
      const candidate = fc.record({
        weight: fc.double({ min: 0.001, max: 1000, noNaN: true }),
        running: fc.nat(50),
        latency: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: undefined }),
      });
      const rounds = fc.array(fc.record({ mask: fc.nat(255), stream: fc.boolean() }), {
        maxLength: 40,
      });
      fc.assert(
        fc.property(fc.array(candidate, { maxLength: 8 }), rounds, fc.nat(), (all, picks, seed) => {
          const fakes = all.map(({ weight, running, latency }) =>
            Object.assign(fake(weight), { running, latency }),
          );
          const picker = strategy.create(fakes, seeded(seed));
          for (const { mask, stream } of picks) {
            const isEligible = (index: number) => (mask & (1 << index)) !== 0;
            const picked = picker.pick({ stream, isEligible });
            const some = fakes.some((_, index) => isEligible(index));
            assert.equal(picked !== undefined, some);
            assert.ok(picked === undefined || (picked < fakes.length && isEligible(picked)));
          }
        }),
        { numRuns: 200 },
      );
    });

    test('does not mind a random number at either end', () => {
      for (const edge of [0, 1 - 2 ** -53]) {
        const fakes = [0.1, 0.2, 0.3].map(fake);
        const picker = strategy.create(fakes, () => edge);
        for (let pick = 0; pick < 50; pick += 1) {
          const picked = picker.pick({ stream: true, isEligible: (index) => index !== 2 });
          assert.ok(picked === 0 || picked === 1);
        }
      }
    });
  });
}

describe('round_robin', () => {
  const strategy = strategyOf('round_robin');

  test('is exact, also with weights that are not whole', () => {
    assert.deepEqual(bench(strategy, [5, 3, 2]).counts(PICKS), [5000, 3000, 2000]);
    assert.deepEqual(bench(strategy, [0.1, 0.3]).counts(PICKS), [2500, 7500]);
  });

  test('mixes evenly: the sequence is that of nginx', () => {
    const { next } = bench(strategy, [5, 1, 1]);
    const sequence = Array.from({ length: 14 }, next);
    assert.deepEqual(sequence, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
  });

  test('gives no burst to one that comes back', () => {
    const { fakes, counts } = bench(strategy, [1, 1, 1]);
    counts(100);
    at(fakes, 2).isEligible = false;
    counts(1000);
    at(fakes, 2).isEligible = true;
    assert.ok(at(counts(6), 2) <= 3);
  });

  test('gives no burst when weights change', () => {
    const { fakes, counts } = bench(strategy, [1000, 1]);
    counts(500);
    at(fakes, 0).weightNow = 1;
    assertShares(counts(10), [0.5, 0.5], 0.11);
  });

  test('owes nobody more than a few picks, whoever was away when', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 });
    const masks = fc.array(fc.nat(63), { maxLength: 60 });
    fc.assert(
      fc.property(weights, masks, (weights, absences) => {
        const { fakes, next, counts } = bench(strategy, weights);
        for (const mask of absences) {
          for (const [index, fake] of fakes.entries())
            fake.isEligible = (mask & (1 << index)) === 0;
          next();
        }
        for (const fake of fakes) fake.isEligible = true;
        const picks = 60;
        for (const [index, count] of counts(picks).entries()) {
          assert.ok(Math.abs(count - picks * at(byWeight(weights), index)) < 3);
        }
      }),
    );
  });
});

describe('least_connections', () => {
  const strategy = strategyOf('least_connections');

  test('gives less to one that is slow', () => {
    const { fakes, picker } = bench(strategy, [1, 1]);
    const ends = [0, 0];
    const counts = [0, 0];
    const running: { readonly index: number; readonly end: number }[] = [];
    for (let tick = 0; tick < 4000; tick += 1) {
      for (const { index, end } of running) if (end === tick) at(fakes, index).running -= 1;
      const index = picker.pick({ stream: true, isEligible: () => true });
      assert.ok(index !== undefined);
      at(fakes, index).running += 1;
      counts[index] = at(counts, index) + 1;
      // The first takes four times as long.
      ends[index] = tick + (index === 0 ? 80 : 20);
      running.push({ index, end: at(ends, index) });
    }
    assertShares(counts, [0.2, 0.8]);
  });

  test('takes the idle one before the busy one, whatever the order', () => {
    const { fakes, picker } = bench(strategy, [1, 1, 1]);
    at(fakes, 0).running = 2;
    at(fakes, 1).running = 1;
    at(fakes, 2).running = 3;
    assert.equal(picker.pick({ stream: true, isEligible: () => true }), 1);
  });

  test('lets one with a greater weight hold more', () => {
    const { fakes, picker } = bench(strategy, [4, 1]);
    at(fakes, 0).running = 3;
    at(fakes, 1).running = 1;
    assert.equal(picker.pick({ stream: true, isEligible: () => true }), 0);
  });

  test('shares by weight when nothing is running', () => {
    assertShares(bench(strategy, [3, 1], 0).counts(PICKS), [0.75, 0.25]);
  });
});

describe('failover', () => {
  const strategy = strategyOf('failover');

  test('goes down the list and returns to the first as soon as it may', () => {
    const { fakes, next } = bench(strategy, [1, 100, 1]);
    assert.equal(next(), 0);
    at(fakes, 0).isEligible = false;
    assert.equal(next(), 1);
    at(fakes, 1).isEligible = false;
    assert.equal(next(), 2);
    at(fakes, 0).isEligible = true;
    assert.equal(next(), 0);
  });
});

describe('least_latency', () => {
  const strategy = strategyOf('least_latency');

  test('prefers the faster one, and leaves it when it slows down', () => {
    const { fakes, counts } = bench(strategy, [1, 1], 0);
    at(fakes, 0).latency = 50;
    at(fakes, 1).latency = 200;
    assertShares(counts(PICKS), [1, 0]);
    at(fakes, 0).latency = 900;
    assertShares(counts(PICKS), [0, 1]);
  });

  test('spreads when the fastest is busy', () => {
    const { fakes, counts } = bench(strategy, [1, 1], 30);
    at(fakes, 0).latency = 50;
    at(fakes, 1).latency = 100;
    assertShares(counts(PICKS), [2 / 3, 1 / 3], 0.03);
  });

  test('still measures the slow one now and then, since it may have become fast', () => {
    const { fakes, counts } = bench(strategy, [1, 1], 0);
    at(fakes, 1).latency = 5000;
    const slow = at(counts(PICKS), 1);
    assert.ok(slow > 0 && slow < PICKS / 100, `${slow}`);
  });

  test('asks each one that was never measured, but does not send everybody there', () => {
    const { fakes, next, counts } = bench(strategy, [1, 1, 1, 1]);
    for (const fake of fakes.slice(1)) fake.latency = undefined;
    assert.deepEqual(new Set([next(), next(), next()]), new Set([1, 2, 3]));
    at(fakes, 1).latency = 100;
    at(fakes, 2).latency = 100;
    // The last one hangs: it has not answered yet.
    const shares = byWeight(counts(PICKS));
    assert.ok(at(shares, 3) > 0.02 && at(shares, 3) < 0.1, shares.join());
  });

  test('holds streams and whole answers apart', () => {
    const fakes = [fake(1), fake(1)];
    const candidates = fakes.map((candidate, index) => ({
      ...candidate,
      latencyMs: (stream: boolean) => (stream === (index === 0) ? 10 : 1000),
    }));
    const picker = strategy.create(candidates, seeded(1));
    for (const stream of [true, false]) {
      const counts = [0, 0];
      for (let pick = 0; pick < 1000; pick += 1) {
        const picked = picker.pick({ stream, isEligible: () => true });
        assert.ok(picked !== undefined);
        counts[picked] = at(counts, picked) + 1;
      }
      assertShares(counts, stream ? [1, 0] : [0, 1]);
    }
  });

  test('counts a light candidate as busier, so that one that warms up is not flooded', () => {
    const { fakes, counts } = bench(strategy, [1, 1], 50);
    at(fakes, 0).weightNow = 0.1;
    counts(200);
    assert.ok(at(byWeight(counts(PICKS)), 0) < 0.2);
  });
});
