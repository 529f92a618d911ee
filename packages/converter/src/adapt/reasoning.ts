/** Reasoning: whether, how much, in the target's own terms, and what it cannot stand beside. */
import type { ChatRequest, ReasoningRequest } from '../ir/request.ts';
import type { LossReason } from '../loss.ts';
import type { ReasoningSupport, Rule, Situation } from './contract.ts';
import { budgetOfEffort, effortOfBudget, nearestEffort } from './reasoning-amount.ts';
import { lacksSealedReasoning } from './seals.ts';

export const adaptReasoning: Rule = (request, situation) => {
  const wanted = resolve(request, situation);
  const wished = wanted === request.reasoning ? request : { ...request, reasoning: wanted };
  const possible = withoutConflicts(wished, situation);
  const fitted = fitBudget(possible, situation);
  const reasoning = withVisibility(fitted.reasoning, request.reasoning, situation);
  const same =
    reasoning === request.reasoning && fitted.outputTokensMax === request.outputTokensMax;
  return same ? request : { ...request, outputTokensMax: fitted.outputTokensMax, reasoning };
};

/** Once the rule above has run: whether the model is going to reason. */
export function isReasoning({ reasoning }: ChatRequest, { can }: Situation): boolean {
  return reasoning === undefined ? can.reasoning.byDefault : reasoning.mode !== 'off';
}

/** Seals cost nothing but their length; those of a model that does not reason would be refused. */
export const askForSeals: Rule = (request, situation) =>
  situation.can.sealsOnRequest && isReasoning(request, situation)
    ? { ...request, sealedReasoning: true }
    : request;

function lose(
  { report }: Situation,
  loss: { readonly detail: string; readonly reason?: LossReason; readonly effect?: 'hint' },
): void {
  report({
    feature: 'reasoning',
    path: 'reasoning',
    action: 'weakened',
    reason: 'model',
    effect: 'answer',
    ...loss,
  });
}

function resolve(request: ChatRequest, situation: Situation): ReasoningRequest | undefined {
  const { reasoning: asked } = request;
  const { can, target } = situation;
  const { efforts, budget, byDefault, plainOn } = can.reasoning;
  if (asked === undefined || isNoWish(asked)) return undefined;
  if (asked.mode === 'off' || (asked.budget !== undefined && asked.budget <= 0)) {
    return turnedOff(situation);
  }
  if (efforts.length === 0 && budget === undefined && !byDefault && !plainOn) {
    if (asked.mode === 'on' || asked.effort !== undefined) {
      lose(situation, { detail: `${target.model} does not reason` });
    }
    return undefined;
  }
  if (asked.budget !== undefined && budget !== undefined) {
    return { ...asked, mode: 'on', effort: undefined };
  }
  if (asked.effort !== undefined || asked.budget !== undefined) return byEffort(asked, situation);
  // Reasoning that is on by itself, or can be asked for without an amount, keeps its own measure.
  if (plainOn || byDefault) return { ...asked, mode: plainOn ? 'on' : asked.mode };
  return byEffort({ ...asked, effort: 'medium' }, situation);
}

/** The model is left as it is; what it thinks by itself is not to be shown. */
function isNoWish({ mode, effort, budget, visible }: ReasoningRequest): boolean {
  return mode === 'auto' && visible === false && effort === undefined && budget === undefined;
}

function byEffort(asked: ReasoningRequest, situation: Situation): ReasoningRequest {
  const { efforts, budget } = situation.can.reasoning;
  const effort = asked.effort ?? effortOfBudget(asked.budget ?? 0);
  if (efforts.length === 0) {
    if (budget === undefined) return { ...asked, mode: 'on', effort: undefined, budget: undefined };
    return { ...asked, mode: 'on', effort };
  }
  const nearest = nearestEffort(effort, efforts);
  if (nearest !== effort) {
    situation.report({
      feature: 'reasoning-effort',
      path: asked.effort === undefined ? 'reasoning.budget' : 'reasoning.effort',
      action: 'weakened',
      reason: 'range',
      effect: 'hint',
      detail: `${situation.target.model} has no effort ${effort}; ${nearest} comes nearest`,
    });
  }
  return { ...asked, mode: 'on', effort: nearest, budget: undefined };
}

/** As little as the model can. */
function turnedOff(situation: Situation): ReasoningRequest | undefined {
  const { off, byDefault, efforts, budget } = situation.can.reasoning;
  const { model } = situation.target;
  if (off === 'yes') return byDefault || efforts.length > 0 ? { mode: 'off' } : undefined;
  if (off === 'unknown') {
    lose(situation, {
      detail: `it is not known how to keep ${model} from reasoning`,
      effect: 'hint',
    });
    return undefined;
  }
  lose(situation, { detail: `${model} always reasons; it was told to do so as little as it can` });
  const [least] = efforts;
  return least === undefined ? { mode: 'on', budget: budget?.min } : { mode: 'on', effort: least };
}

