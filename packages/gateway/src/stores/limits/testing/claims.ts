/** What tests want of a counter, written beside the counter. */
import type { Counter } from '../../../model/limits.ts';

export interface Claim extends Counter {
  readonly amount: number;
}

interface Store<Reserved> {
  reserve(counters: readonly Counter[], amounts: readonly number[]): Reserved;
}

export function reserve<Reserved>(store: Store<Reserved>, claims: readonly Claim[]): Reserved {
  return store.reserve(
    claims,
    claims.map(({ amount }) => amount),
  );
}
