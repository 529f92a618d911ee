/** Tells of a key's budget what its counter said when a request reserved and settled. */
import type { BudgetWatch } from '../model/guard.ts';
import type { KnownKey } from '../model/keys.ts';
import type { CounterState } from '../model/limits.ts';
import type { Demand } from './rules.ts';

/** `states` in the order of the demands. The function takes what was really used, in the same order. */
export function watchBudget(
  key: KnownKey,
  {
    demands,
    states,
  }: { readonly demands: readonly Demand[]; readonly states: readonly CounterState[] },
  watch: BudgetWatch,
): (used: readonly number[]) => void {
  const index = demands.findIndex(({ unit }) => unit === 'budget');
  const demand = demands[index];
  const state = states[index];
  if (demand === undefined || state === undefined) return () => undefined;
  const { limit, amount } = demand.claim;
  const endMs = demand.period?.endMs ?? Number.POSITIVE_INFINITY;
  watch.counted({ key, used: state.used, limit, endMs });
  return (used) => watch.settled(key.id, endMs, (used[index] ?? amount) - amount);
}
