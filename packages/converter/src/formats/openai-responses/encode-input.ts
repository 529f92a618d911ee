/**
 * Instructions and turns as a list of items. What an assistant did is one item each: messages,
 * calls, and the reasoning before them.
 */

import { compact } from '../../compact.ts';
import type { Part, ReasoningPart, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import { partPathOf } from '../../ir/place.ts';
import type { ChatRequest, SystemBlock, Turn } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { shortHash } from '../../openai/hash.ts';
import { at } from '../../read.ts';
import { encodeContent, textPart } from './encode-content.ts';
import { isPhased, type Phase, phasesOf } from './phase.ts';
import { reasoningItemOf } from './reasoning-item.ts';
import type { WireInputContent, WireInputItem, WireSaid } from './wire.ts';

interface State {
  readonly report: Report;
  readonly items: WireInputItem[];
  /** Results are of the kind that their call was. */
  readonly customCalls: ReadonlySet<string>;
  readonly phased: boolean;
  /** The assistant's last message: what follows it at once, in the same phase, is of it too. */
  message: Message | undefined;
}

interface Message {
  readonly item: WireInputItem;
  readonly phase: Phase | undefined;
  readonly content: WireSaid[];
}

interface Place {
  readonly path: string;
  readonly state: State;
}

/** The two fields that a conversation stands in. */
export function encodeInput(request: ChatRequest, report: Report): JsonObject {
  const { system, turns } = request;
  const state: State = {
    report,
    items: [],
    customCalls: new Set(turns.flatMap(({ parts }) => parts.flatMap(customCallId))),
    phased: isPhased(turns),
    message: undefined,
  };
  const instructions = instructionsOf(request);
  if (instructions === undefined) state.items.push(...system.flatMap(systemItem));
  const role = system.some((block) => block.role === 'developer') ? 'developer' : 'system';
  for (const [index, turn] of turns.entries()) {
    const path = turn.path ?? `turns[${index}]`;
    if (turn.role === 'assistant') assistantTurn(turn, { path, state });
    else speakerTurn(turn, turn.role === 'user' ? 'user' : role, { path, state });
  }
  return compact({ instructions, input: state.items });
}

function customCallId(part: Part): readonly string[] {
  return part.type === 'tool-call' && part.kind === 'custom' ? [part.id] : [];
}

/**
 * One plain text. A mark of the prompt's cache needs a part to stand on, plain JSON is refused
 * unless the input itself, rather than the instructions, has the word, and an input of no items is
 * refused too.
 */
function instructionsOf({ system, turns, output }: ChatRequest): string | undefined {
  const [only, ...others] = system;
  if (only === undefined || others.length > 0 || output?.type === 'json') return undefined;
  if (turns.length === 0) return undefined;
  return only.cache === undefined ? only.text : undefined;
}

function systemItem({ text, role, cache, path }: SystemBlock): readonly WireInputItem[] {
  const part = compact({ type: 'text' as const, text, cache });
  const content = encodeContent([part], path ?? 'system');
  return content === undefined ? [] : [{ type: 'message', role, content }];
}

function speakerTurn(
  turn: Turn,
  role: 'user' | 'developer' | 'system',
  { path, state }: Place,
): void {
  for (const part of turn.parts) {
    if (part.type === 'tool-result') state.items.push(toolResult(part, { path, state }));
  }
  const speech = turn.parts.filter((part) => part.type === 'text' || part.type === 'media');
  const content = encodeContent(speech, path);
  if (content !== undefined) state.items.push({ type: 'message', role, content });
}

const ERROR_PREFIX = 'Error: ';

function toolResult(result: ToolResultPart, { path, state }: Place): WireInputItem {
  const isCustom = state.customCalls.has(result.callId);
  return {
    type: isCustom ? 'custom_tool_call_output' : 'function_call_output',
    call_id: callId(result.callId),
    output: resultOutput(result, result.path ?? path),
  };
}

/** A string where that says the same; media and marks of the cache need a list. */
function resultOutput(
  { content, isError, cache }: ToolResultPart,
  path: string,
): string | readonly WireInputContent[] {
  const said = content.filter((part) => part.type === 'media' || part.text !== '');
  const texts = said.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const marked = [...said].some((part) => part.cache !== undefined) || cache !== undefined;
  const isList = texts.length < said.length || (marked && said.length > 0);
  const prefix = isError && texts[0]?.startsWith(ERROR_PREFIX) !== true ? ERROR_PREFIX : '';
  if (!isList) return prefix + texts.join('\n');
  const parts = said.map((part, index) => {
    const isLast = index === said.length - 1;
    return isLast && cache !== undefined ? { ...part, cache: part.cache ?? cache } : part;
  });
  const encoded = encodeContent(parts, path);
  if (encoded === undefined || typeof encoded === 'string') return prefix + (encoded ?? '');
  return prefix === '' ? encoded : [textPart(prefix.trim(), undefined), ...encoded];
}

function assistantTurn(turn: Turn, { path, state }: Place): void {
  reportUnsayable(turn, { path, state });
  const { items } = state;
  let reasoning: ReasoningPart | undefined;
  /** A sealed item must be followed at once by what it led to, or be left out. */
  const flush = (): void => {
    if (reasoning !== undefined) items.push(reasoningItemOf(reasoning));
    reasoning = undefined;
  };
  const phases = phasesOf(turn, state.phased);
  for (const [index, part] of turn.parts.entries()) {
    if (part.type === 'reasoning') {
      if (reasoning?.seal === undefined) flush();
      reasoning = part;
    } else if (part.type === 'tool-call') {
      flush();
      items.push(toolCall(part));
    } else if (isSaid(part)) {
      flush();
      say(part, phases[index], state);
    }
  }
  if (reasoning?.seal === undefined) flush();
}

type Said = Extract<Part, { readonly type: 'text' | 'refusal' }>;

function isSaid(part: Part): part is Said {
  return (part.type === 'text' || part.type === 'refusal') && part.text !== '';
}

/** What is said in a row, in one phase, is one message. */
function say(part: Said, phase: Phase | undefined, state: State): void {
  const { message, items } = state;
  const piece: WireSaid =
    part.type === 'text'
      ? { type: 'output_text', text: part.text }
      : { type: 'refusal', refusal: part.text };
  if (message !== undefined && message.item === items.at(-1) && message.phase === phase) {
    message.content.push(piece);
    return;
  }
  const content = [piece];
  const item = compact({ type: 'message' as const, role: 'assistant' as const, content, phase });
  items.push(item);
  state.message = { item, phase, content };
}

function reportUnsayable(turn: Turn, { path, state }: Place): void {
  if (turn.parts.some((part) => 'cache' in part && part.cache !== undefined)) {
    state.report({
      feature: 'assistant-cache-mark',
      path,
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
    });
  }
  for (const [index, part] of turn.parts.entries()) {
    if (part.type !== 'media') continue;
    state.report({
      feature: 'assistant-media',
      path: partPathOf(part, turn) ?? at(at(path, 'parts'), index),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: `an assistant's message holds no ${part.media}`,
    });
  }
}

/** Linked by `call_id` alone: ids of items are the provider's, and need not be said. */
function toolCall({ id, name, kind, input }: ToolCallPart): WireInputItem {
  const call_id = callId(id);
  if (kind === 'custom') return { type: 'custom_tool_call', call_id, name, input };
  const text = input.trim() === '' ? '{}' : input;
  return { type: 'function_call', call_id, name, arguments: text };
}

/** OpenAI refuses longer ones; other formats have such. */
const CALL_ID_LENGTH_MAX = 64;

function callId(id: string): string {
  return id.length <= CALL_ID_LENGTH_MAX ? id : `call_${shortHash(id)}`;
}
