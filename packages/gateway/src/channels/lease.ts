/** One place on a channel: counted while it is held, and judged once. */
import { nowMs as clockMs } from '../lib/clock.ts';
import type { Lease } from '../model/channel.ts';
import type { Attempt, Ledger } from './ledger.ts';
import type { Vitals } from './vitals.ts';

interface Terms extends Attempt {
  readonly isRetry: boolean;
}

export function createLease(
  { asker, key, isTrial, isRetry }: Terms,
  vitals: Vitals,
  ledger: Ledger,
): Lease {
  let attempt: Attempt = { asker, key, isTrial };
  let verdict: 'open' | 'answered' | 'charged' = 'open';
  let holdsRetry = isRetry;
  let isReleased = false;
  vitals.inFlight += 1;
  if (isRetry) vitals.retries += 1;

  function freeRetry(): void {
    if (holdsRetry) vitals.retries -= 1;
    holdsRetry = false;
  }

  return {
    apiKey: key?.secret,
    answered(latencyMs, stream) {
      if (verdict !== 'open') return;
      verdict = 'answered';
      freeRetry();
      if (latencyMs !== undefined)
        (stream ? vitals.streams : vitals.wholes).add(latencyMs, clockMs());
      if (!isTrial) return;
      // A long stream would keep everybody else waiting for the trial's end.
      ledger.worked(attempt);
      attempt = { asker, key, isTrial: false };
    },
    failed(charge) {
      if (verdict === 'charged') return;
      verdict = 'charged';
      ledger.failed(attempt, charge);
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      vitals.inFlight -= 1;
      freeRetry();
      if (verdict === 'answered') ledger.worked(attempt);
      else if (verdict === 'open') ledger.failed(attempt, { type: 'none' });
    },
  };
}
