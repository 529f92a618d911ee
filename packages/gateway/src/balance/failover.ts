/** The first that can be asked; the others wait for it to fail. */
import type { Strategy } from '../model/strategy.ts';

export const failover: Strategy = {
  id: 'failover',
  keepsConversations: false,
  summary: 'Takes the first channel of the list that can be asked; weights do not matter.',
  create: (candidates) => ({
    pick(request) {
      for (let index = 0; index < candidates.length; index += 1) {
        if (request.isEligible(index)) return index;
      }
      return undefined;
    },
  }),
};
