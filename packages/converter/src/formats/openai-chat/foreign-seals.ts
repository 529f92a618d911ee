/**
 * Takes our envelopes out of a body that otherwise passes through: they come from a conversation
 * that another provider's model began, and mean nothing to this one. What this format's own upstream
 * had sealed is put back as it was.
 */
import { isEnvelope, readEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';
import { isObject, type JsonObject, type JsonValue, tryParseJson } from '../../json.ts';
import { filledIn, listOf, objectIn, textIn } from '../../openai/lenient.ts';

export function withoutForeignSeals(body: JsonObject): JsonObject {
  const messages = listOf(body['messages']);
  const cleaned = messages.map((message) => (isObject(message) ? cleanMessage(message) : message));
  const isSame = cleaned.every((message, index) => message === messages[index]);
  return isSame ? body : { ...body, messages: cleaned };
}

/**
 * OpenAI's Agents SDK repeats what it does not know of a call in the call's message, and what it does
 * not know of a message in the message's text.
 */
function cleanMessage(message: JsonObject): JsonObject {
  const cleaned = cleanList(cleanDetails(cleanExtra(message)), 'tool_calls', cleanExtra);
  return cleanList(cleaned, 'content', cleanDetails);
}

/** The same object where nothing changed. */
function cleanList(
  message: JsonObject,
  key: 'tool_calls' | 'content',
  clean: (entry: JsonObject) => JsonObject,
): JsonObject {
  const entries = listOf(message[key]);
  const cleaned = entries.map((entry) => (isObject(entry) ? clean(entry) : entry));
  const isSame = cleaned.every((entry, index) => entry === entries[index]);
  return isSame ? message : { ...message, [key]: cleaned };
}

function cleanDetails(message: JsonObject): JsonObject {
  const details = listOf(message['reasoning_details']);
  if (!details.some((detail) => envelopeOf(detail) !== undefined)) return message;
  const kept = details.flatMap((detail) => {
    const value = envelopeOf(detail);
    if (value === undefined) return [detail];
    const own = ownSeal(value);
    const entry = own?.kind === 'redacted' ? tryParseJson(own.data) : undefined;
    return isObject(entry) ? [entry] : [];
  });
  const { reasoning_details: _details, ...rest } = message;
  return kept.length === 0 ? rest : { ...rest, reasoning_details: kept };
}

function envelopeOf(detail: JsonValue): string | undefined {
  if (!isObject(detail)) return undefined;
  const value = textIn(detail, 'signature') ?? textIn(detail, 'data') ?? '';
  return isEnvelope(value) ? value : undefined;
}

function ownSeal(value: string): Seal | undefined {
  const seal = readEnvelope(value)?.seal;
  return seal?.format === 'openai-chat' ? seal : undefined;
}

function cleanExtra(holder: JsonObject): JsonObject {
  const extra = objectIn(holder, 'extra_content');
  const google = objectIn(extra ?? {}, 'google');
  const value = filledIn(google ?? {}, 'thought_signature');
  if (value === undefined || !isEnvelope(value)) return holder;
  const own = ownSeal(value);
  const { thought_signature: _signature, ...restOfGoogle } = google ?? {};
  const newGoogle = own === undefined ? restOfGoogle : { ...google, thought_signature: own.data };
  const { google: _google, ...restOfExtra } = extra ?? {};
  const newExtra = isEmpty(newGoogle) ? restOfExtra : { ...restOfExtra, google: newGoogle };
  const { extra_content: _extra, ...rest } = holder;
  return isEmpty(newExtra) ? rest : { ...rest, extra_content: newExtra };
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
