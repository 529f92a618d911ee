/**
 * What a message is within its answer, as newer models say: a word on the way, or the answer itself.
 * They want it back. The neutral form has no place for it, so the rarer of both travels as a seal.
 */
import type { Part, Seal, TextPart } from '../../ir/part.ts';
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

/** A client may have kept one text in pieces, of which the last has the seal; no answer precedes a comment. */
function isOfCommentary(part: TextPart, { parts }: Turn): boolean {
  const after = parts.slice(parts.indexOf(part));
  const end = after.findIndex(({ type }) => type !== 'text');
  const run = end < 0 ? after : after.slice(0, end);
  return run.some((piece) => piece.type === 'text' && isCommentary(piece));
}

/** Whether the conversation is with a model that knows of phases. */
export function isPhased(turns: readonly Turn[]): boolean {
  return turns.some(({ parts }) =>
    parts.some((part) => part.type === 'text' && isCommentary(part)),
  );
}

/** The phase of a turn's text; beside calls what is not sealed stays open. */
export function phaseOf(part: Part, turn: Turn, phased: boolean): Phase | undefined {
  if (part.type === 'text' && isOfCommentary(part, turn)) return 'commentary';
  const hasCalls = turn.parts.some(({ type }) => type === 'tool-call');
  return phased && !hasCalls ? 'final_answer' : undefined;
}
