/** A request takes what is left of a window, if it can begin with that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryLimits } from '../stores/limits/memory.ts';
import { take } from './reserve.ts';
import type { Demand } from './rules.ts';

function tokens(amount: number, limit = 1_000): Demand {
  const claim = {
    subject: 'user:a:tokens',
    shape: 'window',
    amount,
    limit,
    spanMs: 60_000,
  } as const;
  return { unit: 'tokens', by: 'user', claim };
}

const requests: Demand = {
  unit: 'requests',
  by: 'user',
  claim: { subject: 'user:a:requests', shape: 'window', amount: 1, limit: 3, spanMs: 60_000 },
};

describe('a reservation', () => {
  it('is whole where it fits', async () => {
    const taken = await take(createMemoryLimits(), 'a', {
      demands: [tokens(400)],
      leastTokens: 50,
    });
    assert.ok(taken.granted);
    assert.equal(taken.states[0]?.used, 400);
  });

  it('is what is left where more is asked for, and then nothing is', async () => {
    const store = createMemoryLimits();
    const first = await take(store, 'a', { demands: [tokens(5_000)], leastTokens: 50 });
    assert.ok(first.granted);
    assert.equal(first.states[0]?.used, 1_000);
    const second = await take(store, 'b', { demands: [tokens(50)], leastTokens: 50 });
    assert.equal(second.granted, false);
    store.settle(first.reservation, [100]);
    const third = await take(store, 'c', { demands: [tokens(5_000)], leastTokens: 50 });
    assert.ok(third.granted);
    assert.equal(third.states[0]?.used, 1_000);
  });

  it('is none where too little is left to begin', async () => {
    const store = createMemoryLimits();
    await take(store, 'a', { demands: [tokens(960)], leastTokens: 50 });
    const taken = await take(store, 'b', { demands: [tokens(200)], leastTokens: 50 });
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [0]);
    assert.equal(taken.states[0]?.used, 960);
  });

  it('takes nothing anywhere when one limit is used up', async () => {
    const store = createMemoryLimits();
    for (const id of ['a', 'b', 'c'])
      await take(store, id, { demands: [requests], leastTokens: 1 });
    const taken = await take(store, 'd', { demands: [tokens(10), requests], leastTokens: 1 });
    assert.ok(!taken.granted);
    assert.deepEqual(taken.refusedBy, [1]);
    assert.equal(taken.states[0]?.used, 0);
  });
});
