/** Reserves all demands of a request or none; tokens as many as are left, if the request can begin with these. */
import { GatewayError } from '../model/errors.ts';
import type { LimitStore, MaybePromise, Reserved } from '../model/limits.ts';
import type { Demand } from './rules.ts';

export interface Counting {
  readonly store: LimitStore;
  /** Called once for each limit that refused a request. */
  readonly exceeded: (by: string, unit: string) => void;
}

/**
 * `leastTokens`: with fewer the request is not begun. A request may ask for far more tokens than it
 * will use; it takes what is left of a window rather than wait for the rest, and whoever comes
 * meanwhile waits for it. So no more is admitted than the limit and this one request's excess.
 * Throws GatewayError when nobody can count.
 */
export function take(
  counting: Counting,
  demands: readonly Demand[],
  leastTokens: number,
): MaybePromise<Reserved> {
  const claims = demands.map(({ claim }) => claim);
  let reserved: MaybePromise<Reserved>;
  try {
    reserved = counting.store.reserve(RESERVED_FOR, claims);
  } catch (cause) {
    throw unavailable(cause);
  }
  // Counters in memory answer at once, and mostly with yes: no promise is made for that.
  if (!(reserved instanceof Promise) && reserved.granted) return reserved;
  return takeLess(counting, { demands, leastTokens }, reserved);
}

/** Stores make of it a name that no other reservation has. */
const RESERVED_FOR = 'request';

interface Taking {
  readonly demands: readonly Demand[];
  readonly leastTokens: number;
}

async function takeLess(
  { store, exceeded }: Counting,
  { demands, leastTokens }: Taking,
  first: MaybePromise<Reserved>,
): Promise<Reserved> {
  try {
    let reserved = await first;
    let wanted: readonly Demand[] | undefined = demands;
    for (let round = 0; !reserved.granted && round < ROUNDS_MAX; round += 1) {
      wanted = shrink(wanted, reserved, leastTokens);
      if (wanted === undefined) break;
      const claims = wanted.map(({ claim }) => claim);
      reserved = await store.reserve(RESERVED_FOR, claims);
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

/** The demands with as many tokens as are left; undefined: that would not be enough. */
function shrink(
  demands: readonly Demand[],
  { states }: Reserved,
  leastTokens: number,
): readonly Demand[] | undefined {
  const left = demands.map(({ claim }, index) => claim.limit - (states[index]?.used ?? 0));
  const shrunk = demands.map((demand, index): Demand => {
    const { unit, claim } = demand;
    const amount = Math.min(claim.amount, left[index] ?? 0);
    return unit === 'tokens' && amount >= leastTokens
      ? { ...demand, claim: { ...claim, amount } }
      : demand;
  });
  const fits = shrunk.every(({ claim }, index) => claim.amount <= (left[index] ?? 0));
  return fits ? shrunk : undefined;
}
