/**
 * Providers' opaque data on its way through a client of this format: as the encrypted content of
 * reasoning items. What belongs to a text or a call gets an item of its own beside it.
 */

import { compact } from '../../compact.ts';
import { isEnvelope, readEnvelope, writeEnvelope } from '../../envelope.ts';
import type { ReasoningPart, Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { filledIn } from '../../openai/lenient.ts';
import { joinPieces, piecesOf, reasoningPartOf } from './reasoning-item.ts';

export type Binding = 'self' | 'next' | 'previous';

/** What a reasoning item in a client's history says. */
export type ReadReasoning =
  | { readonly binding: 'self'; readonly part: ReasoningPart | undefined }
  | { readonly binding: 'next' | 'previous'; readonly seal: Seal | undefined };

/** Without a seal the envelope still says that the item is ours: no provider would know its id. */
export function sealedContent(
  binding: Binding,
  seal: Seal | undefined,
  upstreamModel: string,
): string {
  return writeEnvelope({ binding, seal: seal && { ...seal, model: upstreamModel } });
}

/** A damaged envelope is no seal; the text beside it stays. */
export function readReasoning(item: JsonObject): ReadReasoning {
  const encrypted = filledIn(item, 'encrypted_content');
  if (encrypted === undefined || !isEnvelope(encrypted)) {
    return { binding: 'self', part: reasoningPartOf(item) };
  }
  const envelope = readEnvelope(encrypted);
  const seal = envelope?.seal;
  if (envelope !== undefined && envelope.binding !== 'self') {
    return { binding: envelope.binding, seal };
  }
  const text = joinPieces(piecesOf(item));
  if (text === '' && seal === undefined) return { binding: 'self', part: undefined };
  return { binding: 'self', part: compact({ type: 'reasoning' as const, text, seal }) };
}
