/** Smooth weighted round robin: everyone in turn, the heavier more often, never many times in a row. */
import type { Strategy } from '../model/strategy.ts';
import { weighEligible } from './weights/weigh.ts';

/** Credits nearer than this are the same but for rounding. */
const ROUNDING = 1e-9;

/**
 * As nginx does it, but with credits in picks instead of weights: a weight that changes, or a
 * candidate that was away, then never leaves anyone a debt of more than a pick or so, which would
 * be paid in a burst.
 */
export const roundRobin: Strategy = {
  id: 'round_robin',
  keepsConversations: true,
  summary: 'Takes channels in turn, as often as their weights say, evenly mixed.',
  create(candidates) {
    const weights = new Float64Array(candidates.length);
    const credits = new Float64Array(candidates.length);

    return {
      pick(request) {
        const total = weighEligible(candidates, request, weights);
        let picked: number | undefined;
        let highest = Number.NEGATIVE_INFINITY;
        for (let index = 0; index < weights.length; index += 1) {
          const weight = weights[index] ?? 0;
          if (weight === 0) continue;
          const credit = (credits[index] ?? 0) + weight / total;
          credits[index] = credit;
          if (credit <= highest + ROUNDING) continue;
          picked = index;
          highest = credit;
        }
        if (picked !== undefined) credits[picked] = highest - 1;
        return picked;
      },
    };
  },
};
