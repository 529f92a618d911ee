/** When a channel is taken out of traffic, and how it comes back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Breaker, createBreaker } from './breaker.ts';

const steady = (): number => 1;

function failing(times: number, nowMs = 0): Breaker {
  const breaker = createBreaker(steady);
  for (let time = 0; time < times; time += 1) breaker.failed(nowMs, false);
  return breaker;
}

describe('a breaker', () => {
  it('is closed at first, and at full warmth', () => {
    const breaker = createBreaker(steady);
    assert.equal(breaker.state(0), undefined);
    assert.equal(breaker.isOpen(), false);
    assert.equal(breaker.warmth(0), 1);
    assert.equal(breaker.began(0), false);
  });

  it('opens at the fifth failure in a row, not before', () => {
    assert.equal(failing(4).isOpen(), false);
    assert.deepEqual(failing(5).state(0), { type: 'broken', untilMs: 1_000 });
  });

  it('counts anew after a success', () => {
    const breaker = failing(4);
    breaker.succeeded(0);
    for (let time = 0; time < 4; time += 1) breaker.failed(0, false);
    assert.equal(breaker.isOpen(), false);
  });

  const mixes = [
    { name: 'half of twenty', pattern: 'SF'.repeat(10), stepMs: 500, opens: true },
    { name: 'a third', pattern: 'SSF'.repeat(15), stepMs: 200, opens: false },
    { name: 'half of fewer than twenty', pattern: 'SF'.repeat(9), stepMs: 500, opens: false },
    {
      name: 'half of twenty within a minute',
      pattern: 'SF'.repeat(10),
      stepMs: 3_000,
      opens: false,
    },
  ];
  for (const { name, pattern, stepMs, opens } of mixes) {
    it(`${opens ? 'opens' : 'stays closed'} when ${name} fail`, () => {
      const breaker = createBreaker(steady);
      Array.from(pattern).forEach((result, index) => {
        if (result === 'S') breaker.succeeded(index * stepMs);
        else breaker.failed(index * stepMs, false);
      });
      assert.equal(breaker.isOpen(), opens);
    });
  }

  it('does not wait for a trial that says nothing', () => {
    const breaker = failing(5);
    assert.equal(breaker.began(1_000), true);
    assert.deepEqual(breaker.state(4_999), { type: 'on-trial' });
    assert.equal(breaker.began(4_999), false);
    assert.equal(breaker.state(5_000), undefined);
    assert.equal(breaker.began(5_000), true);
  });

  it('lets one request try it out when its time is over, and nobody else meanwhile', () => {
    const breaker = failing(5);
    assert.equal(breaker.began(999), false);
    assert.equal(breaker.state(1_000), undefined);
    assert.equal(breaker.began(1_000), true);
    assert.deepEqual(breaker.state(1_000), { type: 'on-trial' });
    assert.equal(breaker.began(1_001), false);
  });

  it('closes when the trial succeeds, and warms up over ten seconds', () => {
    const breaker = failing(5);
    breaker.began(1_000);
    breaker.succeeded(2_000);
    assert.equal(breaker.isOpen(), false);
    const warmths = [2_000, 2_500, 7_000, 12_000, 20_000].map((nowMs) => breaker.warmth(nowMs));
    assert.deepEqual(warmths, [0.1, 0.1, 0.5, 1, 1]);
  });

  it('stays open longer after each failed trial, but never longer than four seconds', () => {
    const breaker = failing(5);
    const spans: number[] = [];
    let nowMs = 1_000;
    for (let trial = 0; trial < 4; trial += 1) {
      assert.equal(breaker.began(nowMs), true);
      breaker.failed(nowMs, true);
      const state = breaker.state(nowMs);
      assert.ok(state?.type === 'broken');
      spans.push(state.untilMs - nowMs);
      nowMs = state.untilMs;
    }
    assert.deepEqual(spans, [2_000, 4_000, 4_000, 4_000]);
  });

  it('begins with the short span again after it healed', () => {
    const breaker = failing(5);
    breaker.began(1_000);
    breaker.failed(1_000, true);
    breaker.began(3_000);
    breaker.succeeded(3_000);
    for (let time = 0; time < 5; time += 1) breaker.failed(4_000, false);
    assert.deepEqual(breaker.state(4_000), { type: 'broken', untilMs: 5_000 });
  });

  it('can be tried again at once after a trial that said nothing', () => {
    const breaker = failing(5);
    breaker.began(1_000);
    breaker.abstained();
    assert.equal(breaker.state(1_000), undefined);
    assert.equal(breaker.began(1_000), true);
  });

  it('is not kept open by what was sent before it opened and fails late', () => {
    const breaker = failing(5);
    breaker.failed(1_500, false);
    assert.equal(breaker.state(1_500), undefined);
    breaker.began(1_500);
    breaker.failed(1_600, false);
    assert.deepEqual(breaker.state(1_600), { type: 'on-trial' }, 'the trial is still running');
  });

  it('is closed by any success, such as that of a request sent for want of other channels', () => {
    const breaker = failing(5);
    breaker.succeeded(500);
    assert.equal(breaker.state(500), undefined);
  });

  it('opens for a little less by chance, so that several gateways do not try at once', () => {
    const breaker = createBreaker(() => 0);
    for (let time = 0; time < 5; time += 1) breaker.failed(0, false);
    assert.deepEqual(breaker.state(0), { type: 'broken', untilMs: 900 });
  });
});
