/** When no channel of a route can be asked: until when, and why. */
import type { Obstacle, ParkReason } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import {
  type Candidates,
  countOf,
  isAllowed,
  isSuitable,
  obstacleAt,
  targetAt,
} from './candidates.ts';

/** What mends itself, and is worth waiting for. */
const passing: ReadonlySet<ParkReason> = new Set(['rate-limited', 'overloaded']);

/** When the first channel that is parked for load is free again; undefined: there is none. */
export function firstFreeMs(candidates: Candidates, nowMs: number): number | undefined {
  let soonestMs: number | undefined;
  for (const { untilMs, ofClient, reason } of parkedOf(candidates, nowMs)) {
    if (ofClient || !passing.has(reason)) continue;
    if (soonestMs === undefined || untilMs < soonestMs) soonestMs = untilMs;
  }
  return soonestMs;
}

export function unavailable(candidates: Candidates, nowMs: number): GatewayError {
  const { model } = candidates.routed;
  if (isForbidden(candidates))
    return new GatewayError(
      'key-forbidden',
      `the key may not use ${model}, or none of its channels`,
    );
  const reasons: string[] = [];
  for (let index = 0; index < countOf(candidates); index += 1)
    reasons.push(reasonOf(candidates, index, nowMs));
  const message = `no channel can serve ${model} now: ${reasons.join(', ')}`;
  const untilMs = firstFreeMs(candidates, nowMs);
  if (untilMs === undefined) return new GatewayError('no-channel', message);
  const isLimit = parkedOf(candidates, nowMs).every(({ reason }) => reason === 'rate-limited');
  const retryAfterMs = Math.max(0, untilMs - nowMs);
  return new GatewayError(isLimit ? 'channel-limited' : 'no-channel', message, { retryAfterMs });
}

function isForbidden(candidates: Candidates): boolean {
  for (let index = 0; index < countOf(candidates); index += 1)
    if (isAllowed(candidates, index)) return false;
  return true;
}

type Parked = Obstacle & { readonly type: 'parked' };

function parkedOf(candidates: Candidates, nowMs: number): readonly Parked[] {
  const parked: Parked[] = [];
  for (let index = 0; index < countOf(candidates); index += 1) {
    const found = isSuitable(candidates, index) ? obstacleAt(candidates, index, nowMs) : undefined;
    if (found?.type === 'parked') parked.push(found);
  }
  return parked;
}

const words: { readonly [reason in ParkReason]: string } = {
  'rate-limited': 'is rate limited',
  overloaded: 'is overloaded',
  credential: 'is left alone because its key was refused',
  billing: 'is left alone because its account is empty',
  forbidden: 'is left alone because its key was refused',
};

function reasonOf(candidates: Candidates, index: number, nowMs: number): string {
  const { channel, model } = targetAt(candidates, index);
  if (!channel.enabled) return `${channel.id} is switched off`;
  if (!channel.serves(model)) return `${channel.id} does not serve ${model}`;
  const found = obstacleAt(candidates, index, nowMs);
  if (found?.type !== 'parked') return `${channel.id} could not be asked`;
  const seconds = Math.ceil((found.untilMs - nowMs) / 1000);
  return `${channel.id} ${words[found.reason]} for ${seconds} s more`;
}
