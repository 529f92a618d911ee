/** What every store of counters makes of claims: which are sound, and what a settlement counts. */
import type { Claim, CounterState } from '../../model/limits.ts';

/** A window is this many buckets and the one that runs; its error is at most one bucket. */
export const BUCKETS = 60;

/** Nothing used, nothing reserved. */
export const UNUSED: CounterState = { used: 0, resetMs: 0, retryAfterMs: 0 };

/** Counts are exact up to 2^53; what is no count would spoil a counter for good. */
export function checkClaims(claims: readonly Claim[]): void {
  for (let index = 0; index < claims.length; index += 1) {
    const claim = claims[index];
    if (claim === undefined || !isSound(claim)) {
      throw new RangeError(`no claim that can be counted: ${JSON.stringify(claim)}`);
    }
  }
}

function isSound({ amount, limit, spanMs }: Claim): boolean {
  return (
    Number.isSafeInteger(amount) &&
    amount >= 0 &&
    limit >= 0 &&
    Number.isSafeInteger(spanMs) &&
    spanMs >= 1
  );
}

export function limitOf(claim: Claim): number {
  return Math.min(claim.limit, Number.MAX_SAFE_INTEGER);
}

/**
 * What a counter holds of a claim after its settlement. What is no count leaves the reserved amount:
 * a settlement must not fail, and a counter must not become NaN.
 */
export function settledAmount(claim: Claim, used: number | undefined): number {
  if (claim.shape === 'concurrency') return 0;
  if (used === undefined || !(used >= 0)) return claim.amount;
  return Math.min(Math.ceil(used), Number.MAX_SAFE_INTEGER);
}