function withoutConflicts(request: ChatRequest, situation: Situation): ChatRequest {
  const conflict =
    isReasoning(request, situation) || !situation.can.reasoning.withTools
      ? conflictOf(request, situation)
      : undefined;
  if (conflict === undefined) return request;
  const wasAsked = request.reasoning !== undefined && request.reasoning.mode !== 'off';
  if (wasAsked) lose(situation, { detail: conflict });
  return { ...request, reasoning: turnedOff(situation) };
}

function conflictOf(request: ChatRequest, situation: Situation): string | undefined {
  const { can, target } = situation;
  const { reasoning } = request;
  if (!can.reasoning.withTools && request.tools.some(({ type }) => type !== 'web-search')) {
    return `${target.model} does not reason while it has functions to call`;
  }
  if (request.toolChoice?.mode === 'required' && can.forcedToolChoice === 'without-reasoning') {
    return `${target.model} does not reason while it is forced to call a tool`;
  }
  const byBudget = reasoning !== undefined && usesBudget(reasoning, can.reasoning);
  if (byBudget && can.reasoning.budgetNeedsSeals && lacksSealedReasoning(request)) {
    return 'reasoning cannot go on from a tool call whose own reasoning is not there';
  }
  return undefined;
}

function usesBudget(
  { mode, budget, effort }: ReasoningRequest,
  support: ReasoningSupport,
): boolean {
  if (mode === 'off' || support.budget === undefined) return false;
  return budget !== undefined || (effort !== undefined && support.efforts.length === 0);
}

/** Turns an effort into a budget where there is nothing else, and makes room for it. */
function fitBudget(request: ChatRequest, situation: Situation): ChatRequest {
  const { reasoning } = request;
  const { budget: bounds, budgetWithinOutput } = situation.can.reasoning;
  if (bounds === undefined || reasoning === undefined) return request;
  if (!usesBudget(reasoning, situation.can.reasoning)) return request;
  const { budget: asked, effort, ...rest } = reasoning;
  const room = request.outputTokensMax ?? Infinity;
  // The client's bound includes reasoning: an effort is a share of it rather than a reason to raise it.
  const budget =
    asked === undefined
      ? budgetOfEffort(effort ?? 'medium', { min: bounds.min, max: Math.min(bounds.max, room - 1) })
      : clampBudget(asked, situation);
  const fitted = { ...request, reasoning: { ...rest, budget } };
  return budgetWithinOutput && budget >= room ? makeRoom(fitted, budget, situation) : fitted;
}

function clampBudget(asked: number, situation: Situation): number {
  const { min, max } = situation.can.reasoning.budget ?? { min: asked, max: asked };
  const budget = Math.min(Math.max(asked, min), max);
  if (budget !== asked) {
    situation.report({
      feature: 'reasoning-budget',
      path: 'reasoning.budget',
      action: 'weakened',
      reason: 'range',
      effect: 'hint',
      detail: `${situation.target.model} takes ${min} to ${max} tokens`,
    });
  }
  return budget;
}

/** The bound of the answer is raised by the budget; what the model's own bound forbids is cut. */
function makeRoom(request: ChatRequest, budget: number, situation: Situation): ChatRequest {
  const { can, report, target } = situation;
  const asked = request.outputTokensMax ?? 0;
  const room = Math.min(asked + budget, can.outputTokensMax ?? Infinity);
  const answerMin = Math.max(1, Math.min(asked, Math.ceil(room / 10)));
  const cut = Math.min(budget, room - answerMin);
  if (cut < (can.reasoning.budget?.min ?? 0)) {
    lose(situation, { detail: `${target.model} has no room to reason in ${room} tokens` });
    return { ...request, reasoning: turnedOff(situation) };
  }
  if (room > asked) {
    report({
      feature: 'output-tokens',
      path: 'outputTokensMax',
      action: 'weakened',
      reason: 'range',
      effect: 'answer',
      detail: `raised from ${asked} to ${room}, since it must exceed the reasoning's budget`,
    });
  }
  const { reasoning } = request;
  return {
    ...request,
    outputTokensMax: room,
    reasoning: reasoning === undefined ? undefined : { ...reasoning, budget: cut },
  };
}

function withVisibility(
  reasoning: ReasoningRequest | undefined,
  asked: ReasoningRequest | undefined,
  { can }: Situation,
): ReasoningRequest | undefined {
  const { shownByDefault, byDefault } = can.reasoning;
  const visible = asked?.visible ?? (shownByDefault ? true : undefined);
  if (visible === undefined || reasoning?.mode === 'off') return reasoning;
  if (reasoning === undefined) {
    return visible && shownByDefault && byDefault ? { mode: 'auto', visible } : undefined;
  }
  return reasoning.visible === visible ? reasoning : { ...reasoning, visible };
}
