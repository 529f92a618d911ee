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

function cleanMessage(message: JsonObject): JsonObject {
  return cleanToolCalls(cleanDetails(message));
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

function cleanToolCalls(message: JsonObject): JsonObject {
  const calls = listOf(message['tool_calls']);
  const cleaned = calls.map((call) => (isObject(call) ? cleanToolCall(call) : call));
  const isSame = cleaned.every((call, index) => call === calls[index]);
  return isSame ? message : { ...message, tool_calls: cleaned };
}

function cleanToolCall(call: JsonObject): JsonObject {
  const extra = objectIn(call, 'extra_content');
  const google = objectIn(extra ?? {}, 'google');
  const value = filledIn(google ?? {}, 'thought_signature');
  if (value === undefined || !isEnvelope(value)) return call;
  const own = ownSeal(value);
  const { thought_signature: _signature, ...restOfGoogle } = google ?? {};
  const newGoogle = own === undefined ? restOfGoogle : { ...google, thought_signature: own.data };
  const { google: _google, ...restOfExtra } = extra ?? {};
  const newExtra = isEmpty(newGoogle) ? restOfExtra : { ...restOfExtra, google: newGoogle };
  const { extra_content: _extra, ...restOfCall } = call;
  return isEmpty(newExtra) ? restOfCall : { ...restOfCall, extra_content: newExtra };
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
