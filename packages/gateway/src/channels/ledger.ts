/** What the end of an attempt means for its channel and the key that it used. */
import { nowMs as clockMs } from '../lib/clock.ts';
import { digestOf } from '../lib/digest.ts';
import type { Asker, Charge, ParkReason } from '../model/channel.ts';
import type { ChannelKey } from './key-ring.ts';
import type { Parking } from './parking.ts';
import type { Vitals } from './vitals.ts';

/** It changed in a way that an operator should know of. */
export type HealthChange =
  | { readonly type: 'broken' }
  | { readonly type: 'healed' }
  | { readonly type: 'parked'; readonly reason: ParkReason; readonly forMs: number };

export interface Attempt {
  readonly asker: Asker;
  /** Undefined: the client's is passed on. */
  readonly key: ChannelKey | undefined;
  /** It tries out whether the channel has healed. */
  readonly isTrial: boolean;
}

export interface Ledger {
  worked(attempt: Attempt): void;
  failed(attempt: Attempt, charge: Charge): void;
}

export function createLedger(vitals: Vitals, changed: (change: HealthChange) => void): Ledger {
  const { breaker, parking, limits } = vitals;

  /** Too much load is the channel's, a bad key the key's for every model; a client's key is its own affair. */
  function parkingFor(reason: ParkReason, { asker, key }: Attempt): Parking {
    if (reason === 'overloaded') return parking;
    const isOfAllModels = reason === 'credential' || reason === 'billing';
    if (isOfAllModels && key !== undefined) return key.parking;
    return limits.of(ownerOf(asker, key), asker.model);
  }

  function park(attempt: Attempt, reason: ParkReason, toldMs: number | undefined): void {
    const nowMs = clockMs();
    const place = parkingFor(reason, attempt);
    const isNew = place.state(nowMs) === undefined;
    const untilMs = place.park(reason, nowMs, toldMs);
    const isOfClient = attempt.key === undefined && place !== parking;
    if (isNew && !isOfClient) changed({ type: 'parked', reason, forMs: untilMs - nowMs });
  }

  function fail(isTrial: boolean): void {
    const wasOpen = breaker.isOpen();
    breaker.failed(clockMs(), isTrial);
    if (!wasOpen && breaker.isOpen()) changed({ type: 'broken' });
  }

  return {
    worked({ asker, key }) {
      const wasOpen = breaker.isOpen();
      const nowMs = clockMs();
      breaker.succeeded(nowMs);
      parking.worked();
      key?.parking.worked();
      if (!limits.isEmpty()) limits.worked(ownerOf(asker, key), asker.model, nowMs);
      if (wasOpen) changed({ type: 'healed' });
    },
    failed(attempt, charge) {
      if (charge.type === 'failure') return fail(attempt.isTrial);
      if (attempt.isTrial) breaker.abstained();
      if (charge.type === 'park') park(attempt, charge.reason, charge.untilMs);
    },
  };
}

/** Whose limit it is: that of a key of the channel, or of the client's. */
export function ownerOf({ clientKey }: Asker, key: ChannelKey | undefined): string {
  return key?.secret ?? (clientKey === undefined ? '' : digestOf(clientKey));
}
