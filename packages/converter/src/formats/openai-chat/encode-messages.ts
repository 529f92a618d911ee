/**
 * Instructions and turns as a list of messages. Tool messages take text only, so that media of
 * results follow in a user message after the last tool message of the round.
 */

import { compact } from '../../compact.ts';
import type { MediaPart, Part, TextPart, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import { partPathOf } from '../../ir/place.ts';
import type { ChatRequest, SystemBlock, Turn } from '../../ir/request.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { shortHash } from '../../openai/hash.ts';
import { at } from '../../read.ts';
import { encodeContent, textPart } from './encode-content.ts';
import type { WireMessage, WireToolCall } from './wire.ts';

interface State {
  readonly report: Report;
  readonly messages: WireMessage[];
  /** What tool messages could not hold and the next user message must. */
  hoisted: (TextPart | MediaPart)[];
}

interface Place {
  readonly path: string;
  readonly state: State;
}

export function encodeMessages(request: ChatRequest, report: Report): readonly WireMessage[] {
  const state: State = { report, messages: [], hoisted: [] };
  state.messages.push(...systemMessages(request.system));
  const role = request.system.some((block) => block.role === 'developer') ? 'developer' : 'system';
  for (const [index, turn] of request.turns.entries()) {
    const place = { path: turn.path ?? `turns[${index}]`, state };
    if (turn.role === 'user') userTurn(turn, place);
    else {
      flushHoisted(place);
      if (turn.role === 'assistant') assistantTurn(turn, place);
      else push(compact({ role, content: encodeContent(speech(turn.parts), place.path) }), state);
    }
  }
  flushHoisted({ path: 'turns', state });
  return state.messages;
}

function push(message: WireMessage, state: State): void {
  if (message.content !== undefined) state.messages.push(message);
}

/** Neighbours of one role become one message: templates of many open models take only one. */
function systemMessages(blocks: readonly SystemBlock[]): readonly WireMessage[] {
  const messages: WireMessage[] = [];
  let start = 0;
  for (const [index, { role }] of blocks.entries()) {
    if (blocks[index + 1]?.role === role) continue;
    const own = blocks
      .slice(start, index + 1)
      .map(({ text, cache }) => compact({ type: 'text' as const, text, cache }));
    const content = encodeContent(own, 'system');
    if (content !== undefined) messages.push({ role, content });
    start = index + 1;
  }
  return messages;
}

function speech(parts: readonly Part[]): readonly (TextPart | MediaPart)[] {
  return parts.filter((part) => part.type === 'text' || part.type === 'media');
}

function userTurn(turn: Turn, place: Place): void {
  const { state, path } = place;
  let hasResults = false;
  for (const part of turn.parts) {
    if (part.type !== 'tool-result') continue;
    hasResults = true;
    toolMessage(part, place);
  }
  const own = speech(turn.parts);
  // A turn of results alone may be followed by more of the same round: what it hoists can wait.
  if (own.length === 0) {
    if (!hasResults) flushHoisted(place);
    return;
  }
  const content = encodeContent(
    state.hoisted.length === 0 ? own : [...state.hoisted, ...own],
    path,
  );
  state.hoisted = [];
  const { name } = turn;
  push(name === undefined ? { role: 'user', content } : { role: 'user', content, name }, state);
}

function flushHoisted({ path, state }: Place): void {
  if (state.hoisted.length === 0) return;
  const content = encodeContent(state.hoisted, path);
  state.hoisted = [];
  push(compact({ role: 'user' as const, content }), state);
}

const ERROR_PREFIX = 'Error: ';

function toolMessage(result: ToolResultPart, place: Place): void {
  const [only] = result.content;
  const isPlain = result.content.length === 1 && only?.type === 'text';
  const joined = isPlain ? only.text : resultText(result, place);
  const isMarked = joined.startsWith(ERROR_PREFIX) || !result.isError;
  const text = isMarked ? joined : ERROR_PREFIX + joined;
  place.state.messages.push({
    role: 'tool',
    tool_call_id: chatCallId(result.callId),
    content:
      result.cache === undefined || text === '' ? text : [textPart({ text, cache: result.cache })],
  });
}

/** Media are put aside for the next user message. */
function resultText(result: ToolResultPart, { path, state }: Place): string {
  const texts: string[] = [];
  for (const part of result.content) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.source.type === 'text') texts.push(part.source.text);
    else {
      texts.push(`[${part.media} of this result: see the next user message]`);
      const label = `[${part.media} from the result of tool call ${chatCallId(result.callId)}]`;
      state.hoisted.push({ type: 'text', text: label }, part);
      state.report({
        feature: 'tool-result-media',
        path: part.path ?? result.path ?? path,
        action: 'weakened',
        reason: 'order',
        effect: 'hint',
        detail: 'tool messages hold text only: media of results follow in a user message',
      });
    }
  }
  return texts.filter((text) => text !== '').join('\n');
}

function assistantTurn(turn: Turn, place: Place): void {
  const { parts, name } = turn;
  reportUnsayable(turn, place);
  const text = joinedText(parts, 'text');
  const refusal = joinedText(parts, 'refusal');
  const calls = parts.filter((part) => part.type === 'tool-call').map(toolCall);
  const thoughts = joinedText(parts, 'reasoning');
  const details = reasoningDetails(parts);
  const hasOther = calls.length > 0 || refusal !== '';
  if (text === '' && !hasOther && thoughts === '' && details.length === 0) return;
  push(
    compact({
      role: 'assistant' as const,
      content: text === '' && hasOther ? null : text,
      name,
      refusal: refusal === '' ? undefined : refusal,
      reasoning_content: thoughts === '' ? undefined : thoughts,
      reasoning_details: details.length === 0 ? undefined : details,
      tool_calls: calls.length === 0 ? undefined : calls,
    }),
    place.state,
  );
}

function joinedText(parts: readonly Part[], type: 'text' | 'refusal' | 'reasoning'): string {
  let text = '';
  for (const part of parts) if (part.type === type) text += part.text;
  return text;
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
  turn.parts.forEach((part, index) => {
    if (part.type !== 'media') return;
    state.report({
      feature: 'assistant-media',
      path: partPathOf(part, turn) ?? at(at(path, 'parts'), index),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: `an assistant's message holds no ${part.media}`,
    });
  });
}

function toolCall(part: ToolCallPart): WireToolCall {
  const id = chatCallId(part.id);
  if (part.kind === 'custom') {
    return { id, type: 'custom', custom: { name: part.name, input: part.input } };
  }
  const signature = part.seal?.format === 'openai-chat' ? part.seal.data : undefined;
  return compact({
    id,
    type: 'function' as const,
    function: { name: part.name, arguments: part.input.trim() === '' ? '{}' : part.input },
    extra_content:
      signature === undefined ? undefined : { google: { thought_signature: signature } },
  });
}

/** What an upstream of this format sealed goes back as the entries that it sent. */
function reasoningDetails(parts: readonly Part[]): readonly JsonObject[] {
  if (!parts.some(({ type }) => type === 'reasoning')) return [];
  return parts.flatMap((part) => {
    if (part.type !== 'reasoning' || part.seal?.format !== 'openai-chat') return [];
    const entry = tryParseJson(part.seal.data);
    if (!isObject(entry)) return [];
    return [part.text === '' ? entry : { ...entry, text: part.text }];
  });
}

/** OpenAI refuses ids of more than 40 characters; other formats have longer ones. */
const CALL_ID_LENGTH_MAX = 40;

function chatCallId(id: string): string {
  return id.length <= CALL_ID_LENGTH_MAX ? id : `call_${shortHash(id)}`;
}
