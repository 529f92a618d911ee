/** Which exchanges get a log line: all that did not go well, and a share of the others. */
import type { ExchangeRecord } from '../model/exchange.ts';

export interface LineSampling {
  /** Of the exchanges that went well, from 0 to 1. */
  share(value: number): void;
  /** For how many exchanges its line stands; 0: it gets none. */
  standsFor(record: ExchangeRecord): number;
}

export function createLineSampling(): LineSampling {
  let share = 1;
  /** The part of a line that is due; evenly spread, so that no chance makes a burst or a gap. */
  let due = 0;
  let unsaid = 0;
  return {
    share(value) {
      share = value;
    },
    standsFor(record) {
      if (share === 1 || !wentWell(record)) return 1;
      due += share;
      unsaid += 1;
      if (due < 1) return 0;
      const stands = unsaid;
      due -= 1;
      unsaid = 0;
      return stands;
    },
  };
}

function wentWell({ outcome, attempts }: ExchangeRecord): boolean {
  return outcome.cause === 'complete' && outcome.status < 400 && attempts.length < 2;
}
