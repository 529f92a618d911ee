/** How long a request waits for a channel when none can be asked at once. */
import { random } from '../lib/random.ts';
import { createTimer } from '../lib/timer.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Abort } from './abort.ts';
import { type Choice, freeAtMs, isHeldBack } from './choose.ts';

export interface Patience {
  /** Undefined: waiting is of no use, or has lasted long enough. */
  waitMs(nowMs: number): number | undefined;
}

/** A channel that is parked no longer than this is waited for, once. */
const PARKED_MS_MAX = 5_000;
/** Those who wait for the same moment do not all come at once. */
const SPREAD_MS = 50;
/** How long one waits for the others who take over from a failed channel. */
const HELD_BACK_MS_MAX = 1_000;
const HELD_BACK_STEP_MS = 10;

export function createPatience(choice: Choice, ingress: Ingress): Patience {
  let mayWaitForParked = true;
  let heldBackMs = 0;

  return {
    waitMs(nowMs) {
      if (heldBackMs < HELD_BACK_MS_MAX && isHeldBack(choice, nowMs)) {
        const stepMs = HELD_BACK_STEP_MS * (1 + random());
        heldBackMs += stepMs;
        return stepMs;
      }
      const freeMs = mayWaitForParked ? freeAtMs(choice, nowMs) : undefined;
      const lastMs = Math.min(nowMs + PARKED_MS_MAX, ingress.deadlineMs);
      if (freeMs === undefined || freeMs > lastMs) return undefined;
      mayWaitForParked = false;
      return freeMs - nowMs + SPREAD_MS * random();
    },
  };
}

/** Rejects with the reason when the exchange is given up meanwhile. */
export function sleep(milliseconds: number, abort: Abort): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = createTimer();
    // Timers may fire a little early; what is waited for must be over.
    timer.set(Math.ceil(milliseconds) + 1, () => {
      abort.onAbort(undefined);
      resolve();
    });
    abort.onAbort((reason) => {
      timer.clear();
      reject(reason);
    });
  });
}
