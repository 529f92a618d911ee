/** Conversations that end with the model's own words, which it is to go on from. */
import type { Part } from '../ir/part.ts';
import type { ChatRequest } from '../ir/request.ts';
import type { Rule, Situation } from './contract.ts';
import { isReasoning } from './reasoning.ts';

export const adaptPrefill: Rule = (request, situation) => {
  const { prefill } = situation.can;
  if (prefill === 'yes' || request.turns.at(-1)?.role !== 'assistant') return request;
  if (prefill === 'unsure') {
    lose(situation, request, 'the model may begin anew instead of going on');
    return request;
  }
  if (prefill === 'without-reasoning' && !isReasoning(request, situation)) {
    return withoutTrailingSpace(request);
  }
  lose(situation, request, 'the model does not go on from its own words; it was asked to');
  const go: Part = { type: 'text', text: 'Continue.' };
  return { ...request, turns: [...request.turns, { role: 'user', parts: [go] }] };
};

function lose({ report }: Situation, { turns }: ChatRequest, detail: string): void {
  report({
    feature: 'prefill',
    path: turns.at(-1)?.path ?? `turns[${turns.length - 1}]`,
    action: 'weakened',
    reason: 'model',
    effect: 'answer',
    detail,
  });
}

/** White space at the very end is refused, and the model would repeat it. */
function withoutTrailingSpace(request: ChatRequest): ChatRequest {
  const turn = request.turns.at(-1);
  const last = turn?.parts.at(-1);
  if (turn === undefined || last?.type !== 'text') return request;
  const text = last.text.trimEnd();
  if (text === last.text || text === '') return request;
  const parts = [...turn.parts.slice(0, -1), { ...last, text }];
  return { ...request, turns: [...request.turns.slice(0, -1), { ...turn, parts }] };
}
