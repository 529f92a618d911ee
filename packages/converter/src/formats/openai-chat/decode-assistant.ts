/** An assistant's message of the history: reasoning, words, pictures, tool calls, and their seals. */

import type { Part, Seal, ToolCallPart } from '../../ir/part.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';
import { filledIn, objectIn, textIn } from '../../openai/lenient.ts';
import {
  at,
  type Element,
  objectsOf,
  optionalArray,
  optionalObject,
  requiredString,
} from '../../read.ts';
import { decodeContent, decodeImages } from './decode-content.ts';
import { type DecodedReasoning, decodeReasoning, type Source } from './decode-reasoning.ts';
import { googleSeal } from './seals.ts';

export interface AssistantSource extends Source {
  /** Position of the message, from which ids are made where the client sent none. */
  readonly index: number;
}

/** Empty for a message that says nothing, such as some clients leave behind. */
export function decodeAssistant(source: AssistantSource): readonly Part[] {
  const { message, path } = source;
  const reasoning = decodeReasoning(source);
  const content = decodeContent(message, path);
  const filled = content.every(isFilled) ? content : content.filter(isFilled);
  let parts = filled.length === 0 ? spokenWords(source) : filled;
  const refusal = filledIn(message, 'refusal');
  if (refusal !== undefined) parts = [...parts, { type: 'refusal', text: refusal, path }];
  parts = joined(parts, decodeImages(message, path));
  parts = joined(parts, toolCalls(source));
  parts = joined(parts, legacyCall(source));
  return joined(reasoning.parts, sealParts(parts, reasoning));
}

function isFilled(part: Part): boolean {
  return part.type !== 'text' || part.text !== '';
}

/** Most messages hold one of these only. */
function joined(parts: readonly Part[], more: readonly Part[]): readonly Part[] {
  if (more.length === 0) return parts;
  return parts.length === 0 ? more : [...parts, ...more];
}

/** An answer that was spoken lives on at OpenAI under an id; only a transcript can go elsewhere. */
function spokenWords({ message, path, report }: AssistantSource): readonly Part[] {
  const audio = objectIn(message, 'audio');
  if (audio === undefined) return [];
  const transcript = filledIn(audio, 'transcript');
  if (transcript === undefined && filledIn(audio, 'id') === undefined) return [];
  report({
    feature: 'audio-history',
    path: at(path, 'audio'),
    action: transcript === undefined ? 'dropped' : 'weakened',
    reason: 'foreign',
    effect: 'answer',
    detail: 'an earlier spoken answer can only be sent on as its transcript',
  });
  return transcript === undefined ? [] : [{ type: 'text', text: transcript, path }];
}

function toolCalls(source: AssistantSource): readonly ToolCallPart[] {
  const { message, path, index } = source;
  const calls = optionalArray(message, 'tool_calls', path);
  if (calls === undefined) return [];
  return objectsOf(calls, at(path, 'tool_calls')).map((call) => {
    const part = toolCall(call, index);
    const seal = googleSeal(thoughtSignature(call.value));
    return seal === undefined ? part : { ...part, seal };
  });
}

function toolCall({ value: call, path, index }: Element, messageIndex: number): ToolCallPart {
  const id = filledIn(call, 'id') ?? `call_${messageIndex}_${index}`;
  const custom = optionalObject(call, 'custom', path);
  // Snowflake's answers hold both shapes, and come back with the history.
  if (custom !== undefined && (call['type'] === 'custom' || !call['function'])) {
    return {
      type: 'tool-call',
      id,
      name: requiredString(custom, 'name', at(path, 'custom')),
      kind: 'custom',
      input: textIn(custom, 'input') ?? '',
      path,
    };
  }
  const named = optionalObject(call, 'function', path) ?? call;
  return {
    type: 'tool-call',
    id,
    name: requiredString(named, 'name', at(path, 'function')),
    kind: 'function',
    input: argumentsText(named),
    path,
  };
}

/** Google's own place, and the places where LiteLLM puts the same value. */
function thoughtSignature(call: JsonObject): string | undefined {
  const extra = objectIn(call, 'extra_content');
  const google = extra && objectIn(extra, 'google');
  const own = google && filledIn(google, 'thought_signature');
  if (own !== undefined) return own;
  const named = objectIn(call, 'function');
  const beside = objectIn(call, 'provider_specific_fields');
  const other = beside ?? (named && objectIn(named, 'provider_specific_fields'));
  return other && filledIn(other, 'thought_signature');
}

/** Text as the model wrote it; some clients parse it and send the object back. */
function argumentsText(named: JsonObject): string {
  const value = named['arguments'];
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : stringifyJson(value);
}

/** The `function_call` of before tools had ids: its id is made of its place, the same every time. */
function legacyCall({ message, path, index }: AssistantSource): readonly ToolCallPart[] {
  const call = optionalObject(message, 'function_call', path);
  if (call === undefined || call['name'] === '') return [];
  const place = at(path, 'function_call');
  const name = requiredString(call, 'name', place);
  const id = `call_function_${index}`;
  const input = argumentsText(call);
  return [{ type: 'tool-call', id, name, kind: 'function', input, path: place }];
}

function sealParts(parts: readonly Part[], reasoning: DecodedReasoning): readonly Part[] {
  const { callSeals, textSeal } = reasoning;
  if (callSeals.length === 0 && textSeal === undefined) return parts;
  const sealed = [...parts];
  const places = new Map(
    parts.flatMap((part, place) => (part.type === 'tool-call' ? [[part.id, place] as const] : [])),
  );
  const [firstCall] = places.values();
  for (const { id, seal } of callSeals) {
    const place = places.get(id ?? '') ?? firstCall;
    const part = place === undefined ? undefined : sealed[place];
    if (place === undefined || part?.type !== 'tool-call') sealText(sealed, seal);
    else if (part.seal === undefined) sealed[place] = { ...part, seal };
  }
  if (textSeal !== undefined) sealText(sealed, textSeal);
  return sealed;
}

/** A seal whose text was empty gets an empty text of its own: its maker wants it back all the same. */
function sealText(parts: Part[], seal: Seal): void {
  const place = parts.findLastIndex((part) => part.type === 'text');
  const part = parts[place];
  if (part?.type === 'text') parts[place] = { ...part, seal };
  else parts.push({ type: 'text', text: '', seal });
}
