/** What is left of the limits, in the header names that each vendor's clients know. */
import { unixMs, utcMoment } from '../lib/clock.ts';
import type { Headers } from '../model/http.ts';
import type { CounterState } from '../model/limits.ts';
import type { Demand } from './rules.ts';

interface Remaining {
  readonly limit: number;
  readonly left: number;
  readonly resetMs: number;
}

interface Names {
  readonly limit: string;
  readonly left: string;
  readonly reset: string;
}

const UNITS = ['tokens', 'requests'] as const;
type Unit = (typeof UNITS)[number];

// Written out: put together for each answer they took 2 % of a short request.
const anthropic: Readonly<Record<Unit, Names>> = {
  tokens: {
    limit: 'anthropic-ratelimit-tokens-limit',
    left: 'anthropic-ratelimit-tokens-remaining',
    reset: 'anthropic-ratelimit-tokens-reset',
  },
  requests: {
    limit: 'anthropic-ratelimit-requests-limit',
    left: 'anthropic-ratelimit-requests-remaining',
    reset: 'anthropic-ratelimit-requests-reset',
  },
};

/** Gemini has none of its own; its clients may read these. */
const openai: Readonly<Record<Unit, Names>> = {
  tokens: {
    limit: 'x-ratelimit-limit-tokens',
    left: 'x-ratelimit-remaining-tokens',
    reset: 'x-ratelimit-reset-tokens',
  },
  requests: {
    limit: 'x-ratelimit-limit-requests',
    left: 'x-ratelimit-remaining-requests',
    reset: 'x-ratelimit-reset-requests',
  },
};

/** `formatId`: of the client. Of several limits of one kind the one with the least left is told. */
export function limitHeaders(
  formatId: string,
  demands: readonly Demand[],
  states: readonly CounterState[],
): Headers {
  const isAnthropic = formatId === 'anthropic-messages';
  const names = isAnthropic ? anthropic : openai;
  const headers: { [name: string]: string } = {};
  for (const unit of UNITS) {
    const least = tightest(unit, demands, states);
    if (least === undefined) continue;
    const { limit, left, reset } = names[unit];
    headers[limit] = String(least.limit);
    headers[left] = String(least.left);
    headers[reset] = isAnthropic ? utcMoment(unixMs() + least.resetMs) : spanText(least.resetMs);
  }
  return headers;
}

function tightest(
  unit: Unit,
  demands: readonly Demand[],
  states: readonly CounterState[],
): Remaining | undefined {
  let found: Remaining | undefined;
  for (let index = 0; index < demands.length; index += 1) {
    const demand = demands[index];
    const state = states[index];
    if (demand?.unit !== unit || state === undefined) continue;
    const { limit } = demand;
    const left = Math.max(0, limit - state.used);
    if (found === undefined || left < found.left) found = { limit, left, resetMs: state.resetMs };
  }
  return found;
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
