/**
 * The list of items: leading instructions apart, what an assistant did in a row as one turn, results
 * of one round of tools together.
 */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type { ToolResultPart } from '../../ir/part.ts';
import type { SystemBlock, Turn } from '../../ir/request.ts';
import { isArray, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { mediaFromBase64 } from '../../openai/media.ts';
import { at, missing, objectsOf, optionalString, requiredString, wrongType } from '../../read.ts';
import { type AssistantTurn, createAssistantTurn } from './assistant-turn.ts';
import { builtInOfItem } from './built-in-tools.ts';
import {
  builtInCall,
  builtInOutput,
  callOutput,
  customCall,
  functionCall,
} from './decode-calls.ts';
import { decodeContent, textContent } from './decode-content.ts';
import type { WireTool } from './decode-tools.ts';
import { drop, type Keys, type Place, placeAt, reportRest } from './losses.ts';
import { sealOfPhase } from './phase.ts';

export interface Conversation {
  readonly system: readonly SystemBlock[];
  readonly turns: readonly Turn[];
  /** Tools that stand among the items. */
  readonly found: readonly WireTool[];
  /** Settings that changed on the way; the last ones count. */
  readonly update: {
    readonly effort?: string | undefined;
    readonly format?: JsonObject | undefined;
  };
}

interface State {
  readonly system: SystemBlock[];
  readonly turns: Turn[];
  readonly found: WireTool[];
  readonly update: { effort?: string | undefined; format?: JsonObject | undefined };
  /** What the assistant did since someone else last spoke. */
  assistant: AssistantTurn | undefined;
  /** Results of the round of tools that is being read. */
  results: ToolResultPart[];
}

export function decodeItems(body: JsonObject, report: Report): Conversation {
  const state: State = {
    system: instructionsOf(body),
    turns: [],
    found: [],
    update: {},
    assistant: undefined,
    results: [],
  };
  const { input } = body;
  if (typeof input === 'string') state.turns.push(userSays(input));
  else for (const { value, path } of listOfInput(input)) decodeItem(value, { path, report }, state);
  endTurn(state);
  const { system, turns, found, update } = state;
  return { system, turns, found, update };
}

function instructionsOf(body: JsonObject): SystemBlock[] {
  const text = optionalString(body, 'instructions', '') ?? '';
  return text === '' ? [] : [{ text, role: 'system', path: 'instructions' }];
}

function userSays(text: string): Turn {
  const path = 'input';
  return { role: 'user', parts: [{ type: 'text', text, path }], path };
}

function listOfInput(input: JsonValue | undefined): ReturnType<typeof objectsOf> {
  if (input === undefined || input === null) throw missing('input', 'a string or an array');
  if (!isArray(input)) throw wrongType('input', 'a string or an array', input);
  return objectsOf(input, 'input');
}

function typeOf(item: JsonObject, path: string): string {
  const type = textIn(item, 'type');
  if (type !== undefined) return type;
  if (filledIn(item, 'role') !== undefined) return 'message';
  if (filledIn(item, 'id') !== undefined) return 'item_reference';
  throw missing(at(path, 'type'), 'a string');
}

function decodeItem(item: JsonObject, place: Place, state: State): void {
  const type = typeOf(item, place.path);
  const builtIn = builtInOfItem(type);
  if (type.startsWith('tool_search_')) findTools(item, place, state);
  if (builtIn !== undefined) {
    if (isProviders(item)) return;
    if (type.endsWith('_output')) state.results.push(builtInOutput(builtIn, item, place));
    else assistantOf(place, state).add(builtInCall(builtIn, item, place));
    return;
  }
  switch (type) {
    case 'message':
      return message(item, place, state);
    case 'reasoning':
      return assistantOf(place, state).think(item, place);
    case 'function_call':
      return assistantOf(place, state).add(functionCall(item, place));
    case 'custom_tool_call':
      return assistantOf(place, state).add(customCall(item, place));
    case 'function_call_output':
    case 'custom_tool_call_output':
      state.results.push(callOutput(item, place));
      return;
    case 'additional_tools':
      return findTools(item, place, state);
    case 'configuration_update':
      return updateSettings(item, state);
    case 'image_generation_call':
      return drawnImage(item, place, state);
    default:
      return otherItem(type, place);
  }
}

/** A search for tools, or a container's shell, that ran at the provider. */
function isProviders(item: JsonObject): boolean {
  const type = textIn(item, 'type') ?? '';
  return type.startsWith('tool_search_') && item['execution'] !== 'client';
}

/** Results come between a turn of the assistant's and what it does next. */
function assistantOf(place: Place, state: State): AssistantTurn {
  if (state.results.length > 0) endTurn(state);
  state.assistant ??= createAssistantTurn(place);
  return state.assistant;
}

function endTurn(state: State): void {
  const { assistant, results } = state;
  state.assistant = undefined;
  state.results = [];
  const turn = assistant?.end();
  if (turn !== undefined) state.turns.push(turn);
  if (results.length === 0) return;
  state.turns.push(compact({ role: 'user' as const, parts: results, path: results[0]?.path }));
}

/** Fields that answers and client libraries leave in messages, and what is read here. */
const messageKeys: Keys = {
  known: new Set(['type', 'role', 'content', 'phase', 'id', 'status', 'created_by']),
  hints: new Set(['name', 'metadata']),
};

function message(item: JsonObject, place: Place, state: State): void {
  const { path } = place;
  const role = requiredString(item, 'role', path);
  reportRest(item, messageKeys, place);
  if (role === 'assistant') return said(item, place, state);
  endTurn(state);
  if (role === 'system' || role === 'developer') return instructed(item, place, state);
  if (role === 'user') return asked(item, place, state);
  const roleAt = at(path, 'role');
  throw invalidRequest(roleAt, `${roleAt}: "${role}" is not a role of this format`);
}

function said(item: JsonObject, place: Place, state: State): void {
  const turn = assistantOf(place, state);
  const seal = sealOfPhase(item);
  for (const part of decodeContent(item['content'], placeAt(place, 'content'))) {
    turn.add(part.type === 'text' ? compact({ ...part, seal }) : part);
  }
}

function instructed(item: JsonObject, place: Place, state: State): void {
  const { path } = place;
  const role: SystemBlock['role'] = item['role'] === 'developer' ? 'developer' : 'system';
  const texts = textContent(item['content'], placeAt(place, 'content'));
  if (texts.length === 0) return;
  if (state.turns.length > 0) {
    state.turns.push({ role: 'system', parts: texts, path });
    return;
  }
  state.system.push(
    ...texts.map((part) => compact({ text: part.text, role, cache: part.cache, path: part.path })),
  );
}

function asked(item: JsonObject, place: Place, state: State): void {
  const { path } = place;
  const parts = decodeContent(item['content'], placeAt(place, 'content'));
  if (parts.some(({ type }) => type === 'refusal')) {
    throw invalidRequest(path, `${path}: a refusal does not belong into a user's message`);
  }
  const content = parts.length === 0 ? [{ type: 'text' as const, text: '', path }] : parts;
  state.turns.push({ role: 'user', parts: content, path });
}

function findTools(item: JsonObject, { path }: Place, { found }: State): void {
  for (const [index, value] of objectsIn(item, 'tools').entries()) {
    found.push({ value, path: at(at(path, 'tools'), index) });
  }
}

function updateSettings(item: JsonObject, { update }: State): void {
  const effort = filledIn(objectIn(item, 'reasoning') ?? {}, 'effort');
  const format = objectIn(objectIn(item, 'text') ?? {}, 'format');
  if (effort !== undefined) update.effort = effort;
  if (format !== undefined) update.format = format;
}

function drawnImage(item: JsonObject, place: Place, state: State): void {
  const data = filledIn(item, 'result');
  if (data === undefined) return otherItem('image_generation_call', place);
  const { path } = place;
  const mimeType = `image/${filledIn(item, 'output_format') ?? 'png'}`;
  const image = mediaFromBase64(data, { media: 'image', mimeType, path: at(path, 'result') });
  assistantOf(place, state).add({ type: 'media', ...image, path });
}

const kept =
  'only who keeps the item knows it; send the item itself, as clients do that set store to false';

const compacted = 'a compacted conversation can be read by the provider alone that compacted it';

/** Left out, the model would answer something else than it was asked. */
const refusals: ReadonlyMap<string, string> = new Map([
  ['item_reference', kept],
  ['compaction', compacted],
  ['compaction_summary', compacted],
  ['compaction_trigger', 'compaction is the provider’s own and others have no such thing'],
  ['computer_call_output', 'other providers have no computer tool of this kind'],
  ['mcp_approval_response', 'the provider alone that asked can run the approved tool'],
]);

/** Of these the text beside them says what came of them. */
const reportedInText: ReadonlySet<string> = new Set([
  'web_search_call',
  'x_search_call',
  'file_search_call',
  'code_interpreter_call',
  'mcp_list_tools',
  'mcp_call',
  'program',
  'program_output',
]);

const otherItems: ReadonlySet<string> = new Set([
  'computer_call',
  'image_generation_call',
  'mcp_approval_request',
]);

function otherItem(type: string, place: Place): void {
  const { path } = place;
  const refusal = refusals.get(type);
  if (refusal !== undefined) throw unsupported(path, `${path}: ${refusal}`);
  const isReported = reportedInText.has(type);
  drop(place, {
    feature: 'server-tool-history',
    effect: isReported ? 'hint' : 'answer',
    reason: isReported || otherItems.has(type) ? 'foreign' : 'unknown',
    detail: `an item of type "${type}" means something to the provider alone that made it`,
  });
}
