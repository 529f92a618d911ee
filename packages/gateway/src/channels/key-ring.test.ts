/** Which of its keys a channel uses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Asker } from '../model/channel.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { createLimits, type Limits } from './limits.ts';
import { createParking, type Parking } from './parking.ts';

const steady = (): number => 1;

const askerOf = (model: string): Asker => ({ model, clientKey: undefined });

interface Bench {
  readonly ring: KeyRing;
  readonly limits: Limits;
  readonly parkings: readonly [Parking, Parking, Parking];
  takes(times: number, model?: string): readonly string[];
}

function bench(): Bench {
  const parkings = [createParking(steady), createParking(steady), createParking(steady)] as const;
  const limits = createLimits(steady);
  const ring = createKeyRing(
    [
      { secret: 'a', parking: parkings[0] },
      { secret: 'b', parking: parkings[1] },
      { secret: 'c', parking: parkings[2] },
    ],
    limits,
  );
  return {
    ring,
    limits,
    parkings,
    takes: (times, model = 'gpt-4o') =>
      Array.from({ length: times }, () => ring.take(askerOf(model), 0).secret),
  };
}

describe('a key ring', () => {
  it('takes keys in turn', () => {
    assert.deepEqual(bench().takes(7), ['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('skips a key that is parked, for every model', () => {
    const { parkings, takes } = bench();
    parkings[1].park('credential', 0, undefined);
    assert.deepEqual(takes(4), ['a', 'c', 'a', 'c']);
    assert.deepEqual(takes(2, 'gpt-4o-mini'), ['a', 'c']);
  });

  it('skips a key whose limit is reached, for that model only', () => {
    const { limits, takes } = bench();
    limits.of('a', 'gpt-4o').park('rate-limited', 0, 1_000);
    assert.deepEqual(takes(2), ['b', 'c']);
    assert.deepEqual(takes(3, 'gpt-4o-mini'), ['a', 'b', 'c']);
  });

  it('is no obstacle while one key is free', () => {
    const { ring, parkings } = bench();
    parkings[0].park('credential', 0, undefined);
    parkings[1].park('credential', 0, undefined);
    assert.equal(ring.obstacle(askerOf('gpt-4o'), 0), undefined);
  });

  it('is an obstacle until the first key is free, and gives that key meanwhile', () => {
    const { ring, parkings, limits, takes } = bench();
    parkings[0].park('credential', 0, undefined);
    limits.of('b', 'gpt-4o').park('rate-limited', 0, 2_000);
    limits.of('c', 'gpt-4o').park('rate-limited', 0, 1_000);
    assert.deepEqual(ring.obstacle(askerOf('gpt-4o'), 0), {
      reason: 'rate-limited',
      untilMs: 1_000,
    });
    assert.deepEqual(takes(2), ['c', 'c']);
    assert.equal(ring.obstacle(askerOf('gpt-4o'), 1_000), undefined);
  });

  it('is the first one for what lies in its account, limited or not', () => {
    const { ring, parkings } = bench();
    const asker = { ...askerOf('openai-files'), keepsKey: true };
    const taken = Array.from({ length: 3 }, () => ring.take(asker, 0).secret);
    assert.deepEqual(taken, ['a', 'a', 'a']);
    parkings[0].park('rate-limited', 0, 1_000);
    assert.equal(ring.take(asker, 0).secret, 'a');
    assert.equal(ring.obstacle(asker, 0)?.untilMs, 1_000);
  });
});
