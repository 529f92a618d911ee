/** Reserves all demands of a request or none; tokens as many as are left, if the request can begin with these. */
import { GatewayError } from '../model/errors.ts';
import type { LimitStore, MaybePromise, Reserved } from '../model/limits.ts';
import type { Demand } from './rules.ts';

export interface Counting {
  readonly store: LimitStore;
  /** Called once for each limit that refused a request. */
  readonly exceeded: (by: string, unit: string) => void;
}

export interface Wanted {
  readonly demands: readonly Demand[];
  /** In the order of the demands. */
  readonly amounts: readonly number[];
  /** With fewer the request is not begun. */
  readonly leastTokens: number;
}

/**
 * A request may ask for far more tokens than it will use; it takes what is left of a window rather
 * than wait for the rest, and whoever comes meanwhile waits for it. So no more is admitted than the
 * limit and this one request's excess. Throws GatewayError when nobody can count.
 */
export function take(counting: Counting, wanted: Wanted): MaybePromise<Reserved> {
  let reserved: MaybePromise<Reserved>;
  try {
    reserved = counting.store.reserve(wanted.demands, wanted.amounts);
  } catch (cause) {
    throw unavailable(cause);
  }
  // Counters in memory answer at once, and mostly with yes: no promise is made for that.
  if (!(reserved instanceof Promise) && reserved.granted) return reserved;
  return takeLess(counting, wanted, reserved);
}

async function takeLess(
  { store, exceeded }: Counting,
  wanted: Wanted,
  first: MaybePromise<Reserved>,
): Promise<Reserved> {
  const { demands } = wanted;
  try {
    let reserved = await first;
    let amounts: readonly number[] | undefined = wanted.amounts;
    for (let round = 0; !reserved.granted && round < ROUNDS_MAX; round += 1) {
      amounts = shrink({ ...wanted, amounts }, reserved);
      if (amounts === undefined) break;
      reserved = await store.reserve(demands, amounts);
    }
    if (!reserved.granted) tellExceeded(reserved.refusedBy, demands, exceeded);
    return reserved;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function tellExceeded(
  refusedBy: readonly number[],
  demands: readonly Demand[],
  exceeded: Counting['exceeded'],
): void {
  for (const index of refusedBy) {
    const demand = demands[index];
    if (demand !== undefined) exceeded(demand.by, demand.unit);
  }
}

function unavailable(cause: unknown): GatewayError {
  const told = 'limits cannot be checked now; try again soon';
  return new GatewayError('limits-unavailable', told, { cause });
}

/** Others may take something between two rounds. */
const ROUNDS_MAX = 3;

/** Amounts with as many tokens as are left; undefined: that would not be enough. */
function shrink(
  { demands, amounts, leastTokens }: Wanted,
  { states }: Reserved,
): readonly number[] | undefined {
  const left = demands.map(({ limit }, index) => limit - (states.used[index] ?? 0));
  const shrunk = demands.map(({ unit }, index) => {
    const wanted = amounts[index] ?? 0;
    const amount = Math.min(wanted, left[index] ?? 0);
    return unit === 'tokens' && amount >= leastTokens ? amount : wanted;
  });
  return shrunk.every((amount, index) => amount <= (left[index] ?? 0)) ? shrunk : undefined;
}
