/** Tells of a key's budget what its counter said when a request reserved and settled. */
import type { BudgetWatch } from '../model/guard.ts';
import type { KnownKey } from '../model/keys.ts';
import type { CounterStates } from '../model/limits.ts';
import type { Amounts, Demand } from './rules.ts';

interface Reserving {
  readonly demands: readonly Demand[];
  readonly states: CounterStates;
  readonly amounts: Amounts;
}

/** The function takes what was really used; undefined: the budget is not among the demands. */
export function watchBudget(
  key: KnownKey,
  { demands, states, amounts }: Reserving,
  watch: BudgetWatch,
): ((used: Amounts) => void) | undefined {
  const index = demands.findIndex(({ unit }) => unit === 'budget');
  const demand = demands[index];
  const counted = states.used[index];
  if (demand === undefined || counted === undefined) return undefined;
  const { limit } = demand;
  const endMs = demand.period?.endMs ?? Number.POSITIVE_INFINITY;
  watch.counted({ key, used: counted, limit, endMs });
  return (used) => watch.settled(key.id, endMs, used.budget - amounts.budget);
}
