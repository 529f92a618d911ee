/** Reserves all demands of a request or none; tokens as many as are left, if the request can begin with these. */
import { newId } from '../lib/ids.ts';
import { GatewayError } from '../model/errors.ts';
import type { LimitStore, Reserved } from '../model/limits.ts';
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
export async function take(
  { store, exceeded }: Counting,
  demands: readonly Demand[],
  leastTokens: number,
): Promise<Reserved> {
  const reserved = await takeSome(store, demands, leastTokens).catch((cause: unknown) => {
    const told = 'limits cannot be checked now; try again soon';
    throw new GatewayError('limits-unavailable', told, { cause });
  });
  if (reserved.granted) return reserved;
  for (const index of reserved.refusedBy) {
    const demand = demands[index];
    if (demand !== undefined) exceeded(demand.by, demand.unit);
  }
  return reserved;
}

async function takeSome(
  store: LimitStore,
  demands: readonly Demand[],
  leastTokens: number,
): Promise<Reserved> {
  const id = newId('');
  let wanted = demands;
  for (let round = 0; ; round += 1) {
    const claims = wanted.map(({ claim }) => claim);
    const reserved = await store.reserve(id, claims);
    const isLast = reserved.granted || round === ROUNDS_MAX;
    const less = isLast ? undefined : shrink(wanted, reserved, leastTokens);
    if (less === undefined) return reserved;
    wanted = less;
  }
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
