/** The list of messages: leading instructions apart, results of one round of tools together. */

import { compact } from '../../compact.ts';
import { invalidRequest } from '../../errors.ts';
import type { MediaPart, Part, TextPart, ToolResultPart } from '../../ir/part.ts';
import type { SystemBlock, Turn } from '../../ir/request.ts';
import type { JsonArray, JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn } from '../../openai/lenient.ts';
import { at, type Element, objectsOf, optionalString, requiredString } from '../../read.ts';
import { decodeAssistant } from './decode-assistant.ts';
import { decodeContent, resultContent, textContent } from './decode-content.ts';
import { cacheMarkFromWire } from './mappings.ts';

export interface Conversation {
  readonly system: readonly SystemBlock[];
  readonly turns: readonly Turn[];
}

interface State {
  readonly report: Report;
  readonly system: SystemBlock[];
  readonly turns: Turn[];
  /** Names by id of the calls whose results have not been seen yet. */
  readonly openCalls: Map<string, string>;
  /** Results of the round of tools that is being read; undefined outside of one. */
  results: ToolResultPart[] | undefined;
}

export function decodeMessages(messages: JsonArray, report: Report): Conversation {
  if (messages.length === 0) {
    throw invalidRequest('messages', 'messages: expected at least one message');
  }
  const state: State = { report, system: [], turns: [], openCalls: new Map(), results: undefined };
  for (const message of objectsOf(messages, 'messages')) decodeMessage(message, state);
  endResults(state);
  return { system: state.system, turns: state.turns };
}

function decodeMessage(message: Element, state: State): void {
  const role = requiredString(message.value, 'role', message.path);
  if (role === 'tool' || role === 'function') {
    state.results ??= [];
    state.results.push(toolResult(message, state));
    return;
  }
  endResults(state);
  if (role === 'system' || role === 'developer') instructions(message, role, state);
  else if (role === 'user') userTurn(message, state);
  else if (role === 'assistant') assistantTurn(message, state);
  else {
    const place = at(message.path, 'role');
    throw invalidRequest(place, `${place}: "${role}" is not a role of this format`);
  }
  reportUnknownFields(message, state.report);
}

function endResults(state: State): void {
  const { results } = state;
  state.results = undefined;
  if (results === undefined) return;
  state.turns.push({ role: 'user', parts: results, path: results[0]?.path });
}

function instructions(message: Element, role: 'system' | 'developer', state: State): void {
  const { value, path } = message;
  const texts = textContent(decodeContent(value, path), path).filter(({ text }) => text !== '');
  if (texts.length === 0) return;
  if (state.turns.length > 0) {
    state.turns.push({ role: 'system', parts: texts, path });
    return;
  }
  state.system.push(
    ...texts.map((part) => compact({ text: part.text, role, cache: part.cache, path: part.path })),
  );
}

function userTurn({ value, path }: Element, state: State): void {
  const parts = decodeContent(value, path);
  const content: readonly Part[] = parts.length === 0 ? [{ type: 'text', text: '', path }] : parts;
  refuseParts(content, { path, types: foreignToUser });
  for (const part of content) {
    if (part.type === 'tool-result') state.openCalls.delete(part.callId);
  }
  state.turns.push(withName({ role: 'user', parts: content, path }, value));
}

function withName(turn: Turn, message: JsonObject): Turn {
  const name = optionalString(message, 'name', turn.path ?? '');
  return name === undefined ? turn : { ...turn, name };
}

const foreignToUser: ReadonlySet<string> = new Set(['reasoning', 'refusal', 'tool-call']);
const foreignToAssistant: ReadonlySet<string> = new Set(['tool-result']);

function refuseParts(
  parts: readonly Part[],
  rule: { readonly path: string; readonly types: ReadonlySet<string> },
): void {
  const part = parts.find(({ type }) => rule.types.has(type));
  if (part === undefined) return;
  const place = at(rule.path, 'content');
  throw invalidRequest(place, `${place}: a ${part.type} does not belong into this role's message`);
}

function assistantTurn({ value, path, index }: Element, state: State): void {
  const parts = decodeAssistant({ message: value, path, report: state.report, index });
  refuseParts(parts, { path, types: foreignToAssistant });
  if (parts.length === 0) return;
  if (parts.some(({ type }) => type === 'tool-call')) openCalls(parts, state);
  state.turns.push(withName({ role: 'assistant', parts, path }, value));
}

function openCalls(parts: readonly Part[], { openCalls }: State): void {
  openCalls.clear();
  for (const part of parts) if (part.type === 'tool-call') openCalls.set(part.id, part.name);
}

function toolResult({ value, path }: Element, state: State): ToolResultPart {
  const name = optionalString(value, 'name', path);
  const callId = callIdOf(value, { name, path, state });
  state.openCalls.delete(callId);
  const parts = resultContent(decodeContent(value, path), path);
  // A mark anywhere in the message ends the prefix with it, so that it counts for the whole result.
  const cache = parts.findLast(isMarked)?.cache ?? cacheMarkFromWire(value);
  const content = parts.every(isPlain) ? parts : parts.filter(isFilled).map(withoutMark);
  return cache === undefined && name === undefined
    ? { type: 'tool-result', callId, isError: false, content, path }
    : compact({ type: 'tool-result' as const, callId, name, isError: false, content, cache, path });
}

type Material = TextPart | MediaPart;

function isPlain(part: Material): boolean {
  return isFilled(part) && !isMarked(part);
}

function isFilled(part: Material): boolean {
  return part.type !== 'text' || part.text !== '';
}

function isMarked({ cache }: Material): boolean {
  return cache !== undefined;
}

function withoutMark(part: Material): Material {
  return isMarked(part) ? compact({ ...part, cache: undefined }) : part;
}

/** Results of the deprecated role have a name only; a few clients leave out the id of tool results. */
function callIdOf(
  message: JsonObject,
  known: { readonly name: string | undefined; readonly path: string; readonly state: State },
): string {
  const { name, path, state } = known;
  const id = filledIn(message, 'tool_call_id');
  if (id !== undefined) return id;
  for (const [open, known] of state.openCalls) if (known === name) return open;
  const [first] = state.openCalls.keys();
  if (first !== undefined) return first;
  const place = at(path, 'tool_call_id');
  throw invalidRequest(place, `${place}: required, and no open tool call precedes this message`);
}

/** Fields that answers and client libraries leave in messages; what matters of them is read elsewhere. */
const knownFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  'name',
  'refusal',
  'audio',
  'annotations',
  'tool_calls',
  'tool_call_id',
  'function_call',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking_blocks',
  'images',
  'cache_control',
  'provider_specific_fields',
  'parsed',
  'id',
]);

function reportUnknownFields({ value, path }: Element, report: Report): void {
  for (const key in value) {
    if (knownFields.has(key) || value[key] === null) continue;
    report({
      feature: 'unknown-field',
      path: at(path, key),
      action: 'dropped',
      reason: 'unknown',
      effect: 'hint',
    });
  }
}
