/** Writes turns as messages of content blocks. */
import { defined } from '../../defined.ts';
import type { MediaPart, Part, ReasoningPart, TextPart, ToolResultPart } from '../../ir/part.ts';
import { partPathOf } from '../../ir/place.ts';
import type { ChatRequest, Turn } from '../../ir/request.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';
import type { MarkBlock } from './cache.ts';
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

export interface Scope {
  readonly report: Report;
  readonly markBlock: MarkBlock;
}

/** Stands where a message must be and nobody said anything. */
const filler: WireText = { type: 'text', text: '.' };

export function encodeMessages({ turns }: ChatRequest, scope: Scope): readonly WireMessage[] {
  const messages = defined(turns.map((turn, index) => messageOf(turn, index, scope)));
  if (messages.length === 0) return [{ role: 'user', content: [filler] }];
  return withTrimmedEnd(messages);
}

function messageOf(turn: Turn, index: number, scope: Scope): WireMessage | undefined {
  const path = turn.path ?? at('turns', index);
  if (turn.name !== undefined) {
    drop(
      { path: at(path, 'name'), report: scope.report },
      { feature: 'author-name', effect: 'hint' },
    );
  }
  const content = contentOf(turn, path, scope);
  if (content.length > 0) return { role: turn.role, content };
  return turn.role === 'user' ? { role: 'user', content: [filler] } : undefined;
}

function contentOf(turn: Turn, path: string, { report, markBlock }: Scope): readonly WireBlock[] {
  const { role, parts } = turn;
  return defined(
    parts.map((part, index) => {
      const place = partPathOf(part, turn) ?? at(at(path, 'parts'), index);
      return blockOf(part, { report, markBlock, role, path: place });
    }),
  );
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

/** Undefined: nothing of it is sent. */
function blockOf(part: Part, scope: PartScope): WireBlock | undefined {
  switch (part.type) {
    case 'text':
      return textBlock(part, scope);
    case 'refusal':
      return textBlock({ type: 'text', text: part.text }, scope);
    case 'reasoning':
      return thinkingBlock(part, scope);
    case 'media':
      return mediaBlock(part, scope);
    case 'tool-call': {
      const { id, name } = part;
      const input = inputOf(part.input, fieldAt(part, scope, 'input'));
      return scope.markBlock({ type: 'tool_use', id: toolId(id), name, input }, part);
    }
    case 'tool-result':
      return toolResult(part, scope);
  }
}

function textBlock(part: TextPart, scope: Scope & Place): WireText | undefined {
  if (part.text.trim() === '') return undefined;
  if (part.citations !== undefined && part.citations.length > 0) {
    drop(fieldAt(part, scope, 'citations'), { feature: 'citations', effect: 'hint' });
  }
  return scope.markBlock({ type: 'text', text: part.text }, part);
}

function thinkingBlock({ text, seal }: ReasoningPart, scope: PartScope): WireBlock | undefined {
  if (seal?.format === 'anthropic-messages') return encodeThinking(text, seal);
  drop(scope, {
    feature: 'reasoning-history',
    effect: 'hint',
    reason: 'foreign',
    detail: 'only thinking that Anthropic signed goes back to it',
  });
  return undefined;
}

function mediaBlock(part: MediaPart, scope: PartScope): WireBlock | undefined {
  if (scope.role === 'user') return materialBlock(part, scope);
  // The history says what a model once drew; the format has no place for it.
  drop(scope, { feature: 'generated-media', effect: 'answer' });
  return undefined;
}

function materialBlock(part: MediaPart, scope: Scope & Place): WireImage | WireDocument {
  if (part.detail !== undefined) {
    drop(fieldAt(part, scope, 'detail'), { feature: 'image-detail', effect: 'hint' });
  }
  return scope.markBlock(encodeMedia(part, scope.path), part);
}

function toolResult(part: ToolResultPart, scope: Scope & Place): WireToolResult {
  const content = resultContent(part, scope);
  const [only] = content;
  const isPlain = content.length === 1 && only?.type === 'text' && only.cache_control === undefined;
  const answer = { type: 'tool_result', tool_use_id: toolId(part.callId) } as const;
  const said =
    content.length === 0 ? answer : { ...answer, content: isPlain ? only.text : content };
  return scope.markBlock(part.isError ? { ...said, is_error: true as const } : said, part);
}

function resultContent(
  part: ToolResultPart,
  { report, markBlock, path }: Scope & Place,
): readonly (WireText | WireImage | WireDocument)[] {
  return defined(
    part.content.map((piece, index) => {
      const place = { report, markBlock, path: piece.path ?? at(at(path, 'content'), index) };
      return piece.type === 'text' ? textBlock(piece, place) : materialBlock(piece, place);
    }),
  );
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
