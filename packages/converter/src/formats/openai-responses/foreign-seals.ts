/**
 * Takes our envelopes out of a body that otherwise passes through: they come from a conversation
 * that another provider's model began, and mean nothing to this one. What this format's own upstream
 * had sealed is put back as it was.
 */
import { isEnvelope, readEnvelope } from '../../envelope.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { filledIn, listOf } from '../../openai/lenient.ts';
import { joinPieces, piecesOf, reasoningItemOf } from './reasoning-item.ts';

export function withoutForeignSeals(body: JsonObject): JsonObject {
  const input = listOf(body['input']);
  if (!input.some((item) => isSealedByUs(item))) return body;
  const cleaned = input.flatMap((item) => {
    return isObject(item) && isSealedByUs(item) ? ownItem(item) : [item];
  });
  return { ...body, input: cleaned };
}

function isSealedByUs(item: JsonValue): boolean {
  if (!isObject(item) || item['type'] !== 'reasoning') return false;
  return isEnvelope(filledIn(item, 'encrypted_content') ?? '');
}

/** The whole item goes with a foreign seal: the provider does not know its id. */
function ownItem(item: JsonObject): JsonValue[] {
  const envelope = readEnvelope(filledIn(item, 'encrypted_content') ?? '');
  const seal = envelope?.binding === 'self' ? envelope.seal : undefined;
  if (seal?.format !== 'openai-responses') return [];
  const text = joinPieces(piecesOf(item));
  return [reasoningItemOf({ type: 'reasoning', text, seal })];
}
