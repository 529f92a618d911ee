/** A route's channels as one request sees them: which it may be sent to, and what stands in its way. */
import { nowMs as clockMs } from '../lib/clock.ts';
import type { Asker, Obstacle, Target } from '../model/channel.ts';
import type { KnownKey } from '../model/keys.ts';
import type { Credential } from '../model/provider.ts';
import type { Routed } from '../model/snapshot.ts';

/** A record that functions take, rather than closures over it: every request has one, and most need few of them. */
export interface Candidates {
  readonly routed: Routed;
  readonly who: Who;
  /** By place in the route, each made when it is first looked at. */
  readonly seats: (Seat | undefined)[];
  /** Not suitable any more. */
  spent: Set<number> | undefined;
  keysTried: Map<number, number> | undefined;
  asked: number;
}

export interface Who {
  readonly credential: Credential | undefined;
  /** The gateway key that asks. */
  readonly key?: KnownKey | undefined;
}

interface Seat {
  readonly target: Target;
  readonly asker: Asker;
}

export function createCandidates(routed: Routed, who: Who): Candidates {
  return { routed, who, seats: [], spent: undefined, keysTried: undefined, asked: 0 };
}

export function countOf({ routed }: Candidates): number {
  return routed.route.channels.length;
}

export function targetAt(candidates: Candidates, index: number): Target {
  return seatAt(candidates, index).target;
}

export function askerAt(candidates: Candidates, index: number): Asker {
  return seatAt(candidates, index).asker;
}

function seatAt(candidates: Candidates, index: number): Seat {
  const known = candidates.seats[index];
  if (known !== undefined) return known;
  const { routed, who, seats } = candidates;
  const { route } = routed;
  const channel = route.channels[index];
  if (channel === undefined) throw new Error(`no channel ${index} in route ${route.name}`);
  const model = route.upstreamModel(index, routed.model);
  const clientKey = channel.passesClientKey ? who.credential?.secret : undefined;
  const seat = { target: { channel, model }, asker: { model, clientKey } };
  seats[index] = seat;
  return seat;
}

/** Why it cannot be asked now. */
export function obstacleAt(
  candidates: Candidates,
  index: number,
  nowMs: number,
): Obstacle | undefined {
  const { target, asker } = seatAt(candidates, index);
  return target.channel.health.obstacle(asker, nowMs);
}

/** Whether the key that asks may use it: the pair that would really be asked counts, whatever the client called it. */
export function isAllowed(candidates: Candidates, index: number): boolean {
  const { key } = candidates.who;
  if (key === undefined) return true;
  const { channel, model } = targetAt(candidates, index);
  return (key.channels?.has(channel.id) ?? true) && key.serves(model);
}

/** Whether it may be asked for this, now or later. */
export function isSuitable(candidates: Candidates, index: number): boolean {
  if (candidates.spent?.has(index) || !canServe(candidates, index)) return false;
  const { channel } = targetAt(candidates, index);
  // The key of one vendor's customer is nothing for another vendor to see.
  return !channel.passesClientKey || channel.vendor === ownVendor(candidates);
}

function canServe(candidates: Candidates, index: number): boolean {
  const { channel, model } = targetAt(candidates, index);
  return channel.enabled && channel.serves(model) && isAllowed(candidates, index);
}

/** The vendor that the route means first, whether it can answer now or not. */
function ownVendor(candidates: Candidates): string | undefined {
  const { channels } = candidates.routed.route;
  return channels.find((_channel, index) => canServe(candidates, index))?.vendor;
}

/** Whether it may be asked once more than it would be without failures. */
export function mayTakeOver(candidates: Candidates, index: number): boolean {
  return candidates.asked === 0 || targetAt(candidates, index).channel.health.mayRetry();
}

/** One of its keys was refused: whether another is left, or this one is parked and so known for what it is. */
export function hasOtherKey(candidates: Candidates, index: number): boolean {
  if (obstacleAt(candidates, index, clockMs()) !== undefined) return true;
  // A key that was refused for no time at all looks free again at once.
  candidates.keysTried ??= new Map();
  const tried = (candidates.keysTried.get(index) ?? 0) + 1;
  candidates.keysTried.set(index, tried);
  return tried < targetAt(candidates, index).channel.keyCount;
}

/** It is not suitable any more. */
export function spend(candidates: Candidates, index: number): void {
  candidates.spent ??= new Set();
  candidates.spent.add(index);
}
