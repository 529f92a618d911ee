/** What one request has reserved, given back exactly once against what it used. */
import type { Usage } from 'ai-api-converter';
import type { ChannelPermit, Permit, Use } from '../model/guard.ts';
import type { Headers } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { Reservation } from '../model/limits.ts';
import { type Counting, take } from './reserve.ts';
import type { Amounts, Demand, Rules } from './rules.ts';

interface Grant {
  readonly counting: Counting;
  readonly rules: Rules;
  readonly identity: Identity;
  readonly amounts: Amounts;
  readonly leastTokens: number;
  readonly headers: Headers;
  readonly demands: readonly Demand[];
  readonly reservation: Reservation;
  readonly inputTokens: number;
  /** Hears what was used of each demand; undefined: nobody wants to. */
  readonly settled: ((used: readonly number[]) => void) | undefined;
  /** How many tokens the answer had. */
  learn(outputTokens: number): void;
}

const nobody: ChannelPermit = { settle: () => undefined };

/** Of a request that no limit is about. */
export const freePermit: Permit = {
  headers: () => ({}),
  admitChannel: () => nobody,
  settle: () => undefined,
};

export function createPermit(grant: Grant): Permit {
  const { counting, rules, identity, amounts, leastTokens, headers } = grant;
  let isSettled = false;

  /** Never throws and is not waited for: the store keeps what it cannot take now. */
  function give(reservation: Reservation, demands: readonly Demand[], use: Use): readonly number[] {
    const used = demands.map((demand) => usedOf(demand, use, grant.inputTokens));
    try {
      const told = counting.store.settle(reservation, used);
      if (told instanceof Promise) told.catch(ignore);
    } catch {
      // As a rejection: the store keeps what it cannot take now.
    }
    return used;
  }

  return {
    headers: () => headers,
    settle(use) {
      if (isSettled) return;
      isSettled = true;
      if (use.usage !== undefined) grant.learn(outputOf(use.usage));
      const used = give(grant.reservation, grant.demands, use);
      grant.settled?.(used);
    },
    async admitChannel(channel, upstreamModel) {
      if (!rules.hasChannelRules) return nobody;
      const subject = { identity, model: upstreamModel, channel: channel.id };
      const demands = rules.demands(subject, amounts);
      if (demands.length === 0) return nobody;
      const taken = await take(counting, demands, leastTokens);
      if (!taken.granted) return undefined;
      return { settle: (use) => void give(taken.reservation, demands, use) };
    },
  };
}

function ignore(): void {}

function usedOf({ unit, claim }: Demand, use: Use, inputTokens: number): number {
  if (unit === 'concurrency') return 0;
  if (unit === 'requests') return use.ran ? 1 : 0;
  if (!use.ran) return 0;
  // A channel without a price must not make a budget last for ever.
  if (unit === 'budget') return use.costMicroUsd ?? claim.amount;
  // Sent and then lost: the upstream has read the request at least.
  return use.usage === undefined ? Math.min(claim.amount, inputTokens) : totalOf(use.usage);
}

function outputOf({ text, reasoning = 0 }: Usage): number {
  return text + reasoning;
}

function totalOf(usage: Usage): number {
  const { fresh, cacheRead = 0, cacheWrite = 0 } = usage;
  return fresh + cacheRead + cacheWrite + outputOf(usage);
}
