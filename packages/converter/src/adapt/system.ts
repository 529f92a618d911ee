/** Instructions: their role, and their place where the target has none of its own for them. */
import type { TextPart } from '../ir/part.ts';
import type { ChatRequest, SystemBlock, Turn } from '../ir/request.ts';
import type { Rule, Situation } from './contract.ts';
import { mapKeeping } from './unchanged.ts';

export const adaptSystem: Rule = (request, situation) => {
  const { can } = situation;
  const system = mapKeeping(request.system, (block) => {
    if (isEmpty(block.text, situation)) return undefined;
    return block.role === can.systemRole ? block : { ...block, role: can.systemRole };
  });
  const turns = can.systemTurns ? request.turns : withoutSystemTurns(request.turns, situation);
  return system === request.system && turns === request.turns
    ? request
    : { ...request, system, turns };
};

function isEmpty(text: string, { can }: Situation): boolean {
  return text === '' || (can.blankText === 'never' && text.trim() === '');
}

function withoutSystemTurns(turns: readonly Turn[], { report }: Situation): readonly Turn[] {
  return mapKeeping(turns, (turn, index) => {
    if (turn.role !== 'system') return turn;
    const texts = turn.parts.filter((part) => part.type === 'text' && part.text !== '');
    if (texts.length === 0) return undefined;
    report({
      feature: 'system-turn',
      path: turn.path ?? `turns[${index}]`,
      action: 'weakened',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'instructions in the middle of the conversation became marked text of the user',
    });
    const parts = mapKeeping(turn.parts, remind);
    return { role: 'user', parts, ...(turn.path !== undefined && { path: turn.path }) };
  });
}

function remind(part: Turn['parts'][number]): Turn['parts'][number] | undefined {
  if (part.type !== 'text') return part;
  if (part.text === '') return undefined;
  return { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` };
}

/** Where there is no system text at all, it leads the first user turn. Comes after turns are merged. */
export const placeSystem: Rule = (request, { can, report }) => {
  if (can.systemPlace === 'own' || request.system.length === 0) return request;
  report({
    feature: 'system',
    path: 'system',
    action: 'weakened',
    reason: 'model',
    effect: 'hint',
    detail: 'the model takes no system text: it was put before the first user turn',
  });
  const text: TextPart = {
    type: 'text',
    text: request.system.map((block) => block.text).join('\n\n'),
  };
  const [first, ...others] = request.turns;
  const turns: readonly Turn[] =
    first?.role === 'user'
      ? [{ ...first, parts: [text, ...first.parts] }, ...others]
      : [{ role: 'user', parts: [text] }, ...request.turns];
  return { ...request, system: [], turns };
};

/** One more instruction, after all others so that cached ones stay a prefix. */
export function withInstruction(
  request: ChatRequest,
  text: string,
  { can }: Situation,
): ChatRequest {
  const block: SystemBlock = { text, role: can.systemRole };
  return { ...request, system: [...request.system, block] };
}
