/** Leaves a channel, a key, or a key's model alone: as long as the upstream said, or longer each time. */
import type { ParkReason } from '../model/channel.ts';

export interface Parking {
  state(nowMs: number): Parked | undefined;
  /** `toldMs`: the end as the upstream said. Returns when it ends. */
  park(reason: ParkReason, nowMs: number, toldMs: number | undefined): number;
  /** It serves again: the next time begins with the shortest span. */
  worked(): void;
}

export interface Parked {
  readonly reason: ParkReason;
  readonly untilMs: number;
}

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 60_000;
/** Somebody has to mend it; looked at again now and then, so that no restart is needed. */
const MENDING_MS = 300_000;
/** Quotas are told by the day; anything longer is a mistake of a clock. */
const TOLD_MS_MAX = 24 * 3_600_000;

/** `random`: spreads the return of several gateways. */
export function createParking(random: () => number): Parking {
  let parked: Parked | undefined;
  let times = 0;

  function span(reason: ParkReason): number {
    if (reason === 'credential' || reason === 'billing') return MENDING_MS;
    times += 1;
    return Math.min(BACK_OFF_MS * 2 ** (times - 1), BACK_OFF_MS_MAX) * (0.5 + 0.5 * random());
  }

  function state(nowMs: number): Parked | undefined {
    if (parked !== undefined && nowMs >= parked.untilMs) parked = undefined;
    return parked;
  }

  return {
    state,
    park(reason, nowMs, toldMs) {
      const current = state(nowMs);
      // Several answers come back for one limit: they are one reason to back off, not many.
      if (toldMs === undefined && current?.reason === reason) return current.untilMs;
      const untilMs =
        toldMs === undefined ? nowMs + span(reason) : Math.min(toldMs, nowMs + TOLD_MS_MAX);
      // The longest word counts.
      if (parked === undefined || untilMs > parked.untilMs) parked = { reason, untilMs };
      return parked.untilMs;
    },
    worked() {
      times = 0;
    },
  };
}
