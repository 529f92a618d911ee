/** What is left of the limits, in the header names that each vendor's clients know. */
import { unixMs, utcMoment } from '../lib/clock.ts';
import type { Headers } from '../model/http.ts';
import type { CounterStates } from '../model/limits.ts';
import type { Demand } from './rules.ts';

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
  states: CounterStates,
): Headers {
  const isAnthropic = formatId === 'anthropic-messages';
  const names = isAnthropic ? anthropic : openai;
  const headers: { [name: string]: string } = {};
  let told = Number.NaN;
  let resetText = '';
  for (const unit of UNITS) {
    const index = tightest(unit, demands, states);
    const demand = demands[index];
    if (demand === undefined) continue;
    const { limit, left, reset } = names[unit];
    const resetMs = states.resetMs[index] ?? 0;
    headers[limit] = String(demand.limit);
    headers[left] = String(leftOf(demand, states, index));
    // Mostly both units have it from windows of one length that began together.
    if (resetMs !== told) resetText = isAnthropic ? momentText(resetMs) : spanText(resetMs);
    told = resetMs;
    headers[reset] = resetText;
  }
  return headers;
}

/** The place of the demand with the least left; negative: nothing is counted in the unit. */
function tightest(unit: Unit, demands: readonly Demand[], states: CounterStates): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < demands.length; index += 1) {
    const demand = demands[index];
    if (demand?.unit !== unit) continue;
    const left = leftOf(demand, states, index);
    if (left >= least) continue;
    found = index;
    least = left;
  }
  return found;
}

function leftOf({ limit }: Demand, { used }: CounterStates, index: number): number {
  return Math.max(0, limit - (used[index] ?? 0));
}

function momentText(milliseconds: number): string {
  return utcMoment(unixMs() + milliseconds);
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
