/** For how long something is left alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createParking } from './parking.ts';

const steady = (): number => 1;

describe('parking', () => {
  it('ends when the upstream said', () => {
    const parking = createParking(steady);
    assert.equal(parking.state(0), undefined);
    assert.equal(parking.park('rate-limited', 1_000, 3_000), 3_000);
    assert.deepEqual(parking.state(2_999), { reason: 'rate-limited', untilMs: 3_000 });
    assert.equal(parking.state(3_000), undefined);
  });

  it('never lasts longer than a day, whatever was said', () => {
    assert.equal(createParking(steady).park('rate-limited', 1_000, 1e12), 86_401_000);
  });

  const unsaid = [
    { reason: 'credential', spans: [300_000, 300_000] },
    { reason: 'billing', spans: [300_000, 300_000] },
    { reason: 'rate-limited', spans: [1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1_000) },
    { reason: 'overloaded', spans: [1_000, 2_000] },
  ] as const;
  for (const { reason, spans } of unsaid) {
    it(`for ${reason} takes ${spans.map((span) => span / 1_000).join(', ')} s when nothing was said`, () => {
      const parking = createParking(steady);
      let nowMs = 0;
      for (const span of spans) {
        const untilMs = parking.park(reason, nowMs, undefined);
        assert.equal(untilMs - nowMs, span);
        nowMs = untilMs;
      }
    });
  }

  it('takes half of it at least, by chance', () => {
    assert.equal(createParking(() => 0).park('rate-limited', 0, undefined), 500);
  });

  it('is not prolonged by many answers to one limit', () => {
    const parking = createParking(steady);
    for (let answer = 0; answer < 50; answer += 1) parking.park('rate-limited', answer, undefined);
    assert.deepEqual(parking.state(0), { reason: 'rate-limited', untilMs: 1_000 });
    assert.equal(parking.park('rate-limited', 1_000, undefined), 3_000);
  });

  it('keeps the longest of several words', () => {
    const parking = createParking(steady);
    parking.park('rate-limited', 0, 5_000);
    assert.equal(parking.park('rate-limited', 10, 2_000), 5_000);
    assert.equal(parking.park('rate-limited', 20, 7_000), 7_000);
    assert.equal(parking.park('credential', 30, undefined), 300_030);
    assert.deepEqual(parking.state(8_000), { reason: 'credential', untilMs: 300_030 });
  });

  it('begins with the shortest span after it worked, but ends no sooner for it', () => {
    const parking = createParking(steady);
    parking.park('rate-limited', 0, undefined);
    parking.park('rate-limited', 1_000, undefined);
    parking.worked();
    assert.deepEqual(parking.state(2_000), { reason: 'rate-limited', untilMs: 3_000 });
    assert.equal(parking.park('rate-limited', 3_000, undefined), 4_000);
  });
});
