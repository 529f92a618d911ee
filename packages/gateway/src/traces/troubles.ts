/** What goes wrong with sending spans, in the log once a minute at most. */
import { nowMs } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';

export interface Troubles {
  /** `dropped`: how many spans are lost by it. */
  report(reason: string, dropped: number): void;
  /** Says what was not said yet. */
  close(): void;
}

const INTERVAL_MS = 60_000;

export function createTroubles(log: Logger): Troubles {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  let latest = '';

  function say(): void {
    log.warn({ reason: latest, dropped: unsaid }, 'traces cannot be sent');
    saidAtMs = nowMs();
    unsaid = 0;
  }

  return {
    report(reason, dropped) {
      latest = reason;
      unsaid += dropped;
      if (nowMs() - saidAtMs >= INTERVAL_MS) say();
    },
    close() {
      if (unsaid > 0) say();
    },
  };
}
