/** Which channel of a route is asked next: the strategy's wish among those that can answer now. */
import type { Obstacle } from '../model/channel.ts';
import type { GatewayError } from '../model/errors.ts';
import type { Affinity, Routed } from '../model/snapshot.ts';
import type { PickRequest } from '../model/strategy.ts';
import {
  type Candidates,
  countOf,
  createCandidates,
  hasOtherKey,
  isSuitable,
  mayTakeOver,
  obstacleAt,
  spend,
  type Who,
} from './candidates.ts';
import type { Retry } from './classify.ts';
import { firstFreeMs, unavailable } from './unavailable.ts';

export interface Choice {
  readonly candidates: Candidates;
  readonly seeker: Seeker;
  /** Failed in a way that a second try may mend, where there is no other. */
  again: number | undefined;
}

export interface Seeker extends Who {
  readonly stream: boolean;
  /** Set where the conversation would lose a provider's cache by a change of channels. */
  readonly conversation: string | undefined;
  readonly affinity: Affinity | undefined;
  /** The place of the only channel that may be asked; undefined: any. */
  readonly home?: number | undefined;
}

export function createChoice(routed: Routed, seeker: Seeker): Choice {
  const candidates = createCandidates(routed, seeker);
  stayAt(seeker.home, candidates);
  return { candidates, seeker, again: undefined };
}

/** Another would not know what the request goes on from. */
function stayAt(home: number | undefined, candidates: Candidates): void {
  if (home === undefined || !isSuitable(candidates, home)) return;
  for (let index = 0; index < countOf(candidates); index += 1)
    if (index !== home) spend(candidates, index);
}

/** The place of a channel in the route; undefined: none can be asked now. */
export function nextChannel(choice: Choice, nowMs: number): number | undefined {
  const { candidates, seeker } = choice;
  const { picker } = candidates.routed.route;
  const request: PickRequest = {
    stream: seeker.stream,
    isEligible: (index) => isFree(candidates, index, nowMs) && mayTakeOver(candidates, index),
  };
  const index =
    remembered(choice, request) ??
    picker.pick(request) ??
    fallback(candidates, request) ??
    leastBad(candidates, nowMs) ??
    secondTry(choice, nowMs);
  if (index !== undefined) candidates.asked += 1;
  return index;
}

function isFree(candidates: Candidates, index: number, nowMs: number): boolean {
  return isSuitable(candidates, index) && obstacleAt(candidates, index, nowMs) === undefined;
}

function remembered(
  { candidates, seeker }: Choice,
  { isEligible }: PickRequest,
): number | undefined {
  const { conversation, affinity } = seeker;
  if (conversation === undefined || candidates.asked > 0) return undefined;
  const { channels, balanced } = candidates.routed.route;
  const index = affinity?.recall(conversation, channels);
  if (index === undefined || index >= balanced) return undefined;
  return isEligible(index) ? index : undefined;
}

function fallback(candidates: Candidates, { isEligible }: PickRequest): number | undefined {
  const { balanced } = candidates.routed.route;
  for (let index = balanced; index < countOf(candidates); index += 1)
    if (isEligible(index)) return index;
  return undefined;
}

/**
 * All are broken: better to ask the one that may heal first than to ask nobody. A limit of the
 * client's own key is the client's to run into, and what one client must not ask, another may.
 */
function leastBad(candidates: Candidates, nowMs: number): number | undefined {
  if (candidates.asked > 0) return undefined;
  let best: number | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let index = 0; index < countOf(candidates); index += 1) {
    const found = isSuitable(candidates, index) ? obstacleAt(candidates, index, nowMs) : undefined;
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

function secondTry(choice: Choice, nowMs: number): number | undefined {
  const { candidates, again: index } = choice;
  if (index === undefined || obstacleAt(candidates, index, nowMs) !== undefined) return undefined;
  if (!mayTakeOver(candidates, index)) return undefined;
  choice.again = undefined;
  return index;
}

/** It was asked, and failed. */
export function noteFailed(choice: Choice, index: number, retry: Retry): void {
  const { candidates } = choice;
  if (retry === 'other-key' && hasOtherKey(candidates, index)) return;
  if (retry === 'any-channel' && isSuitable(candidates, index)) choice.again = index;
  spend(candidates, index);
}

/** It cannot be asked for this at all, and was not. */
export function noteUnfit({ candidates }: Choice, index: number): void {
  spend(candidates, index);
  candidates.asked -= 1;
}

/** There is one that could be asked, but too many others are taking over from a failed one just now. */
export function isHeldBack({ candidates }: Choice, nowMs: number): boolean {
  for (let index = 0; index < countOf(candidates); index += 1)
    if (isFree(candidates, index, nowMs)) return true;
  return false;
}

/** When the first channel that is parked for load is free again; undefined: there is none. */
export function freeAtMs({ candidates }: Choice, nowMs: number): number | undefined {
  return firstFreeMs(candidates, nowMs);
}

/** Why none can be asked. */
export function refusalOf({ candidates }: Choice, nowMs: number): GatewayError {
  return unavailable(candidates, nowMs);
}
