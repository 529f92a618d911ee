/** What an answer's message, or a delta of it, holds: read leniently, since many servers write it. */

import { compact } from '../../compact.ts';
import type { Citation, MediaPart, Seal } from '../../ir/part.ts';
import { isObject, type JsonObject, stringifyJson } from '../../json.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { mediaFromUrl } from '../../openai/media.ts';
import type { OffsetCounter } from '../../openai/offsets.ts';

export interface ReasoningPiece {
  readonly text: string;
  /** Ends the reasoning that it seals. */
  readonly seal?: Seal | undefined;
}

/** `reasoning_content` and `reasoning` are the same to different servers; details may repeat the text. */
export function reasoningPieces(delta: JsonObject): readonly ReasoningPiece[] {
  const text = filledIn(delta, 'reasoning_content') ?? filledIn(delta, 'reasoning');
  const details = objectsIn(delta, 'reasoning_details').map(detailPiece);
  const hasText = details.some((piece) => piece.text !== '');
  const plain = text === undefined || hasText ? [] : [{ text }];
  return [...plain, ...details];
}

/** The seal is the entry itself without its text, so that it can be sent back as it came. */
function detailPiece(detail: JsonObject): ReasoningPiece {
  const text = textIn(detail, 'text') ?? textIn(detail, 'summary') ?? '';
  const isEncrypted = filledIn(detail, 'data') !== undefined;
  if (!isEncrypted && filledIn(detail, 'signature') === undefined) return { text };
  const { text: _text, summary: _summary, ...entry } = detail;
  const kind = isEncrypted ? 'redacted' : 'signature';
  return { text, seal: { format: 'openai-chat', kind, data: stringifyJson(entry) } };
}

export type ContentPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'media'; readonly part: MediaPart }
  | { readonly type: 'unknown'; readonly name: string };

/** A string; Mistral, thinking, sends a list of chunks, and Cloudflare structured output as an object. */
export function contentPieces(delta: JsonObject): readonly ContentPiece[] {
  const content = delta['content'];
  if (isObject(content)) return [{ type: 'text', text: stringifyJson(content) }];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return listOf(content).flatMap((piece) => (isObject(piece) ? contentPiece(piece) : []));
}

function contentPiece(piece: JsonObject): readonly ContentPiece[] {
  const type = textIn(piece, 'type') ?? '';
  if (type === 'text' || type === 'output_text') {
    return [{ type: 'text', text: textIn(piece, 'text') ?? '' }];
  }
  if (type === 'thinking') {
    const chunks = objectsIn(piece, 'thinking').map((chunk) => textIn(chunk, 'text') ?? '');
    return [{ type: 'reasoning', text: textIn(piece, 'thinking') ?? chunks.join('') }];
  }
  const image = type === 'image_url' ? imagePart(piece) : undefined;
  return [image === undefined ? { type: 'unknown', name: type } : { type: 'media', part: image }];
}

/** `images` beside the content, as OpenRouter and LiteLLM send what a model drew. */
export function imagesOf(delta: JsonObject): readonly MediaPart[] {
  return objectsIn(delta, 'images').flatMap((image) => imagePart(image) ?? []);
}

function imagePart(image: JsonObject): MediaPart | undefined {
  const url = filledIn(objectIn(image, 'image_url') ?? {}, 'url') ?? filledIn(image, 'image_url');
  if (url === undefined) return undefined;
  const hint = { media: 'image', mimeType: 'image/png', path: 'images' } as const;
  try {
    return { type: 'media', ...mediaFromUrl(url, hint) };
  } catch {
    return undefined;
  }
}

/** Web sources; `counter` has seen the text before and in the part that begins at unit `start`. */
export function citationsOf(
  delta: JsonObject,
  place: { readonly counter: OffsetCounter; readonly start: number },
): readonly Citation[] {
  return objectsIn(delta, 'annotations').flatMap((annotation) => {
    const holder = objectIn(annotation, 'url_citation');
    const url = filledIn(holder ?? {}, 'url');
    if (holder === undefined || url === undefined) return [];
    return [
      compact({
        url,
        title: filledIn(holder, 'title'),
        citedText: filledIn(holder, 'content'),
        ...citedRange(holder, place),
      }),
    ];
  });
}

/** Offsets count from the start of the whole message; several servers write zeros for "unknown". */
function citedRange(
  holder: JsonObject,
  place: { readonly counter: OffsetCounter; readonly start: number },
): { readonly start?: number; readonly end?: number } {
  const first = numberIn(holder, 'start_index');
  const last = numberIn(holder, 'end_index');
  if (first === undefined || last === undefined || last <= first) return {};
  const start = place.counter.unitsAt(first) - place.start;
  const end = place.counter.unitsAt(last) - place.start;
  return start < 0 || end > place.counter.units() - place.start ? {} : { start, end };
}
