/** Limits are kept apart by owner and model, and forgotten in the end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLimits } from './limits.ts';

const steady = (): number => 1;

describe('limits', () => {
  it('concern one owner and one model', () => {
    const limits = createLimits(steady);
    limits.of('key-1', 'gpt-4o').park('rate-limited', 0, 1_000);
    assert.equal(limits.state('key-1', 'gpt-4o', 0)?.untilMs, 1_000);
    assert.equal(limits.state('key-1', 'gpt-4o-mini', 0), undefined);
    assert.equal(limits.state('key-2', 'gpt-4o', 0), undefined);
  });

  it('are over by themselves', () => {
    const limits = createLimits(steady);
    limits.of('key-1', 'gpt-4o').park('rate-limited', 0, 1_000);
    assert.equal(limits.state('key-1', 'gpt-4o', 1_000), undefined);
  });

  it('are forgotten once they are over and it works again', () => {
    const limits = createLimits(steady);
    assert.equal(limits.isEmpty(), true);
    limits.of('key-1', 'gpt-4o').park('rate-limited', 0, 1_000);
    limits.worked('key-1', 'gpt-4o', 500);
    assert.equal(limits.state('key-1', 'gpt-4o', 500)?.untilMs, 1_000, 'not over yet');
    limits.worked('key-2', 'gpt-4o', 1_000);
    assert.equal(limits.isEmpty(), false, 'another key worked');
    limits.worked('key-1', 'gpt-4o', 1_000);
    assert.equal(limits.isEmpty(), true);
  });

  it('back off longer each time until it works', () => {
    const limits = createLimits(steady);
    const park = (nowMs: number): number =>
      limits.of('key-1', 'gpt-4o').park('rate-limited', nowMs, undefined) - nowMs;
    assert.equal(park(0), 1_000);
    assert.equal(park(1_000), 2_000);
    limits.worked('key-1', 'gpt-4o', 3_000);
    assert.equal(park(3_000), 1_000);
  });

  it('are bounded in number: the one that was met longest ago goes', () => {
    const limits = createLimits(steady);
    limits.of('key-1', 'first').park('rate-limited', 0, 1_000);
    limits.of('key-1', 'second').park('rate-limited', 0, 1_000);
    limits.of('key-1', 'first');
    for (let model = 0; model < 9_999; model += 1) limits.of('key-1', `other-${model}`);
    assert.equal(limits.state('key-1', 'first', 0)?.untilMs, 1_000);
    assert.equal(limits.state('key-1', 'second', 0), undefined);
  });
});
