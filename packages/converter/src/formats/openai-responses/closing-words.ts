/** What the end of an answer says in words, and what of an answer has no place here. */
import type { AnswerContext } from '../../format.ts';
import type { Part, RefusalPart, TextPart } from '../../ir/part.ts';
import type { Finish } from '../../ir/response.ts';

/** An upstream's explanation, unless the answer itself has words of that kind. */
export function closingWords(
  { reason, message = '' }: Finish,
  said: ReadonlySet<Part['type']>,
): readonly (TextPart | RefusalPart)[] {
  if (message === '') return [];
  if (reason === 'content-filter' && !said.has('refusal')) {
    return [{ type: 'refusal', text: message }];
  }
  if (reason === 'malformed-tool-call' && !said.has('text'))
    return [{ type: 'text', text: message }];
  return [];
}

export function reportOtherCandidates({ report }: AnswerContext): void {
  report({
    feature: 'candidates',
    path: 'output',
    action: 'dropped',
    reason: 'limit',
    effect: 'answer',
    detail: 'an answer of the Responses API is one alternative',
  });
}
