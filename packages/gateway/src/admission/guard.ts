/** Decides whether a request may run: who asks, and whether what it may use is left. */
import type { Usage } from 'ai-api-converter';
import { newId } from '../lib/ids.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Asking, Guard, Identity, Permit } from '../model/guard.ts';
import type { LimitStore } from '../model/limits.ts';
import type { BudgetSeeds } from './budget-seeds.ts';
import { limitHeaders } from './limit-headers.ts';
import { createOutputGuess, type OutputGuess } from './output-guess.ts';
import { createPermit, freePermit } from './permit.ts';
import { hopeless, refusalOf } from './refusal.ts';
import { type Taken, take } from './reserve.ts';
import type { Amounts, Demand, Rules } from './rules.ts';

export interface GuardOptions {
  readonly identify: (ingress: Ingress) => Identity;
  readonly rules: Rules;
  readonly store: LimitStore;
  readonly seeds: BudgetSeeds;
  /** A cheap estimate of a request's tokens from its bytes. */
  readonly estimateInputTokens: (bytes: Uint8Array) => number;
  /** Millionths of a dollar for a model whose provider is not known yet; undefined: no price is known. */
  readonly estimateCost: (model: string, usage: Usage) => number | undefined;
  /** Called once for each limit that refused a request. */
  readonly exceeded: (by: string, unit: string) => void;
}

/** An answer shorter than this is no answer: with fewer tokens left a request is not begun. */
const OUTPUT_TOKENS_LEAST = 16;

export function createGuard(options: GuardOptions): Guard {
  const guess = createOutputGuess();
  return {
    identify: options.identify,
    admit: (ingress, asking) => admit(options, guess, { ...asking, ingress }),
  };
}

interface Request extends Asking {
  readonly ingress: Ingress;
}

async function admit(
  options: GuardOptions,
  guess: OutputGuess,
  { ingress, identity, model }: Request,
): Promise<Permit> {
  if (identity.key !== undefined) await options.seeds.sow(identity.key);
  const { format, body, bytes } = ingress;
  const inputTokens = options.estimateInputTokens(bytes);
  const outputTokens = format.client.outputTokensMax(body) ?? guess.of(model);
  const leastTokens = inputTokens + Math.min(outputTokens, OUTPUT_TOKENS_LEAST);
  const amounts: Amounts = {
    tokens: inputTokens + outputTokens,
    costMicroUsd: options.estimateCost(model, { fresh: inputTokens, text: outputTokens }) ?? 0,
  };
  const demands = options.rules.demands({ identity, model, channel: undefined }, amounts);
  if (demands.length === 0 && !options.rules.hasChannelRules) return freePermit;
  const tooSmall = hopeless(demands, leastTokens);
  if (tooSmall !== undefined) throw tooSmall;
  const taken = await reserve(options, demands, leastTokens);
  const headers = limitHeaders(format.id, demands, taken.states);
  if (!taken.granted) {
    for (const index of taken.refusedBy) {
      const demand = demands[index];
      if (demand !== undefined) options.exceeded(demand.by, demand.unit);
    }
    throw refusalOf(taken, demands, headers);
  }
  return createPermit({
    store: options.store,
    rules: options.rules,
    identity,
    amounts,
    leastTokens,
    headers,
    demands,
    reservation: taken.reservation,
    inputTokens,
    learn: (tokens) => guess.learn(model, tokens),
  });
}

/** Throws GatewayError when nobody can count. */
async function reserve(
  { store }: GuardOptions,
  demands: readonly Demand[],
  leastTokens: number,
): Promise<Taken> {
  try {
    return await take(store, newId(''), { demands, leastTokens });
  } catch (cause) {
    throw new GatewayError('limits-unavailable', 'limits cannot be checked now; try again soon', {
      cause,
    });
  }
}
