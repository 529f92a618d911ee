/** Reserves all demands of a request or none; tokens as many as are left, if the request can begin with these. */
import type { CounterState, LimitStore, Reservation, Reserved } from '../model/limits.ts';
import type { Demand } from './rules.ts';

export type Taken =
  | {
      readonly granted: true;
      readonly reservation: Reservation;
      readonly states: readonly CounterState[];
    }
  | {
      readonly granted: false;
      readonly refusedBy: readonly number[];
      readonly states: readonly CounterState[];
    };

/**
 * `leastTokens`: with fewer the request is not begun. A request may ask for far more tokens than it
 * will use; it takes what is left of a window rather than wait for the rest, and whoever comes
 * meanwhile waits for it. So no more is admitted than the limit and this one request's excess.
 */
export async function take(
  store: LimitStore,
  id: string,
  { demands, leastTokens }: { readonly demands: readonly Demand[]; readonly leastTokens: number },
): Promise<Taken> {
  let wanted = demands;
  for (let round = 0; ; round += 1) {
    const reserved = await store.reserve(
      id,
      wanted.map(({ claim }) => claim),
    );
    const less =
      reserved.granted || round === ROUNDS_MAX ? undefined : shrink(wanted, reserved, leastTokens);
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
