/**
 * The cheaper of two candidates drawn at random, where cost is latency times what is already running:
 * always taking the fastest of all would send everybody to it at once, until it is the slowest.
 */
import type { Candidate, Picker, PickRequest, Strategy } from '../model/strategy.ts';
import { drawAt, weighEligible } from './weights/weigh.ts';

/** One that was never measured is asked first, but only once in so many picks until it answers. */
const PICKS_BETWEEN_FIRST_TRIES = 16;

/** One that lost every comparison is measured again after so many picks: it may have become fast. */
const PICKS_UNTIL_REMEASURED = 128;

export const leastLatency: Strategy = {
  id: 'least_latency',
  keepsConversations: true,
  summary: 'Takes the channel that answers soonest, of two drawn at random by weight.',
  create(candidates, random) {
    // Streams are measured to their first output, other answers to their end: two different worlds.
    const streams = createPicker(candidates, random);
    const wholes = createPicker(candidates, random);
    return {
      pick: (request) => (request.stream ? streams : wholes).pick(request),
    };
  },
};

function createPicker(candidates: readonly Candidate[], random: () => number): Picker {
  const weights = new Float64Array(candidates.length);
  const pickedAt = new Float64Array(candidates.length).fill(-PICKS_BETWEEN_FIRST_TRIES);
  let picks = 0;

  /** The eligible one that has waited longest to be measured, when there is one. */
  function due(stream: boolean): number | undefined {
    let longest: number | undefined;
    for (let index = 0; index < weights.length; index += 1) {
      if (weights[index] === 0) continue;
      const isMeasured = candidates[index]?.latencyMs(stream) !== undefined;
      const patience = isMeasured ? PICKS_UNTIL_REMEASURED : PICKS_BETWEEN_FIRST_TRIES;
      const at = pickedAt[index] ?? 0;
      if (picks - at < patience) continue;
      if (longest === undefined || at < (pickedAt[longest] ?? 0)) longest = index;
    }
    return longest;
  }

  /** `meanWeight`: a light candidate, such as one warming up, counts as busier than it is. */
  function cost(index: number, stream: boolean, meanWeight: number): number {
    const candidate = candidates[index];
    const latencyMs = candidate?.latencyMs(stream);
    // Having been tried and not answered yet speaks for nobody.
    if (candidate === undefined || latencyMs === undefined) return Number.POSITIVE_INFINITY;
    const busy = (candidate.inFlight() * meanWeight) / (weights[index] ?? meanWeight);
    return latencyMs * (busy + 1);
  }

  function cheaperOfTwo(stream: boolean, total: number): number | undefined {
    const first = drawAt(weights, random() * total);
    if (first === undefined) return undefined;
    const firstWeight = weights[first] ?? 0;
    weights[first] = 0;
    const second = drawAt(weights, random() * (total - firstWeight));
    weights[first] = firstWeight;
    if (second === undefined) return first;
    const meanWeight = (firstWeight + (weights[second] ?? 0)) / 2;
    return cost(second, stream, meanWeight) < cost(first, stream, meanWeight) ? second : first;
  }

  return {
    pick(request: PickRequest) {
      const total = weighEligible(candidates, request, weights);
      const picked = due(request.stream) ?? cheaperOfTwo(request.stream, total);
      if (picked === undefined) return undefined;
      pickedAt[picked] = picks;
      picks += 1;
      return picked;
    },
  };
}
