/** Writes turns as messages of content blocks. */
import type { MediaPart, Part, ReasoningPart, TextPart, ToolResultPart } from '../../ir/part.ts';
import { partPathOf } from '../../ir/place.ts';
import type { ChatRequest, Turn } from '../../ir/request.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';
import type { CacheControlOf } from './cache.ts';
import { toolId } from './ids.ts';
import { drop, fieldAt, type Place } from './losses.ts';
import { encodeMedia } from './media.ts';
import { encodeThinking } from './seals.ts';
import type {
  WireBlock,
  WireDocument,
  WireImage,
  WireMessage,
  WireText,
  WireToolResult,
} from './wire.ts';

interface Scope {
  readonly report: Report;
  readonly cacheOf: CacheControlOf;
}

/** Stands where a message must be and nobody said anything. */
const filler: WireText = { type: 'text', text: '.' };

export function encodeMessages({ turns }: ChatRequest, scope: Scope): readonly WireMessage[] {
  const messages = turns.flatMap((turn, index): readonly WireMessage[] => {
    const path = turn.path ?? at('turns', index);
    if (turn.name !== undefined) {
      drop(
        { path: at(path, 'name'), report: scope.report },
        { feature: 'author-name', effect: 'hint' },
      );
    }
    const content = turn.parts.flatMap((part, index) => {
      const place = partPathOf(part, turn) ?? at(at(path, 'parts'), index);
      return blocksOf(part, { ...scope, role: turn.role, path: place });
    });
    if (content.length > 0) return [{ role: turn.role, content }];
    return turn.role === 'user' ? [{ role: 'user', content: [filler] }] : [];
  });
  if (messages.length === 0) return [{ role: 'user', content: [filler] }];
  return withTrimmedEnd(messages);
}

/** The provider refuses words put into the model's mouth that end with white space. */
function withTrimmedEnd(messages: readonly WireMessage[]): readonly WireMessage[] {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== 'assistant' || block?.type !== 'text') return messages;
  const content = [...last.content.slice(0, -1), { ...block, text: block.text.trimEnd() }];
  return [...messages.slice(0, -1), { ...last, content }];
}

interface PartScope extends Scope, Place {
  readonly role: Turn['role'];
}

function blocksOf(part: Part, scope: PartScope): readonly WireBlock[] {
  switch (part.type) {
    case 'text':
      return textBlocks(part, scope);
    case 'refusal':
      return textBlocks({ type: 'text', text: part.text }, scope);
    case 'reasoning':
      return thinkingBlocks(part, scope);
    case 'media':
      return scope.role === 'user' ? [mediaBlock(part, scope)] : withoutMedia(scope);
    case 'tool-call': {
      const input = inputOf(part.input, fieldAt(part, scope, 'input'));
      const { name } = part;
      return [{ type: 'tool_use', id: toolId(part.id), name, input, ...scope.cacheOf(part) }];
    }
    case 'tool-result':
      return [toolResult(part, scope)];
  }
}

function textBlocks(part: TextPart, scope: Scope & Place): readonly WireText[] {
  if (part.text.trim() === '') return [];
  if (part.citations !== undefined && part.citations.length > 0) {
    drop(fieldAt(part, scope, 'citations'), { feature: 'citations', effect: 'hint' });
  }
  return [{ type: 'text', text: part.text, ...scope.cacheOf(part) }];
}

function thinkingBlocks({ text, seal }: ReasoningPart, scope: PartScope): readonly WireBlock[] {
  if (seal?.format === 'anthropic-messages') return [encodeThinking(text, seal)];
  drop(scope, {
    feature: 'reasoning-history',
    effect: 'hint',
    reason: 'foreign',
    detail: 'only thinking that Anthropic signed goes back to it',
  });
  return [];
}

function mediaBlock(part: MediaPart, scope: Scope & Place): WireImage | WireDocument {
  if (part.detail !== undefined) {
    drop(fieldAt(part, scope, 'detail'), { feature: 'image-detail', effect: 'hint' });
  }
  return { ...encodeMedia(part, scope.path), ...scope.cacheOf(part) };
}

/** The history says what a model once drew; the format has no place for it. */
function withoutMedia(place: Place): readonly never[] {
  drop(place, { feature: 'generated-media', effect: 'answer' });
  return [];
}

function toolResult(part: ToolResultPart, scope: Scope & Place): WireToolResult {
  const inner = at(scope.path, 'content');
  const content = part.content.flatMap(
    (piece, index): readonly (WireText | WireImage | WireDocument)[] => {
      const place = { ...scope, path: piece.path ?? at(inner, index) };
      return piece.type === 'text' ? textBlocks(piece, place) : [mediaBlock(piece, place)];
    },
  );
  const [only] = content;
  const isPlain = content.length === 1 && only?.type === 'text' && only.cache_control === undefined;
  return {
    type: 'tool_result',
    tool_use_id: toolId(part.callId),
    ...(content.length > 0 && { content: isPlain ? only.text : content }),
    ...(part.isError && { is_error: true }),
    ...scope.cacheOf(part),
  };
}

/** Other formats carry arguments as text, which may be empty, cut or no object. */
export function inputOf(input: string, place: Place): JsonObject {
  if (input.trim() === '') return {};
  const parsed = tryParseJson(input);
  if (isObject(parsed)) return parsed;
  drop(place, {
    feature: 'tool-call-arguments',
    action: 'weakened',
    reason: 'invalid',
    effect: 'answer',
    detail: 'not a JSON object; kept as the text `_raw`',
  });
  return { _raw: input };
}
