/** What is left of the limits, in the header names that each vendor's clients know. */
import { unixMs, utcMoment } from '../lib/clock.ts';
import type { Headers } from '../model/http.ts';
import type { CounterState } from '../model/limits.ts';
import type { Demand } from './rules.ts';

interface Remaining {
  readonly unit: 'tokens' | 'requests';
  readonly limit: number;
  readonly left: number;
  readonly resetMs: number;
}

/** `formatId`: of the client. Of several limits of one kind the one with the least left is told. */
export function limitHeaders(
  formatId: string,
  demands: readonly Demand[],
  states: readonly CounterState[],
): Headers {
  const headers: { [name: string]: string } = {};
  for (const unit of ['tokens', 'requests'] as const) {
    const least = tightest(unit, demands, states);
    if (least === undefined) continue;
    Object.assign(headers, formatId === 'anthropic-messages' ? anthropic(least) : openai(least));
  }
  return headers;
}

function tightest(
  unit: Remaining['unit'],
  demands: readonly Demand[],
  states: readonly CounterState[],
): Remaining | undefined {
  let found: Remaining | undefined;
  for (const [index, demand] of demands.entries()) {
    const state = states[index];
    if (demand.unit !== unit || state === undefined) continue;
    const { limit } = demand.claim;
    const left = Math.max(0, limit - state.used);
    if (found === undefined || left < found.left)
      found = { unit, limit, left, resetMs: state.resetMs };
  }
  return found;
}

function anthropic({ unit, limit, left, resetMs }: Remaining): Headers {
  const name = `anthropic-ratelimit-${unit}`;
  return {
    [`${name}-limit`]: String(limit),
    [`${name}-remaining`]: String(left),
    [`${name}-reset`]: utcMoment(unixMs() + resetMs),
  };
}

/** Gemini has none of its own; its clients may read these. */
function openai({ unit, limit, left, resetMs }: Remaining): Headers {
  return {
    [`x-ratelimit-limit-${unit}`]: String(limit),
    [`x-ratelimit-remaining-${unit}`]: String(left),
    [`x-ratelimit-reset-${unit}`]: spanText(resetMs),
  };
}

/** As OpenAI writes it: `6m0s`, `1.5s`, `20ms`. */
function spanText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
