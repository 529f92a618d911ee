/** Decides whether a request may run: who asks, and whether what it may use is left. */
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Asking, BudgetWatch, Guard, Permit } from '../model/guard.ts';
import type { MaybePromise, Reserved } from '../model/limits.ts';
import type { BudgetSeeds } from './budget-seeds.ts';
import { limitHeaders } from './limit-headers.ts';
import { createOutputGuess, type OutputGuess } from './output-guess.ts';
import { createPermit, type Estimate, freePermit } from './permit.ts';
import { hopeless, refusalOf } from './refusal.ts';
import { type Counting, take } from './reserve.ts';
import { type Demand, inOrder, type Rules } from './rules.ts';
import { watchBudget } from './watched-budget.ts';

export interface GuardOptions extends Pick<Guard, 'authenticate' | 'identify'>, Counting {
  readonly rules: Rules;
  readonly seeds: BudgetSeeds;
  readonly budgets: BudgetWatch;
  /** A cheap estimate of a request's tokens from its bytes. */
  readonly estimateInputTokens: (bytes: Uint8Array) => number;
}

interface Admission extends GuardOptions {
  readonly guess: OutputGuess;
}

interface Request {
  readonly ingress: Ingress;
  readonly asking: Asking;
}

/** An answer shorter than this is no answer: with fewer tokens left a request is not begun. */
const OUTPUT_TOKENS_LEAST = 16;

export function createGuard(options: GuardOptions): Guard {
  const admission = { ...options, guess: createOutputGuess() };
  const { authenticate, identify, seeds } = options;
  return {
    authenticate,
    identify,
    admit(ingress, asking) {
      const { key } = asking.identity;
      const sowing = key === undefined || asking.isFree === true ? undefined : seeds.sow(key);
      return sowing === undefined
        ? admit(admission, { ingress, asking })
        : sowing.then(() => admit(admission, { ingress, asking }));
    },
  };
}

/** At once where the counters answer at once: promises that nobody has to wait for are not made. */
function admit(admission: Admission, request: Request): MaybePromise<Permit> {
  const { rules } = admission;
  const { asking } = request;
  const estimate = asking.isFree === true ? nothing : estimateOf(admission, request);
  const demands = rules.demands(asking);
  if (demands.length === 0 && (asking.isFree === true || !rules.hasChannelRules)) return freePermit;
  const { leastTokens, amounts } = estimate;
  const tooSmall = hopeless(demands, leastTokens);
  if (tooSmall !== undefined) throw tooSmall;
  const admitted = { admission, request, estimate, demands };
  const taken = take(admission, { demands, amounts: inOrder(demands, amounts), leastTokens });
  return taken instanceof Promise ? permitLater(admitted, taken) : permitOf(admitted, taken);
}

interface Admitted {
  readonly admission: Admission;
  readonly request: Request;
  readonly estimate: Estimate;
  readonly demands: readonly Demand[];
}

async function permitLater(admitted: Admitted, taking: Promise<Reserved>): Promise<Permit> {
  return permitOf(admitted, await taking);
}

function permitOf({ admission, request, estimate, demands }: Admitted, taken: Reserved): Permit {
  const { ingress, asking } = request;
  const { states } = taken;
  const { key } = asking.identity;
  const { amounts } = estimate;
  const settled =
    key?.limits.budgetMicroUsd === undefined
      ? undefined
      : watchBudget(key, { demands, states, amounts }, admission.budgets);
  const headers = limitHeaders(ingress.format.id, demands, states);
  if (!taken.granted) throw refusalOf(taken, { demands, amounts }, headers);
  const { reservation } = taken;
  return createPermit({ admission, asking, estimate, headers, demands, reservation, settled });
}

/** Where nothing is generated. */
const nothing: Estimate = {
  inputTokens: 0,
  leastTokens: 0,
  amounts: { tokens: 0, requests: 1, concurrency: 1, budget: 0 },
};

function estimateOf(
  { estimateInputTokens, guess }: Admission,
  { ingress, asking }: Request,
): Estimate {
  const { identity, model, cost, tokens } = asking;
  const { format, body, bytes } = ingress;
  const inputTokens = tokens?.input ?? estimateInputTokens(bytes);
  const outputTokens =
    tokens?.output ?? format.client.outputTokensMax(body.outline()) ?? guess.of(model);
  const hasBudget = identity.key?.limits.budgetMicroUsd !== undefined;
  const costMicroUsd = hasBudget ? cost({ fresh: inputTokens, text: outputTokens }) : 0;
  if (costMicroUsd === undefined) throw priceUnknown(model);
  return {
    inputTokens,
    leastTokens: inputTokens + Math.min(outputTokens, OUTPUT_TOKENS_LEAST),
    amounts: {
      tokens: inputTokens + outputTokens,
      requests: 1,
      concurrency: 1,
      // Nothing is free: with an amount of 0 a used-up budget would still let requests pass.
      budget: Math.max(1, costMicroUsd),
    },
  };
}

/** What it costs could not be counted, and the budget would never end. */
function priceUnknown(model: string): GatewayError {
  return new GatewayError(
    'price-unknown',
    `the key has a budget, and no price is known for ${model}; whoever runs the gateway can add one to its configuration: prices: [{ models: ["${model}"], input: ..., output: ... }], in US dollars for a million tokens`,
  );
}
