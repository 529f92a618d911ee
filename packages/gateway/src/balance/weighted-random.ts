/** Chance alone, with the weights as odds: no memory, so that many gateways need not agree. */
import type { Strategy } from '../model/strategy.ts';
import { drawAt, weighEligible } from './weights/weigh.ts';

export const weightedRandom: Strategy = {
  id: 'weighted_random',
  keepsConversations: true,
  summary: 'Draws a channel at random, with the weights as odds.',
  create(candidates, random) {
    const weights = new Float64Array(candidates.length);

    return {
      pick(request) {
        const total = weighEligible(candidates, request, weights);
        return drawAt(weights, random() * total);
      },
    };
  },
};
