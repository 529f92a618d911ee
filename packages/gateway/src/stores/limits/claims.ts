/** What every store of counters makes of claims: which are sound, and what a settlement counts. */
import type { Counter, CounterStates } from '../../model/limits.ts';

/** A window is this many buckets and the one that runs; its error is at most one bucket. */
export const BUCKETS = 60;

/** Nothing used, nothing reserved. */
export function unused(counters: readonly Counter[]): CounterStates {
  const zeros = counters.map(() => 0);
  return { used: zeros, resetMs: zeros, retryAfterMs: zeros };
}

/** Counts are exact up to 2^53; what is no count would spoil a counter for good. */
export function checkClaims(counters: readonly Counter[], amounts: readonly number[]): void {
  checkCounters(counters);
  checkAmounts(counters, amounts);
}

export function checkCounters(counters: readonly Counter[]): void {
  for (const counter of counters) {
    const { limit, spanMs } = counter;
    if (!(limit >= 0 && Number.isSafeInteger(spanMs) && spanMs >= 1)) {
      throw new RangeError(`no counter that can count: ${JSON.stringify(counter)}`);
    }
  }
}

export function checkAmounts({ length }: readonly Counter[], amounts: readonly number[]): void {
  for (let index = 0; index < length; index += 1) {
    const amount = amounts[index] ?? Number.NaN;
    if (!(Number.isSafeInteger(amount) && amount >= 0)) {
      throw new RangeError(`no amount that can be counted: ${amount}`);
    }
  }
}

export function limitOf(counter: Counter): number {
  return Math.min(counter.limit, Number.MAX_SAFE_INTEGER);
}

/**
 * What a counter holds of a claim after its settlement. What is no count leaves the reserved amount:
 * a settlement must not fail, and a counter must not become NaN.
 */
export function settledAmount(
  { shape }: Counter,
  amount: number,
  used: number | undefined,
): number {
  if (shape === 'concurrency') return 0;
  if (used === undefined || !(used >= 0)) return amount;
  return Math.min(Math.ceil(used), Number.MAX_SAFE_INTEGER);
}
