/** What a key has spent already, from the database into counters that live in this process only. */
import { unixMs } from '../lib/clock.ts';
import { createTimer } from '../lib/timer.ts';
import type { KnownKey } from '../model/keys.ts';
import type { Counter, LimitStore } from '../model/limits.ts';
import type { Database } from '../model/records.ts';
import { type BudgetPeriod, budgetCounter, periodStartMs } from './budget.ts';

export interface BudgetSeeds {
  /** Resolves once the key's counter holds what was spent before, or when that cannot be known in time. */
  sow(key: KnownKey): Promise<void> | undefined;
}

interface Options {
  readonly store: LimitStore;
  /** Undefined: the counters outlive the process by themselves. */
  readonly database: Database | undefined;
}

/** A request waits for it at most this long; a database that is away must not stop known keys. */
const WAIT_MS = 500;
const LOOK_MS = 20;

const NOT_SOWN = 0;
const SOWING = 1;
const SOWN = 2;

export function createBudgetSeeds({ store, database }: Options): BudgetSeeds {
  const sown = new Map<string, Promise<void>>();
  /** What was used from then on is counted by this process itself, also while the database is away. */
  const firstSeenMs = new Map<string, number>();

  async function sowNow(key: KnownKey, from: Database): Promise<void> {
    const period = key.limits.budgetPeriod ?? 'total';
    const mark = markOf(key.id, period);
    const turn = await store.reserve([mark], [SOWING]);
    if (!turn.granted) return untilSown(mark);
    const isSown = await addSpent(key, period, from).then(
      () => true,
      () => false,
    );
    await store.settle(turn.reservation, [isSown ? SOWN : NOT_SOWN]);
    if (!isSown) sown.delete(key.id);
  }

  /** Another worker, which shares the counters, is about it. */
  async function untilSown(mark: Counter): Promise<void> {
    for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += LOOK_MS) {
      const { used } = await store.look([mark]);
      if (used[0] !== SOWING) return;
      await later(LOOK_MS);
    }
  }

  async function addSpent(key: KnownKey, period: BudgetPeriod, from: Database): Promise<void> {
    const { costMicroUsd } = await from.sumUsage({
      keyId: key.id,
      sinceMs: periodStartMs(period),
      untilMs: firstSeenMs.get(key.id) ?? unixMs(),
    });
    if (costMicroUsd === 0) return;
    const limit = Number.MAX_SAFE_INTEGER;
    const counter = { ...budgetCounter(key.id, period), limit };
    const reserved = await store.reserve([counter], [costMicroUsd]);
    if (reserved.granted) await store.settle(reserved.reservation, [costMicroUsd]);
  }

  return {
    sow(key) {
      if (database === undefined || key.limits.budgetMicroUsd === undefined) return undefined;
      const known = sown.get(key.id);
      if (known !== undefined) return known;
      if (!firstSeenMs.has(key.id)) firstSeenMs.set(key.id, unixMs());
      const sowing = sowNow(key, database).catch(() => {
        sown.delete(key.id);
      });
      const waited = Promise.race([sowing, later(WAIT_MS)]);
      sown.set(key.id, waited);
      return waited;
    },
  };
}

/** A counter beside that of the budget, which says how far the sowing is: whoever is granted it sows. */
function markOf(keyId: string, period: BudgetPeriod): Counter {
  const { subject, ...rest } = budgetCounter(keyId, period);
  return { ...rest, subject: `${subject}:sown`, limit: SOWING };
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => createTimer().set(milliseconds, resolve));
}
