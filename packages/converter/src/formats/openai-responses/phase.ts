/**
 * What a message is within its answer, as newer models say: a word on the way, or the answer itself.
 * They want it back. The neutral form has no place for it, so the rarer of both travels as a seal.
 */
import type { Seal, TextPart } from '../../ir/part.ts';
import type { Turn } from '../../ir/request.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';

export type Phase = 'commentary' | 'final_answer';

const commentary = stringifyJson({ phase: 'commentary' });

/** Undefined for final answers: what is sealed needs a place of its own at some clients. */
export function sealOfPhase(message: JsonObject): Seal | undefined {
  if (message['phase'] !== 'commentary') return undefined;
  return { format: 'openai-responses', kind: 'signature', data: commentary };
}

function isCommentary({ seal }: TextPart): boolean {
  return seal?.format === 'openai-responses' && seal.data === commentary;
}

/** Whether the conversation is with a model that knows of phases. */
export function isPhased(turns: readonly Turn[]): boolean {
  return turns.some(({ parts }) =>
    parts.some((part) => part.type === 'text' && isCommentary(part)),
  );
}

/**
 * The phase of each of a turn's parts; beside calls what is not sealed stays open. A client may have kept one
 * text in pieces, of which the last has the seal; no answer precedes a comment.
 */
export function phasesOf({ parts }: Turn, phased: boolean): readonly (Phase | undefined)[] {
  const hasCalls = parts.some(({ type }) => type === 'tool-call');
  const others = phased && !hasCalls ? 'final_answer' : undefined;
  let isOfCommentary = false;
  return parts
    .toReversed()
    .map((part) => {
      isOfCommentary = part.type === 'text' && (isOfCommentary || isCommentary(part));
      return isOfCommentary ? ('commentary' as const) : others;
    })
    .toReversed();
}
