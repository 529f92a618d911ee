/** What attempts do to a channel, and what that means for the next ones. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Asker, ChannelHealth, Charge } from '../model/channel.ts';
import { createHealth } from './health.ts';
import type { HealthChange } from './ledger.ts';
import { createVitals } from './vitals.ts';

const steady = (): number => 1;
const FAILURE: Charge = { type: 'failure' };
const asker: Asker = { model: 'gpt-4o', clientKey: undefined };
const ann: Asker = { model: 'gpt-4o', clientKey: 'key of Ann' };
const ben: Asker = { model: 'gpt-4o', clientKey: 'key of Ben' };

function park(reason: (Charge & { type: 'park' })['reason'], untilMs?: number): Charge {
  return { type: 'park', reason, untilMs };
}

interface Bench {
  readonly health: ChannelHealth;
  readonly changes: readonly string[];
  /** An attempt that is charged so. */
  fails(charge: Charge, by?: Asker): void;
  works(by?: Asker): void;
  /** `free`, or why it cannot be asked. */
  state(by?: Asker): string;
}

describe('the health of a channel', () => {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 0;
    mock.method(performance, 'now', () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  function bench(apiKeys: readonly string[] = [], weight = 1): Bench {
    const changes: string[] = [];
    const changed = (change: HealthChange): void => {
      changes.push(change.type === 'parked' ? `parked: ${change.reason}` : change.type);
    };
    const health = createHealth({ vitals: createVitals(steady), apiKeys, weight, changed });
    return {
      health,
      changes,
      fails(charge, by = asker) {
        const lease = health.begin(by, false);
        lease.failed(charge);
        lease.release();
      },
      works(by = asker) {
        const lease = health.begin(by, false);
        lease.answered(10, false);
        lease.release();
      },
      state(by = asker) {
        const obstacle = health.obstacle(by, nowMs);
        if (obstacle?.type !== 'parked') return obstacle?.type ?? 'free';
        return `${obstacle.reason}${obstacle.ofClient ? ' of the client' : ''}`;
      },
    };
  }

  it('counts what is in flight until it is released, and each only once', () => {
    const { health } = bench();
    const one = health.begin(asker, false);
    const two = health.begin(asker, false);
    assert.equal(health.inFlight(), 2);
    one.release();
    one.release();
    assert.equal(health.inFlight(), 1);
    two.answered(10, true);
    assert.equal(health.inFlight(), 1, 'a stream that is answered still runs');
    two.release();
    assert.equal(health.inFlight(), 0);
  });

  it('measures streams and whole answers apart', () => {
    const { health, works } = bench();
    works();
    assert.equal(health.latencyMs(false), 10);
    assert.equal(health.latencyMs(true), undefined);
  });

  it('lets a fifth of what is in flight be retries, but always three', () => {
    const { health } = bench();
    const retries = [1, 2, 3].map(() => health.begin(asker, true));
    assert.equal(health.mayRetry(), false);
    for (let count = 0; count < 17; count += 1) health.begin(asker, false);
    assert.equal(health.mayRetry(), true, '3 of 20');
    health.begin(asker, true);
    assert.equal(health.mayRetry(), true, '4 of 21');
    health.begin(asker, true);
    assert.equal(health.mayRetry(), false, '5 of 22');
    retries[0]?.answered(10, false);
    assert.equal(health.mayRetry(), true, 'an answered retry is none any more');
  });

  describe('that fails', () => {
    it('is broken after five failures, tried out by one request, then healed and warming up', () => {
      const { health, changes, fails, works, state } = bench([], 10);
      for (let time = 0; time < 5; time += 1) fails(FAILURE);
      assert.equal(state(), 'broken');
      nowMs = 1_000;
      assert.equal(state(), 'free');
      const trial = health.begin(asker, false);
      assert.equal(state(), 'on-trial');
      trial.answered(10, true);
      assert.equal(state(), 'free', 'a stream heals it by its first output');
      assert.equal(health.weight(), 1);
      trial.release();
      works();
      nowMs = 11_000;
      assert.equal(health.weight(), 10);
      assert.deepEqual(changes, ['broken', 'healed']);
    });

    it('is free for the next trial when a trial ends without a verdict', () => {
      const { health, fails, state } = bench();
      for (let time = 0; time < 5; time += 1) fails(FAILURE);
      for (const charge of [undefined, { type: 'none' } as const, park('rate-limited', 0)]) {
        nowMs = 1_000;
        const trial = health.begin(asker, false);
        assert.equal(state(), 'on-trial');
        if (charge !== undefined) trial.failed(charge);
        trial.release();
        assert.equal(state(), 'free');
      }
    });

    it('counts a stream as failed that was cut after its first output', () => {
      const { health, state } = bench();
      for (let time = 0; time < 5; time += 1) {
        const lease = health.begin(asker, false);
        lease.answered(10, true);
        lease.failed(FAILURE);
        lease.failed(FAILURE);
        lease.release();
        assert.equal(state(), time < 4 ? 'free' : 'broken');
      }
    });

    it('is not blamed for attempts that nobody judged', () => {
      const { health, state } = bench();
      for (let time = 0; time < 9; time += 1) health.begin(asker, false).release();
      assert.equal(state(), 'free');
    });
  });

  describe('that is limited', () => {
    const cases = [
      { reason: 'rate-limited', sameModel: 'rate-limited', otherModel: 'free' },
      { reason: 'forbidden', sameModel: 'forbidden', otherModel: 'free' },
      { reason: 'credential', sameModel: 'credential', otherModel: 'credential' },
      { reason: 'billing', sameModel: 'billing', otherModel: 'billing' },
      { reason: 'overloaded', sameModel: 'overloaded', otherModel: 'overloaded' },
    ] as const;
    for (const { reason, sameModel, otherModel } of cases) {
      it(`as ${reason} with its only key is ${otherModel} for another model`, () => {
        const { fails, state, changes } = bench(['own']);
        fails(park(reason, 1_000));
        assert.equal(state(), sameModel);
        assert.equal(state({ ...asker, model: 'gpt-4o-mini' }), otherModel);
        nowMs = 1_000;
        assert.equal(state(), 'free');
        assert.deepEqual(changes, [`parked: ${reason}`]);
      });
    }

    it('goes on with its other key', () => {
      const { health, fails, state } = bench(['one', 'two']);
      assert.equal(health.begin(asker, false).apiKey, 'one');
      fails(park('credential'));
      assert.equal(state(), 'free');
      assert.equal(health.begin(asker, false).apiKey, 'one');
      assert.equal(health.begin(asker, false).apiKey, 'one');
    });

    it('tells an operator once, not with every answer', () => {
      const { health, changes } = bench(['own']);
      const leases = [1, 2, 3].map(() => health.begin(asker, false));
      for (const lease of leases) lease.failed(park('rate-limited', 1_000));
      assert.deepEqual(changes, ['parked: rate-limited']);
    });
  });

  describe("that passes on clients' keys", () => {
    for (const reason of ['rate-limited', 'billing'] as const) {
      it(`is ${reason} for the client that it is about, and no business of an operator`, () => {
        const { fails, state, changes } = bench();
        fails(park(reason, 1_000), ann);
        assert.equal(state(ann), `${reason} of the client`);
        assert.equal(state(ben), 'free');
        assert.equal(state({ ...ann, model: 'gpt-4o-mini' }), 'free');
        assert.deepEqual(changes, []);
      });
    }

    it('is overloaded for everybody', () => {
      const { fails, state, changes } = bench();
      fails(park('overloaded', 1_000), ann);
      assert.equal(state(ben), 'overloaded');
      assert.deepEqual(changes, ['parked: overloaded']);
    });

    it("backs off anew after the client's key worked", () => {
      const { health, fails, works } = bench();
      const untilMs = (): number | undefined => {
        const obstacle = health.obstacle(ann, nowMs);
        return obstacle?.type === 'parked' ? obstacle.untilMs : undefined;
      };
      fails(park('rate-limited'), ann);
      assert.equal(untilMs(), 1_000);
      nowMs = 1_000;
      works(ann);
      fails(park('rate-limited'), ann);
      assert.equal(untilMs(), 2_000);
    });
  });
});
