/** What one request has reserved, given back exactly once against what it used. */
import type { Usage } from 'ai-api-converter';
import type { Asking, ChannelPermit, Permit, Use } from '../model/guard.ts';
import type { Headers } from '../model/http.ts';
import type { MaybePromise, Reservation, Reserved } from '../model/limits.ts';
import type { OutputGuess } from './output-guess.ts';
import { type Counting, take } from './reserve.ts';
import { type Amounts, type Demand, inOrder, type Rules } from './rules.ts';

/** What a request may use. */
export interface Estimate {
  readonly inputTokens: number;
  /** With fewer it is not begun. */
  readonly leastTokens: number;
  readonly amounts: Amounts;
}

interface Admission extends Counting {
  readonly rules: Rules;
  readonly guess: OutputGuess;
}

interface Grant {
  readonly admission: Admission;
  readonly asking: Asking;
  readonly estimate: Estimate;
  readonly headers: Headers;
  readonly demands: readonly Demand[];
  readonly reservation: Reservation;
  /** Hears what was used; undefined: nobody wants to. */
  readonly settled: ((used: Amounts) => void) | undefined;
}

const nobody: ChannelPermit = { settle: () => undefined };

/** Of a request that no limit is about. */
export const freePermit: Permit = {
  headers: () => ({}),
  admitChannel: () => nobody,
  settle: () => undefined,
};

export function createPermit(grant: Grant): Permit {
  const { admission, asking, estimate, demands, reservation } = grant;
  let isSettled = false;

  return {
    headers: () => grant.headers,
    settle(use) {
      if (isSettled) return;
      isSettled = true;
      if (use.usage !== undefined) admission.guess.learn(asking.model, outputOf(use.usage));
      const used = usedOf(use, estimate);
      give(admission, reservation, inOrder(demands, used));
      grant.settled?.(used);
    },
    admitChannel(channel) {
      if (asking.isFree === true) return nobody;
      return admitChannel(grant, admission.rules.channelDemands(channel.id));
    },
  };
}

function admitChannel(
  grant: Grant,
  demands: readonly Demand[],
): MaybePromise<ChannelPermit | undefined> {
  if (demands.length === 0) return nobody;
  const { leastTokens, amounts } = grant.estimate;
  const wanted = { demands, amounts: inOrder(demands, amounts), leastTokens };
  const taken = take(grant.admission, wanted);
  if (!(taken instanceof Promise)) return channelPermit(grant, demands, taken);
  return taken.then((later) => channelPermit(grant, demands, later));
}

function channelPermit(
  { admission, estimate }: Grant,
  demands: readonly Demand[],
  taken: Reserved,
): ChannelPermit | undefined {
  if (!taken.granted) return undefined;
  const { reservation } = taken;
  return {
    settle: (use) => give(admission, reservation, inOrder(demands, usedOf(use, estimate))),
  };
}

/** Never throws and is not waited for: the store keeps what it cannot take now. */
function give({ store }: Counting, reservation: Reservation, used: readonly number[]): void {
  try {
    const told = store.settle(reservation, used);
    if (told instanceof Promise) told.catch(ignore);
  } catch {
    // As a rejection: the store keeps what it cannot take now.
  }
}

function ignore(): void {}

function usedOf(use: Use, { amounts, inputTokens }: Estimate): Amounts {
  if (!use.ran) return nothing;
  const { usage, costMicroUsd } = use;
  return {
    // Sent and then lost: the upstream has read the request at least.
    tokens: usage === undefined ? Math.min(amounts.tokens, inputTokens) : totalOf(usage),
    requests: 1,
    concurrency: 0,
    // A channel without a price must not make a budget last for ever.
    budget: costMicroUsd ?? amounts.budget,
  };
}

const nothing: Amounts = { tokens: 0, requests: 0, concurrency: 0, budget: 0 };

function outputOf({ text, reasoning = 0 }: Usage): number {
  return text + reasoning;
}

function totalOf(usage: Usage): number {
  const { fresh, cacheRead = 0, cacheWrite = 0 } = usage;
  return fresh + cacheRead + cacheWrite + outputOf(usage);
}
