/** The counter of a key's budget: one for each day, month, or for good. */
import { unixMs, utcDay } from '../lib/clock.ts';
import type { Counter } from '../model/limits.ts';
import type { KeyLimits } from '../model/records.ts';

export type BudgetPeriod = NonNullable<KeyLimits['budgetPeriod']>;

const DAY_MS = 86_400_000;
/** A counter is forgotten this long after its last use: longer than its period. */
const keptMs: { readonly [period in BudgetPeriod]: number } = {
  day: 2 * DAY_MS,
  month: 40 * DAY_MS,
  total: 3_650 * DAY_MS,
};

/** Without its limit. Days and months are those of UTC. */
export function budgetCounter(keyId: string, period: BudgetPeriod): Omit<Counter, 'limit'> {
  return {
    subject: `budget:${keyId}:${nameOf(period)}`,
    shape: 'total',
    spanMs: keptMs[period],
  };
}

function nameOf(period: BudgetPeriod): string {
  const day = utcDay(unixMs());
  if (period === 'day') return day;
  return period === 'month' ? day.slice(0, 7) : 'total';
}

/** When the period began, in milliseconds since 1970. */
export function periodStartMs(period: BudgetPeriod): number {
  const day = utcDay(unixMs());
  if (period === 'total') return 0;
  return Date.parse(`${period === 'day' ? day : `${day.slice(0, 7)}-01`}T00:00:00Z`);
}

/** When it is over, in milliseconds since 1970; infinite: never. */
export function periodEndMs(period: BudgetPeriod): number {
  if (period === 'total') return Number.POSITIVE_INFINITY;
  if (period === 'day') return periodStartMs('day') + DAY_MS;
  const [year = 0, month = 0] = utcDay(unixMs()).split('-').map(Number);
  const next = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
  return Date.parse(`${next}-01T00:00:00Z`);
}
