/** Decides whether a request may run: who asks, and whether what it may use is left. */
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Asking, BudgetWatch, Guard, Permit } from '../model/guard.ts';
import type { BudgetSeeds } from './budget-seeds.ts';
import { limitHeaders } from './limit-headers.ts';
import { createOutputGuess, type OutputGuess } from './output-guess.ts';
import { createPermit, freePermit } from './permit.ts';
import { hopeless, refusalOf } from './refusal.ts';
import { type Counting, take } from './reserve.ts';
import type { Amounts, Rules } from './rules.ts';
import { watchBudget } from './watched-budget.ts';

export interface GuardOptions extends Pick<Guard, 'authenticate' | 'identify'>, Counting {
  readonly rules: Rules;
  readonly seeds: BudgetSeeds;
  readonly budgets: BudgetWatch;
  /** A cheap estimate of a request's tokens from its bytes. */
  readonly estimateInputTokens: (bytes: Uint8Array) => number;
}

/** An answer shorter than this is no answer: with fewer tokens left a request is not begun. */
const OUTPUT_TOKENS_LEAST = 16;

export function createGuard(options: GuardOptions): Guard {
  const guess = createOutputGuess();
  const { authenticate, identify } = options;
  return {
    authenticate,
    identify,
    admit: (ingress, asking) =>
      asking.isFree === true
        ? admitFree(options, { ...asking, ingress })
        : admit(options, guess, { ...asking, ingress }),
  };
}

interface Request extends Asking {
  readonly ingress: Ingress;
}

async function admit(
  options: GuardOptions,
  guess: OutputGuess,
  { ingress, identity, model, cost, tokens = {} }: Request,
): Promise<Permit> {
  const { rules } = options;
  const sowing = identity.key && options.seeds.sow(identity.key);
  if (sowing !== undefined) await sowing;
  const { format, body, bytes } = ingress;
  const inputTokens = tokens.input ?? options.estimateInputTokens(bytes);
  const outputTokens =
    tokens.output ?? format.client.outputTokensMax(body.outline()) ?? guess.of(model);
  const leastTokens = inputTokens + Math.min(outputTokens, OUTPUT_TOKENS_LEAST);
  const hasBudget = identity.key?.limits.budgetMicroUsd !== undefined;
  const costMicroUsd = hasBudget ? cost({ fresh: inputTokens, text: outputTokens }) : 0;
  if (costMicroUsd === undefined) throw priceUnknown(model);
  const amounts: Amounts = { tokens: inputTokens + outputTokens, costMicroUsd };
  const demands = rules.demands({ identity, model, channel: undefined }, amounts);
  if (demands.length === 0 && !rules.hasChannelRules) return freePermit;
  const tooSmall = hopeless(demands, leastTokens);
  if (tooSmall !== undefined) throw tooSmall;
  const taken = await take(options, demands, leastTokens);
  const { states } = taken;
  const settled =
    hasBudget && identity.key !== undefined
      ? watchBudget(identity.key, { demands, states }, options.budgets)
      : undefined;
  const headers = limitHeaders(format.id, demands, states);
  if (!taken.granted) throw refusalOf(taken, demands, headers);
  return createPermit({
    counting: options,
    rules,
    identity,
    amounts,
    leastTokens,
    headers,
    demands,
    reservation: taken.reservation,
    inputTokens,
    settled,
    learn: (used) => guess.learn(model, used),
  });
}

/** Only the request itself counts. */
async function admitFree(
  options: GuardOptions,
  { ingress, identity, model }: Request,
): Promise<Permit> {
  const rules = rulesOfRequests(options.rules);
  const amounts: Amounts = { tokens: 0, costMicroUsd: 0 };
  const demands = rules.demands({ identity, model, channel: undefined }, amounts);
  if (demands.length === 0) return freePermit;
  const taken = await take(options, demands, 0);
  const headers = limitHeaders(ingress.format.id, demands, taken.states);
  if (!taken.granted) throw refusalOf(taken, demands, headers);
  return createPermit({
    counting: options,
    rules,
    identity,
    amounts,
    leastTokens: 0,
    headers,
    demands,
    reservation: taken.reservation,
    inputTokens: 0,
    settled: undefined,
    learn: () => undefined,
  });
}

function rulesOfRequests({ demands }: Rules): Rules {
  return {
    hasChannelRules: false,
    demands: (subject, amounts) =>
      demands(subject, amounts).filter(({ unit }) => unit === 'requests' || unit === 'concurrency'),
  };
}

/** What it costs could not be counted, and the budget would never end. */
function priceUnknown(model: string): GatewayError {
  return new GatewayError(
    'price-unknown',
    `the key has a budget, and no price is known for ${model}; whoever runs the gateway can add one to its configuration: prices: [{ models: ["${model}"], input: ..., output: ... }], in US dollars for a million tokens`,
  );
}
