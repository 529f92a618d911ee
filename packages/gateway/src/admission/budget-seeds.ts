/** What a key has spent already, from the database into counters that live in this process only. */
import { unixMs } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { createTimer } from '../lib/timer.ts';
import type { KnownKey } from '../model/keys.ts';
import type { LimitStore } from '../model/limits.ts';
import type { Database } from '../model/records.ts';
import { budgetCounter, periodStartMs } from './budget.ts';

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

export function createBudgetSeeds({ store, database }: Options): BudgetSeeds {
  const sown = new Map<string, Promise<void>>();
  /** What was used from then on is counted by this process itself, also while the database is away. */
  const firstSeenMs = new Map<string, number>();

  async function sowNow(key: KnownKey, from: Database): Promise<void> {
    const period = key.limits.budgetPeriod ?? 'total';
    const { costMicroUsd } = await from.sumUsage({
      keyId: key.id,
      sinceMs: periodStartMs(period),
      untilMs: firstSeenMs.get(key.id) ?? unixMs(),
    });
    if (costMicroUsd === 0) return;
    const limit = Number.MAX_SAFE_INTEGER;
    const claim = { ...budgetCounter(key.id, period), amount: costMicroUsd, limit };
    const reserved = await store.reserve(newId(''), [claim]);
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

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => createTimer().set(milliseconds, resolve));
}
