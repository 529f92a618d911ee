/** A channel's own keys, taken in turn; each is parked by itself when its account is limited or refused. */
import type { Asker } from '../model/channel.ts';
import type { Limits } from './limits.ts';
import type { Parked, Parking } from './parking.ts';

export interface KeyRing {
  /** The next key that is free for the model; the one that is free first when none is. */
  take(asker: Asker, nowMs: number): ChannelKey;
  /** Until when every key that may be taken is parked; undefined: one is free. */
  obstacle(asker: Asker, nowMs: number): Parked | undefined;
}

export interface ChannelKey {
  readonly secret: string;
  readonly parking: Parking;
}

export function createKeyRing(
  keys: readonly [ChannelKey, ...ChannelKey[]],
  limits: Limits,
): KeyRing {
  const [first] = keys;
  let turn = 0;

  function parked(key: ChannelKey, model: string, nowMs: number): Parked | undefined {
    return key.parking.state(nowMs) ?? limits.state(key.secret, model, nowMs);
  }

  function soonest(model: string, nowMs: number): ChannelKey {
    let best = first;
    let bestMs = Number.POSITIVE_INFINITY;
    for (const key of keys) {
      const untilMs = parked(key, model, nowMs)?.untilMs ?? 0;
      if (untilMs < bestMs) [best, bestMs] = [key, untilMs];
    }
    return best;
  }

  return {
    take({ model, keepsKey }, nowMs) {
      if (keepsKey === true) return first;
      for (let step = 0; step < keys.length; step += 1) {
        const key = keys[(turn + step) % keys.length];
        if (key === undefined || parked(key, model, nowMs) !== undefined) continue;
        turn = (turn + step + 1) % keys.length;
        return key;
      }
      return soonest(model, nowMs);
    },
    obstacle({ model, keepsKey }, nowMs) {
      if (keepsKey === true) return parked(first, model, nowMs);
      for (const key of keys) if (parked(key, model, nowMs) === undefined) return undefined;
      return parked(soonest(model, nowMs), model, nowMs);
    },
  };
}
