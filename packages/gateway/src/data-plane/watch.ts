/** The three clocks of a running stream: the upstream's silence, the line's quiet, the client's stall. */
import { nowMs } from '../lib/clock.ts';
import { createTimer } from '../lib/timer.ts';
import type { Timeouts } from '../model/settings.ts';

export interface Watch {
  /** When something came from the upstream; in whole milliseconds, so that noting one allocates nothing. */
  movedAtMs: number;
  /** The client takes nothing more for now; the upstream is not to blame for its silence. */
  blocked(): void;
  unblocked(): void;
  clear(): void;
}

interface Alarms {
  /** The upstream said nothing for too long. */
  silent(): void;
  /** Nothing was written for a while; called again and again. */
  quiet(): void;
  /** The client read nothing for too long. */
  stalled(): void;
}

/**
 * What moves only notes when: a timer that was set anew for every event cost more than the event's
 * reading. The one timer looks, when it is due, whether it still is.
 */
export function startWatch(timeouts: Timeouts, alarms: Alarms): Watch {
  const timer = createTimer();
  const silenceMs = timeouts.idleMs || Number.POSITIVE_INFINITY;
  const quietMs = timeouts.keepAliveMs || Number.POSITIVE_INFINITY;
  let toldAtMs = 0;
  const watch: Watch = {
    movedAtMs: 0,
    blocked() {
      timer.set(timeouts.stalledClientMs, alarms.stalled);
    },
    unblocked: listen,
    clear() {
      timer.clear();
    },
  };

  function look(): void {
    const now = wholeMs();
    const { movedAtMs } = watch;
    if (now - movedAtMs >= silenceMs) return alarms.silent();
    if (now - Math.max(movedAtMs, toldAtMs) >= quietMs) {
      toldAtMs = now;
      wait(now);
      alarms.quiet();
    } else wait(now);
  }

  function wait(now: number): void {
    const { movedAtMs } = watch;
    const dueMs = Math.min(movedAtMs + silenceMs, Math.max(movedAtMs, toldAtMs) + quietMs);
    if (dueMs !== Number.POSITIVE_INFINITY) timer.set(dueMs - now, look);
  }

  function listen(): void {
    watch.movedAtMs = wholeMs();
    wait(watch.movedAtMs);
  }

  listen();
  return watch;
}

/** Something came from the upstream. */
export function noteMove(watch: Watch): void {
  watch.movedAtMs = wholeMs();
}

function wholeMs(): number {
  return Math.floor(nowMs());
}
