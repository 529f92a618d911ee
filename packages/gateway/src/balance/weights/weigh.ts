/** The live weights of the candidates that may be picked, and a draw among them. */
import type { Candidate, PickRequest } from '../../model/strategy.ts';

/** Writes each candidate's weight into `weights`, 0 for an ineligible one; returns their sum. */
export function weighEligible(
  candidates: readonly Candidate[],
  request: PickRequest,
  weights: Float64Array,
): number {
  let total = 0;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = request.isEligible(index) ? (candidates[index]?.weight() ?? 0) : 0;
    weights[index] = weight;
    total += weight;
  }
  return total;
}

/** The index whose share of the sum holds `point`; undefined: there is no weight at all. */
export function drawAt(weights: Float64Array, point: number): number | undefined {
  let left = point;
  let drawn: number | undefined;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    if (weight === 0) continue;
    drawn = index;
    if (left < weight) break;
    left -= weight;
  }
  return drawn;
}
