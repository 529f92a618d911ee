/** What an operator should know of channels, in the log: once per change, never per request. */
import type { HealthChange } from '../channels/ledger.ts';
import type { Logger } from '../lib/log.ts';

export function logHealth(log: Logger, channel: string, change: HealthChange): void {
  switch (change.type) {
    case 'healed':
      return log.info({ channel }, 'channel answers again');
    case 'broken':
      return log.warn({ channel }, 'channel fails again and again; it is left alone for a while');
    case 'parked': {
      const { reason, forMs } = change;
      const level = reason === 'credential' || reason === 'billing' ? 'error' : 'warn';
      const message = 'channel or one of its keys is left alone, as the upstream said';
      return log[level]({ channel, reason, forMs: Math.round(forMs) }, message);
    }
  }
}
