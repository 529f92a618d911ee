/** Turns: their order and number, empty ones, and who speaks in them. */
import { invalidRequest } from '../errors.ts';
import type { Part, TextPart } from '../ir/part.ts';
import type { ChatRequest, Turn } from '../ir/request.ts';
import type { Capabilities, Rule, Situation } from './contract.ts';
import { mapKeeping } from './unchanged.ts';

/** Stands where a turn must be and nobody said anything. */
const filler: Part = { type: 'text', text: '.' };

export const adaptTurns: Rule = (request, situation) => {
  const { can } = situation;
  const named = can.turnNames ? request.turns : withoutNames(request.turns);
  const filled = mapKeeping(named, (turn) => withoutEmpty(turn, can));
  const turns = can.alternatingTurns ? userFirst(merge(filled), request, situation) : filled;
  return turns === request.turns ? request : { ...request, turns };
};

/** Where several people speak, their names become part of what they say. */
function withoutNames(turns: readonly Turn[]): readonly Turn[] {
  if (turns.every(({ name }) => name === undefined)) return turns;
  const users = turns.filter(({ role }) => role === 'user').map(({ name }) => name);
  const several = new Set(users).size > 1;
  return mapKeeping(turns, (turn) => {
    if (turn.name === undefined) return turn;
    const { name, ...rest } = turn;
    if (!several || turn.role !== 'user') return rest;
    const spoken = turn.parts.findIndex(({ type }) => type === 'text');
    if (spoken === -1) return rest;
    const parts = mapKeeping(turn.parts, (part, index) =>
      index === spoken && part.type === 'text' ? { ...part, text: `${name}: ${part.text}` } : part,
    );
    return { ...rest, parts };
  });
}

/** Undefined: nothing of the turn is left and the conversation goes on without it. */
function withoutEmpty(turn: Turn, can: Capabilities): Turn | undefined {
  if (turn.parts.length > 0 && !turn.parts.some(isBlank)) return turn;
  const { blankText } = can;
  const staysBlank = blankText === 'any' || (blankText === 'alone' && turn.parts.some(isWords));
  const parts = turn.parts.filter(
    (part) => !isBlank(part) || (staysBlank && part.text !== '') || part.seal !== undefined,
  );
  if (parts.length > 0) return parts.length === turn.parts.length ? turn : { ...turn, parts };
  return turn.role === 'user' ? { ...turn, parts: [filler] } : undefined;
}

function isBlank(part: Part): part is TextPart {
  return part.type === 'text' && !/\S/.test(part.text);
}

function isWords(part: Part): boolean {
  return part.type === 'text' && !isBlank(part);
}

function merge(turns: readonly Turn[]): readonly Turn[] {
  const repeats = turns.some((turn, index) => turn.role === turns[index - 1]?.role);
  if (!repeats) return turns;
  const merged: (Turn & { readonly parts: Part[] })[] = [];
  for (const { role, parts, path } of turns) {
    const last = merged.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else merged.push({ role, parts: [...parts], ...(path !== undefined && { path }) });
  }
  return merged;
}

function userFirst(
  turns: readonly Turn[],
  { system }: ChatRequest,
  { report }: Situation,
): readonly Turn[] {
  const [first] = turns;
  if (first === undefined && system.length === 0) {
    throw invalidRequest('turns', 'the request has no messages');
  }
  if (first !== undefined && first.role !== 'assistant') return turns;
  report({
    feature: 'first-turn',
    path: first?.path ?? 'turns[0]',
    action: 'weakened',
    reason: 'unsupported',
    effect: 'hint',
    detail: 'the conversation must start with the user: a turn of one full stop was added',
  });
  return [{ role: 'user', parts: [filler] }, ...turns];
}
