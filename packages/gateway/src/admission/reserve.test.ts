/** A request takes what is left of a window, if it can begin with that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LimitStore } from '../model/limits.ts';
import { createMemoryLimits } from '../stores/limits/memory.ts';
import { type Counting, take, type Wanted } from './reserve.ts';
import type { Demand, Unit } from './rules.ts';

function demand(unit: Unit, limit: number): Demand {
  const subject = `user:a:${unit}`;
  return { unit, by: 'user', subject, shape: 'window', limit, spanMs: 60_000, period: undefined };
}

const tokens = demand('tokens', 1_000);
const requests = demand('requests', 3);

function wanted(leastTokens: number, ...wants: readonly (readonly [Demand, number])[]): Wanted {
  const demands = wants.map(([one]) => one);
  return { demands, amounts: wants.map(([, amount]) => amount), leastTokens };
}

const refused: string[] = [];

function counting(store: LimitStore): Counting {
  refused.length = 0;
  return { store, exceeded: (by, unit) => refused.push(`${by} ${unit}`) };
}

describe('a reservation', () => {
  it('is whole where it fits', async () => {
    const taken = await take(counting(createMemoryLimits()), wanted(50, [tokens, 400]));
    assert.ok(taken.granted);
    assert.equal(taken.states.used[0], 400);
  });

  it('is what is left where more is asked for, and then nothing is', async () => {
    const store = createMemoryLimits();
    const first = await take(counting(store), wanted(50, [tokens, 5_000]));
    assert.ok(first.granted);
    assert.equal(first.states.used[0], 1_000);
    const second = await take(counting(store), wanted(50, [tokens, 50]));
    assert.equal(second.granted, false);
    store.settle(first.reservation, [100]);
    const third = await take(counting(store), wanted(50, [tokens, 5_000]));
    assert.ok(third.granted);
    assert.equal(third.states.used[0], 1_000);
  });

  it('is none where too little is left to begin', async () => {
    const store = createMemoryLimits();
    await take(counting(store), wanted(50, [tokens, 960]));
    const taken = await take(counting(store), wanted(50, [tokens, 200]));
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [0]);
    assert.equal(taken.states.used[0], 960);
  });

  it('takes nothing anywhere when one limit is used up', async () => {
    const store = createMemoryLimits();
    for (let time = 0; time < 3; time += 1) await take(counting(store), wanted(1, [requests, 1]));
    const taken = await take(counting(store), wanted(1, [tokens, 10], [requests, 1]));
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [1]);
    assert.deepEqual(refused, ['user requests']);
    assert.equal(taken.states.used[0], 0);
  });

  it('is refused as the gateway’s own trouble when nobody can count', async () => {
    const store = createMemoryLimits();
    const broken = { ...store, reserve: () => Promise.reject(new Error('gone')) };
    await assert.rejects(async () => take(counting(broken), wanted(1, [requests, 1])), {
      code: 'limits-unavailable',
    });
  });
});
