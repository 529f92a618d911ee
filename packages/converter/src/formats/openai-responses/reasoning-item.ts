/**
 * Reasoning items, and what the neutral form keeps of one: its text, and a seal from which the item
 * is made again as the provider sent it.
 */

import { compact } from '../../compact.ts';
import type { ReasoningPart, Seal } from '../../ir/part.ts';
import { isArray, isObject, type JsonObject, stringifyJson, tryParseJson } from '../../json.ts';
import { shortHash } from '../../openai/hash.ts';
import { filledIn, listOf, objectsIn } from '../../openai/lenient.ts';
import type { WireReasoningItem } from './wire.ts';

/** Between pieces that the neutral form joins to one text. */
export const REASONING_SEPARATOR = '\n\n';

/** What the model thought comes as summaries, as raw text, or as both. */
export interface ReasoningPiece {
  readonly kind: 'summary' | 'content';
  readonly text: string;
}

/** Pieces of the joined text by their lengths in UTF-16 units. */
type Outline = readonly (readonly [kind: ReasoningPiece['kind'], length: number])[];

export function piecesOf(item: JsonObject): readonly ReasoningPiece[] {
  const summaries = objectsIn(item, 'summary').map((entry) => pieceOf('summary', entry));
  const contents = objectsIn(item, 'content').map((entry) => pieceOf('content', entry));
  return [...summaries, ...contents].filter(({ text }) => text !== '');
}

function pieceOf(kind: ReasoningPiece['kind'], entry: JsonObject): ReasoningPiece {
  return { kind, text: filledIn(entry, 'text') ?? '' };
}

export function joinPieces(pieces: readonly ReasoningPiece[]): string {
  return pieces.map(({ text }) => text).join(REASONING_SEPARATOR);
}

/** Undefined: the item holds nothing that could be sent back. */
export function sealOfItem(item: JsonObject, outline: Outline): Seal | undefined {
  const encrypted = filledIn(item, 'encrypted_content');
  if (encrypted === undefined) return undefined;
  const isPlain = outline.length === 0 || (outline.length === 1 && outline[0]?.[0] === 'summary');
  const kept = compact({
    id: filledIn(item, 'id'),
    encrypted_content: encrypted,
    outline: isPlain ? undefined : outline,
  });
  return { format: 'openai-responses', kind: 'signature', data: stringifyJson(kept) };
}

/** A whole item; undefined: there is nothing in it. */
export function reasoningPartOf(item: JsonObject): ReasoningPart | undefined {
  const pieces = piecesOf(item);
  const seal = sealOfItem(
    item,
    pieces.map(({ kind, text }) => [kind, text.length] as const),
  );
  if (pieces.length === 0 && seal === undefined) return undefined;
  return compact({ type: 'reasoning' as const, text: joinPieces(pieces), seal });
}

/** The other way round; text that changed since goes back as one summary. */
export function reasoningItemOf({ text, seal }: ReasoningPart): WireReasoningItem {
  const kept = seal?.format === 'openai-responses' ? tryParseJson(seal.data) : undefined;
  const encrypted = isObject(kept) ? filledIn(kept, 'encrypted_content') : undefined;
  if (!isObject(kept) || encrypted === undefined) return plainItem(text);
  const pieces = cutPieces(text, outlineOf(kept)) ?? [{ kind: 'summary', text }];
  const said = pieces.filter((piece) => piece.text !== '');
  const contents = said.filter(({ kind }) => kind === 'content');
  return compact({
    type: 'reasoning' as const,
    id: filledIn(kept, 'id'),
    summary: said
      .filter(({ kind }) => kind === 'summary')
      .map((piece) => ({ type: 'summary_text' as const, text: piece.text })),
    content: contents.length === 0 ? undefined : contents.map(contentOf),
    encrypted_content: encrypted,
  });
}

/** What servers of open models say that they thought; they insist on an id, which they do not read. */
function plainItem(text: string): WireReasoningItem {
  return {
    type: 'reasoning',
    id: `rs_${shortHash(text)}`,
    summary: [],
    content: [contentOf({ text })],
  };
}

function contentOf({ text }: Pick<ReasoningPiece, 'text'>): {
  readonly type: 'reasoning_text';
  readonly text: string;
} {
  return { type: 'reasoning_text', text };
}

function outlineOf(kept: JsonObject): Outline {
  return listOf(kept['outline']).flatMap((entry) => {
    if (!isArray(entry)) return [];
    const [kind, length] = entry;
    if ((kind !== 'summary' && kind !== 'content') || typeof length !== 'number') return [];
    return [[kind, length] as const];
  });
}

/** Undefined: the text is not the one that was outlined. */
function cutPieces(text: string, outline: Outline): readonly ReasoningPiece[] | undefined {
  if (outline.length === 0) return undefined;
  const pieces: ReasoningPiece[] = [];
  let start = 0;
  for (const [kind, length] of outline) {
    pieces.push({ kind, text: text.slice(start, start + length) });
    start += length + REASONING_SEPARATOR.length;
  }
  return joinPieces(pieces) === text ? pieces : undefined;
}
