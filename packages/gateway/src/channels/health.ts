/** How one channel is, and the places that exchanges take on it. */
import { nowMs as clockMs } from '../lib/clock.ts';
import type { Asker, ChannelHealth } from '../model/channel.ts';
import { createKeyRing } from './key-ring.ts';
import { createLease } from './lease.ts';
import { createLedger, type HealthChange, ownerOf } from './ledger.ts';
import type { Parked } from './parking.ts';
import type { Vitals } from './vitals.ts';

interface Options {
  readonly vitals: Vitals;
  /** None: the client's key is passed on. */
  readonly apiKeys: readonly string[];
  readonly weight: number;
  changed(change: HealthChange): void;
}

/** Envoy's retry budget: this share of what is in flight, but always a few. */
const RETRY_SHARE = 0.2;
const RETRIES_MIN = 3;

export function createHealth({ vitals, apiKeys, weight, changed }: Options): ChannelHealth {
  const { breaker, parking, limits } = vitals;
  const [first, ...others] = apiKeys.map((secret) => ({
    secret,
    parking: vitals.parkingOf(secret),
  }));
  const ring = first === undefined ? undefined : createKeyRing([first, ...others], limits);
  const ledger = createLedger(vitals, changed);

  function limited(asker: Asker, nowMs: number): Parked | undefined {
    if (ring !== undefined) return ring.obstacle(asker, nowMs);
    // Digests are not for every request.
    if (limits.isEmpty()) return undefined;
    return limits.state(ownerOf(asker, undefined), asker.model, nowMs);
  }

  return {
    obstacle(asker, nowMs) {
      const broken = breaker.state(nowMs);
      if (broken !== undefined) return broken;
      const whole = parking.state(nowMs);
      const parked = whole ?? limited(asker, nowMs);
      if (parked === undefined) return undefined;
      return { type: 'parked', ...parked, ofClient: whole === undefined && ring === undefined };
    },
    begin(asker, isRetry) {
      const nowMs = clockMs();
      const key = ring?.take(asker, nowMs);
      const isTrial = breaker.began(nowMs);
      return createLease({ asker, key, isTrial, isRetry }, vitals, ledger);
    },
    weight: () => (breaker.isWarm() ? weight : weight * breaker.warmth(clockMs())),
    inFlight() {
      return vitals.inFlight;
    },
    latencyMs: (stream) => (stream ? vitals.streams : vitals.wholes).valueMs(),
    mayRetry() {
      return vitals.retries < Math.max(RETRIES_MIN, vitals.inFlight * RETRY_SHARE);
    },
  };
}
