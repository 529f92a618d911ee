/** Calls of tools in a client's history, and what came of them. */

import { compact } from '../../compact.ts';
import { invalidRequest } from '../../errors.ts';
import type { ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import { isArray, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import { filledIn, textIn } from '../../openai/lenient.ts';
import { at, missing, requiredString } from '../../read.ts';
import { type BuiltInName, builtInInput, builtInResult } from './built-in-tools.ts';
import { flatName } from './call-forms.ts';
import { resultContent } from './decode-content.ts';
import { type Place, placeAt } from './losses.ts';

export function functionCall(item: JsonObject, { path }: Place): ToolCallPart {
  return {
    type: 'tool-call',
    id: callIdOf(item, path),
    name: nameOf(item, path),
    kind: 'function',
    input: argumentsOf(item),
    path,
  };
}

/** Clients in languages whose empty maps are lists write `[]` for no arguments, and OpenAI takes it. */
function argumentsOf(item: JsonObject): string {
  const text = textOf(item['arguments']);
  return text.trim() === '[]' ? '{}' : text;
}

export function customCall(item: JsonObject, { path }: Place): ToolCallPart {
  return {
    type: 'tool-call',
    id: callIdOf(item, path),
    name: nameOf(item, path),
    kind: 'custom',
    input: textOf(item['input']),
    path,
  };
}

export function builtInCall(name: BuiltInName, item: JsonObject, { path }: Place): ToolCallPart {
  const input = builtInInput(name, item);
  return { type: 'tool-call', id: callIdOf(item, path), name, kind: 'function', input, path };
}

export function callOutput(item: JsonObject, place: Place): ToolResultPart {
  const { path } = place;
  const name = filledIn(item, 'name');
  const output = item['output'];
  const isContent = typeof output === 'string' || isArray(output);
  // A mark anywhere in the result ends the prefix with it, so that it counts for the whole result.
  const parts = resultContent(isContent ? output : textOf(output), placeAt(place, 'output'));
  return compact({
    type: 'tool-result' as const,
    callId: callIdOf(item, path),
    name: name === undefined ? undefined : flatName(filledIn(item, 'namespace'), name),
    isError: false,
    content: parts.map((part) => compact({ ...part, cache: undefined })),
    cache: parts.findLast((part) => part.cache !== undefined)?.cache,
    path,
  });
}

export function builtInOutput(
  name: BuiltInName,
  item: JsonObject,
  { path }: Place,
): ToolResultPart {
  const { text, isError } = builtInResult(name, item);
  return {
    type: 'tool-result',
    callId: callIdOf(item, path),
    name,
    isError,
    content: text === '' ? [] : [{ type: 'text', text, path: at(path, 'output') }],
    path,
  };
}

/** Outputs of the local shell name their call by `id`, and so do clients that know one id only. */
function callIdOf(item: JsonObject, path: string): string {
  const id = filledIn(item, 'call_id') ?? filledIn(item, 'id');
  if (id === undefined) throw missing(at(path, 'call_id'), 'a string');
  return id;
}

function nameOf(item: JsonObject, path: string): string {
  const name = requiredString(item, 'name', path);
  if (name === '') throw invalidRequest(at(path, 'name'), `${at(path, 'name')}: is empty`);
  return flatName(textIn(item, 'namespace') || undefined, name);
}

/** Text as the model wrote it; some clients parse it and send the object back. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : stringifyJson(value);
}
