/** The candidate with the fewest running exchanges for its weight: slow ones get less by themselves. */
import type { Strategy } from '../model/strategy.ts';

export const leastConnections: Strategy = {
  id: 'least_connections',
  keepsConversations: true,
  summary: 'Takes the channel with the fewest running exchanges for its weight.',
  create: (candidates, random) => ({
    pick(request) {
      let picked: number | undefined;
      let lowest = Number.POSITIVE_INFINITY;
      let tiedWeight = 0;
      for (let index = 0; index < candidates.length; index += 1) {
        const candidate = candidates[index];
        if (candidate === undefined || !request.isEligible(index)) continue;
        const weight = candidate.weight();
        const load = candidate.inFlight() / weight;
        if (load > lowest) continue;
        tiedWeight = load < lowest ? weight : tiedWeight + weight;
        // Each of the tied ends up with the chance of its weight; quiet times are all ties.
        if (load < lowest || random() * tiedWeight < weight) picked = index;
        lowest = load;
      }
      return picked;
    },
  }),
};
