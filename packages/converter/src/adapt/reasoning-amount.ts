/** How much reasoning: efforts and token budgets, and each expressed as the other. */
import type { Effort } from '../ir/request.ts';

const efforts: readonly Effort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Shares of the longest reasoning that an effort stands for. */
const shares = {
  minimal: 0,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 1,
} as const satisfies Record<Effort, number>;

/** Budgets below which an effort is meant. */
const budgetSteps: readonly (readonly [below: number, effort: Effort])[] = [
  [2000, 'low'],
  [8000, 'medium'],
  [24_000, 'high'],
];

/** A share of nothing still is a thought. */
const budgetWorthwhile = 512;

export function effortOfBudget(budget: number): Effort {
  return budgetSteps.find(([below]) => budget < below)?.[1] ?? 'xhigh';
}

/** At least `min`; `max` is the model's, or what the answer's bound leaves. */
export function budgetOfEffort(effort: Effort, { min, max }: { min: number; max: number }): number {
  const least = Math.max(min, budgetWorthwhile);
  return Math.max(least, Math.round(max * shares[effort]));
}

/** The effort itself, the next higher one that is supported, or the highest. */
export function nearestEffort(effort: Effort, supported: readonly Effort[]): Effort | undefined {
  const wanted = efforts.indexOf(effort);
  return supported.find((other) => efforts.indexOf(other) >= wanted) ?? supported.at(-1);
}
