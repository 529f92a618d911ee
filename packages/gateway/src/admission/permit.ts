/** What one request has reserved, given back exactly once against what it used. */
import type { Usage } from 'ai-api-converter';
import { newId } from '../lib/ids.ts';
import type { ChannelPermit, Identity, Permit, Use } from '../model/guard.ts';
import type { Headers } from '../model/http.ts';
import type { LimitStore, Reservation } from '../model/limits.ts';
import { take } from './reserve.ts';
import type { Amounts, Demand, Rules } from './rules.ts';

interface Grant {
  readonly store: LimitStore;
  readonly rules: Rules;
  readonly identity: Identity;
  readonly amounts: Amounts;
  readonly leastTokens: number;
  readonly headers: Headers;
  readonly demands: readonly Demand[];
  readonly reservation: Reservation;
  readonly inputTokens: number;
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
  const { store, rules, identity, amounts, leastTokens, headers, demands, reservation } = grant;
  let isSettled = false;

  function settle(use: Use): void {
    if (isSettled) return;
    isSettled = true;
    if (use.usage !== undefined) grant.learn(outputOf(use.usage));
    give(
      store,
      reservation,
      demands.map((demand) => usedOf(demand, use, grant.inputTokens)),
    );
  }

  return {
    headers: () => headers,
    settle,
    async admitChannel(channel, upstreamModel) {
      if (!rules.hasChannelRules) return nobody;
      const subject = { identity, model: upstreamModel, channel: channel.id };
      const wanted = rules.demands(subject, amounts);
      if (wanted.length === 0) return nobody;
      const taken = await take(store, newId(''), { demands: wanted, leastTokens });
      if (!taken.granted) return undefined;
      return {
        settle: (use) =>
          give(
            store,
            taken.reservation,
            wanted.map((demand) => usedOf(demand, use, grant.inputTokens)),
          ),
      };
    },
  };
}

/** Never throws and is not waited for: the store keeps what it cannot take now. */
function give(store: LimitStore, reservation: Reservation, used: readonly number[]): void {
  void Promise.resolve()
    .then(() => store.settle(reservation, used))
    .catch(() => undefined);
}

function usedOf({ unit, claim }: Demand, use: Use, inputTokens: number): number {
  if (unit === 'concurrency') return 0;
  if (unit === 'requests') return use.ran ? 1 : 0;
  if (!use.ran) return 0;
  if (unit === 'budget') return use.costMicroUsd ?? 0;
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
