/** Why a request is refused for a limit, and when it may come again. */
import { unixMs } from '../lib/clock.ts';
import { GatewayError } from '../model/errors.ts';
import type { Headers } from '../model/http.ts';
import type { Reserved } from '../model/limits.ts';
import type { Amounts, Demand } from './rules.ts';

/** Nobody knows when a place becomes free; soon, as requests go. */
const UNKNOWN_WAIT_MS = 1_000;

/** A request that no window will ever hold: it is told so instead of waiting for ever. */
export function hopeless(
  demands: readonly Demand[],
  leastTokens: number,
): GatewayError | undefined {
  const found = demands.find(({ unit, limit }) => unit === 'tokens' && leastTokens > limit);
  if (found === undefined) return undefined;
  const { limit, spanMs } = found;
  return new GatewayError(
    'request-exceeds-limit',
    `the request needs at least ${leastTokens} tokens, and the limit ${whose(found)} is ${limit} in ${spanText(spanMs)}; send a shorter request`,
  );
}

export function refusalOf(
  { refusedBy, states }: Reserved & { readonly granted: false },
  { demands, amounts }: { readonly demands: readonly Demand[]; readonly amounts: Amounts },
  headers: Headers,
): GatewayError {
  let waitMs = 0;
  const reasons: string[] = [];
  let isBudget = false;
  for (const index of refusedBy) {
    const demand = demands[index];
    const used = states.used[index];
    if (demand === undefined || used === undefined) continue;
    reasons.push(reasonOf(demand, used, amounts));
    isBudget ||= demand.unit === 'budget';
    waitMs = Math.max(waitMs, waitOf(demand, states.retryAfterMs[index]));
  }
  const code = isBudget ? 'budget-exhausted' : 'rate-limited';
  const retryAfterMs = Number.isFinite(waitMs) ? waitMs : undefined;
  return new GatewayError(code, reasons.join('; '), { retryAfterMs, headers });
}

function reasonOf(demand: Demand, used: number, { tokens }: Amounts): string {
  const { limit, spanMs } = demand;
  const name = whose(demand);
  switch (demand.unit) {
    case 'tokens':
      return `the limit ${name} of ${limit} tokens in ${spanText(spanMs)} is used up: ${used} are used, this request may need ${tokens}`;
    case 'requests':
      return `the limit ${name} of ${limit} requests in ${spanText(spanMs)} is used up`;
    case 'concurrency':
      return `${used} requests ${name} run already, which is the limit`;
    case 'budget':
      return `the budget of the key is used up: ${dollars(used)} of ${dollars(limit)}`;
  }
}

function waitOf({ period }: Demand, retryAfterMs: number | undefined): number {
  if (period !== undefined) return Math.max(1, period.endMs - unixMs());
  return retryAfterMs ?? UNKNOWN_WAIT_MS;
}

function whose({ by }: Demand): string {
  return by === 'all' ? 'of all together' : `of this ${by}`;
}

function dollars(microUsd: number): string {
  return `$${(microUsd / 1e6).toFixed(microUsd < 1e6 ? 4 : 2)}`;
}

function spanText(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
