/** A request takes what is left of a window, if it can begin with that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LimitStore } from '../model/limits.ts';
import { createMemoryLimits } from '../stores/limits/memory.ts';
import { type Counting, take } from './reserve.ts';
import type { Demand } from './rules.ts';

function tokens(amount: number, limit = 1_000): Demand {
  const claim = {
    subject: 'user:a:tokens',
    shape: 'window',
    amount,
    limit,
    spanMs: 60_000,
  } as const;
  return { unit: 'tokens', by: 'user', claim, period: undefined };
}

const requests: Demand = {
  unit: 'requests',
  by: 'user',
  claim: { subject: 'user:a:requests', shape: 'window', amount: 1, limit: 3, spanMs: 60_000 },
  period: undefined,
};

const refused: string[] = [];

function counting(store: LimitStore): Counting {
  refused.length = 0;
  return { store, exceeded: (by, unit) => refused.push(`${by} ${unit}`) };
}

describe('a reservation', () => {
  it('is whole where it fits', async () => {
    const taken = await take(counting(createMemoryLimits()), [tokens(400)], 50);
    assert.ok(taken.granted);
    assert.equal(taken.states[0]?.used, 400);
  });

  it('is what is left where more is asked for, and then nothing is', async () => {
    const store = createMemoryLimits();
    const first = await take(counting(store), [tokens(5_000)], 50);
    assert.ok(first.granted);
    assert.equal(first.states[0]?.used, 1_000);
    const second = await take(counting(store), [tokens(50)], 50);
    assert.equal(second.granted, false);
    store.settle(first.reservation, [100]);
    const third = await take(counting(store), [tokens(5_000)], 50);
    assert.ok(third.granted);
    assert.equal(third.states[0]?.used, 1_000);
  });

  it('is none where too little is left to begin', async () => {
    const store = createMemoryLimits();
    await take(counting(store), [tokens(960)], 50);
    const taken = await take(counting(store), [tokens(200)], 50);
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [0]);
    assert.equal(taken.states[0]?.used, 960);
  });

  it('takes nothing anywhere when one limit is used up', async () => {
    const store = createMemoryLimits();
    for (let time = 0; time < 3; time += 1) await take(counting(store), [requests], 1);
    const taken = await take(counting(store), [tokens(10), requests], 1);
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [1]);
    assert.deepEqual(refused, ['user requests']);
    assert.equal(taken.states[0]?.used, 0);
  });

  it('is refused as the gateway’s own trouble when nobody can count', async () => {
    const store = createMemoryLimits();
    const broken = { ...store, reserve: () => Promise.reject(new Error('gone')) };
    await assert.rejects(async () => take(counting(broken), [requests], 1), {
      code: 'limits-unavailable',
    });
  });
});
