/** Which channel of a route is asked next: the strategy's wish among those that can answer now. */
import type { Asker, Obstacle, Target } from '../model/channel.ts';
import type { GatewayError } from '../model/errors.ts';
import type { KnownKey } from '../model/keys.ts';
import type { Credential } from '../model/provider.ts';
import type { Affinity, Routed } from '../model/snapshot.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import type { Retry } from './classify.ts';
import { firstFreeMs, unavailable } from './unavailable.ts';

export interface Choice {
  /** The place of a channel in the route; undefined: none can be asked now. */
  next(nowMs: number): number | undefined;
  target(index: number): Target;
  asker(index: number): Asker;
  /** It was asked, and failed. */
  failed(index: number, retry: Retry): void;
  /** It cannot be asked for this at all. */
  excluded(index: number): void;
  /** When the first channel that is parked for load is free again; undefined: there is none. */
  freeAtMs(nowMs: number): number | undefined;
  /** There is one that could be asked, but too many others are taking over from a failed one just now. */
  isHeldBack(nowMs: number): boolean;
  /** Why none can be asked. */
  refusal(nowMs: number): GatewayError;
}

export interface Seeker {
  readonly stream: boolean;
  readonly credential: Credential | undefined;
  /** The gateway key that asks. */
  readonly key?: KnownKey | undefined;
  /** Set where the conversation would lose a provider's cache by a change of channels. */
  readonly conversation: string | undefined;
  readonly affinity: Affinity | undefined;
  /** The place of the only channel that may be asked; undefined: any. */
  readonly home?: number | undefined;
}

export function createChoice(routed: Routed, seeker: Seeker): Choice {
  const { channels, balanced, picker } = routed.route;
  const { conversation, affinity } = seeker;
  const candidates = createCandidates(routed, seeker);
  stayAt(seeker.home, candidates);
  /** Failed in a way that a second try may mend, where there is no other. */
  let again: number | undefined;
  let atMs = 0;

  function isFree(index: number): boolean {
    return candidates.isSuitable(index) && candidates.obstacle(index, atMs) === undefined;
  }

  const request = {
    stream: seeker.stream,
    isEligible: (index: number): boolean => isFree(index) && candidates.mayTakeOver(index),
  };

  function remembered(): number | undefined {
    if (conversation === undefined || !candidates.isNoneAsked()) return undefined;
    const index = affinity?.recall(conversation, channels);
    if (index === undefined || index >= balanced) return undefined;
    return request.isEligible(index) ? index : undefined;
  }

  function fallback(): number | undefined {
    for (let index = balanced; index < channels.length; index += 1)
      if (request.isEligible(index)) return index;
    return undefined;
  }

  function secondTry(): number | undefined {
    const index = again;
    if (index === undefined || candidates.obstacle(index, atMs) !== undefined) return undefined;
    if (!candidates.mayTakeOver(index)) return undefined;
    again = undefined;
    return index;
  }

  return {
    target: candidates.target,
    asker: candidates.asker,
    next(nowMs) {
      atMs = nowMs;
      const wanted = remembered() ?? picker.pick(request) ?? fallback();
      const index = wanted ?? leastBad(candidates, nowMs) ?? secondTry();
      if (index !== undefined) candidates.asked();
      return index;
    },
    failed(index, retry) {
      if (retry === 'other-key' && candidates.hasOtherKey(index)) return;
      if (retry === 'any-channel' && candidates.isSuitable(index)) again = index;
      candidates.spend(index);
    },
    excluded(index) {
      candidates.spend(index);
      candidates.notAsked();
    },
    isHeldBack(nowMs) {
      atMs = nowMs;
      return channels.some((_channel, index) => isFree(index));
    },
    freeAtMs: (nowMs) => firstFreeMs(candidates, nowMs),
    refusal: (nowMs) => unavailable(candidates, routed.model, nowMs),
  };
}

/** Another would not know what the request goes on from. */
function stayAt(home: number | undefined, candidates: Candidates): void {
  if (home === undefined || !candidates.isSuitable(home)) return;
  for (let index = 0; index < candidates.count; index += 1)
    if (index !== home) candidates.spend(index);
}

/**
 * All are broken: better to ask the one that may heal first than to ask nobody. A limit of the
 * client's own key is the client's to run into, and what one client must not ask, another may.
 */
function leastBad(candidates: Candidates, nowMs: number): number | undefined {
  if (!candidates.isNoneAsked()) return undefined;
  let best: number | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let index = 0; index < candidates.count; index += 1) {
    const found = candidates.isSuitable(index) ? candidates.obstacle(index, nowMs) : undefined;
    if (found === undefined || isForbidding(found)) continue;
    const untilMs = found.type === 'on-trial' ? Number.MAX_VALUE : found.untilMs;
    if (untilMs < bestMs) [best, bestMs] = [index, untilMs];
  }
  return best;
}

/** Not even when there is no other. */
function isForbidding(obstacle: Obstacle): boolean {
  return obstacle.type === 'parked' && !obstacle.ofClient && obstacle.reason !== 'forbidden';
}
