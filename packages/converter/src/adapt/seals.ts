/** Opaque data goes back only to the format and model that made it; reasoning of others stays away. */
import type { Part, Seal } from '../ir/part.ts';
import { partPathOf } from '../ir/place.ts';
import type { ChatRequest, Turn } from '../ir/request.ts';
import type { Loss } from '../loss.ts';
import type { Rule, Situation, Target } from './contract.ts';
import { mapKeeping, mapParts } from './unchanged.ts';

export const dropForeignSeals: Rule = (request, situation) => {
  if (!request.turns.some(({ parts }) => parts.some(isBound))) return request;
  const { target, report } = situation;
  const foreign = createTally();
  const reasoning = createTally();
  const turns = mapParts(request.turns, (part, path) => {
    const kept = withoutForeignSeal(part, target);
    if (kept !== part) foreign.add(path);
    if (kept.type !== 'reasoning') return kept;
    const sent = historicReasoning(kept, situation);
    if (sent === undefined && kept.text !== '') reasoning.add(path);
    return sent;
  });
  foreign.report(report, {
    feature: 'reasoning-signature',
    reason: 'foreign',
    detail: 'made by another provider or model, to which alone it may go back',
  });
  reasoning.report(report, {
    feature: 'reasoning-history',
    reason: 'foreign',
    detail: 'the model cannot take back reasoning that it did not sign',
  });
  return turns === request.turns ? request : { ...request, turns };
};

function isBound(part: Part): boolean {
  return part.type === 'reasoning' || ('seal' in part && part.seal !== undefined);
}

function withoutForeignSeal(part: Part, target: Target): Part {
  if (!('seal' in part) || part.seal === undefined || isOwn(part.seal, target)) return part;
  const { seal: _, ...rest } = part;
  return rest;
}

function isOwn(seal: Seal, target: Target): boolean {
  if (seal.format !== target.format) return false;
  return seal.model === undefined || seal.model === target.model;
}

function historicReasoning(
  part: Extract<Part, { readonly type: 'reasoning' }>,
  { can }: Situation,
): Part | undefined {
  switch (can.reasoningHistory) {
    case 'sealed':
      return part.seal === undefined ? undefined : part;
    case 'echoed':
      return part.text === '' ? undefined : part;
    case 'dropped':
      return undefined;
  }
}

/**
 * Where the model insists on a signature of each step's first call, the provider's own substitute
 * stands in for the ones that were lost on the way.
 */
export const substituteSeals: Rule = (request, { can, target, report }) => {
  const data = can.sealSubstitute;
  if (data === undefined) return request;
  const seal: Seal = { format: target.format, kind: 'signature', data };
  const substituted = createTally();
  const turns = mapKeeping(request.turns, (turn, turnIndex) => {
    const place = firstUnsealedCall(turn);
    const first = turn.parts[place];
    if (first?.type !== 'tool-call') return turn;
    substituted.add(partPathOf(first, turn) ?? `turns[${turnIndex}].parts[${place}]`);
    return { ...turn, parts: turn.parts.with(place, { ...first, seal }) };
  });
  substituted.report(report, {
    feature: 'reasoning-signature',
    reason: 'emulated',
    detail: 'a lost signature was replaced by the value that skips its validation',
  });
  return turns === request.turns ? request : { ...request, turns };
};

/** Where the first call stands of a turn in which no call is sealed; -1: there is none. */
function firstUnsealedCall({ role, parts }: Turn): number {
  if (role !== 'assistant' || parts.some(isSealedCall)) return -1;
  return parts.findIndex(({ type }) => type === 'tool-call');
}

function isSealedCall(part: Part): boolean {
  return part.type === 'tool-call' && part.seal !== undefined;
}

/** The turn in which the model last called tools does not start with reasoning that it signed. */
export function lacksSealedReasoning(request: ChatRequest): boolean {
  const last = request.turns.findLast(({ role }) => role === 'assistant');
  const firstCall = last?.parts.findIndex(({ type }) => type === 'tool-call') ?? -1;
  if (last === undefined || firstCall === -1) return false;
  return !last.parts
    .slice(0, firstCall)
    .some((part) => part.type === 'reasoning' && part.seal !== undefined);
}

interface Tally {
  add(path: string): void;
  report(
    report: Situation['report'],
    loss: Pick<Loss, 'feature' | 'reason'> & { detail: string },
  ): void;
}

/** A long history would report the same thing hundreds of times: the first place speaks for all. */
function createTally(): Tally {
  let first: string | undefined;
  let others = -1;
  return {
    add(path) {
      first ??= path;
      others++;
    },
    report(report, { feature, reason, detail }) {
      if (first === undefined) return;
      const action = reason === 'emulated' ? 'weakened' : 'dropped';
      const more = others === 0 ? '' : ` (here and in ${others} other places)`;
      report({ feature, path: first, action, reason, effect: 'hint', detail: detail + more });
    },
  };
}
