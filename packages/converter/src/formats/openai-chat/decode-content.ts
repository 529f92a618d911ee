/** Content of a client's message: a string or a list of parts of any type that real clients send. */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type {
  MediaPart,
  Part,
  ReasoningPart,
  RefusalPart,
  Seal,
  TextPart,
  ToolResultPart,
} from '../../ir/part.ts';
import { isObject, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import { filledIn, listOf, objectIn, textIn } from '../../openai/lenient.ts';
import {
  type MediaContent,
  mediaFromBase64,
  mediaFromUrl,
  mimeTypeOfName,
} from '../../openai/media.ts';
import {
  at,
  missing,
  optionalArray,
  optionalString,
  requiredObject,
  requiredString,
  wrongType,
} from '../../read.ts';
import { cacheMarkFromWire } from './mappings.ts';
import { anthropicSeal } from './seals.ts';

/** Parts of a message in order; a mark on the message counts for its last part. */
export function decodeContent(message: JsonObject, path: string): readonly Part[] {
  const place = at(path, 'content');
  const content = message['content'];
  const parts = contentParts(content, place);
  const mark = cacheMarkFromWire(message);
  const last = parts.at(-1);
  if (mark === undefined || last === undefined) return parts;
  if (last.type === 'reasoning' || last.type === 'refusal') return parts;
  return [...parts.slice(0, -1), { ...last, cache: last.cache ?? mark }];
}

function contentParts(content: JsonValue | undefined, path: string): readonly Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, path }];
  // A single part without its list is a slip of hand-written clients, and unambiguous.
  const list = isObject(content) ? [content] : content;
  if (!Array.isArray(list)) throw wrongType(path, 'a string or an array', content);
  return list.flatMap((part: JsonValue, index) => placedParts(part, at(path, index)));
}

function placedParts(part: JsonValue, path: string): readonly Part[] {
  if (typeof part === 'string') return [{ type: 'text', text: part, path }];
  if (!isObject(part)) throw wrongType(path, 'an object', part);
  const type = requiredString(part, 'type', path);
  if (textTypes.has(type)) return [textPart(part, path)];
  return readerOf(type, path)(part, path).map((read) => ({ ...read, path }));
}

function readerOf(type: string, path: string): Reader {
  const reader = readers.get(type);
  if (reader === undefined) {
    throw invalidRequest(
      at(path, 'type'),
      `${path}: a content part of type "${type}" is not known`,
    );
  }
  return reader;
}

const textTypes: ReadonlySet<string> = new Set(['text', 'input_text', 'output_text']);

function textPart(part: JsonObject, path: string): TextPart {
  const text = textIn(part, 'text') ?? '';
  const cache = cacheMarkFromWire(part);
  return cache === undefined ? { type: 'text', text, path } : { type: 'text', text, cache, path };
}

type Reader = (part: JsonObject, path: string) => readonly Part[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['refusal', (part) => [refusalPart(part)]],
  ['image_url', (part, path) => [urlPart({ part, path, key: 'image_url', media: 'image' })]],
  ['input_image', (part, path) => [urlPart({ part, path, key: 'image_url', media: 'image' })]],
  ['video_url', (part, path) => [urlPart({ part, path, key: 'video_url', media: 'video' })]],
  ['audio_url', (part, path) => [urlPart({ part, path, key: 'audio_url', media: 'audio' })]],
  [
    'document_url',
    (part, path) => [urlPart({ part, path, key: 'document_url', media: 'document' })],
  ],
  ['input_audio', (part, path) => [audioPart(part, path)]],
  ['file', (part, path) => [filePart(part, path)]],
  ['thinking', thinkingPart],
  ['redacted_thinking', redactedPart],
  ['image', (part, path) => [anthropicImage(part, path)]],
  ['tool_use', anthropicToolCall],
  ['tool_result', (part, path) => [anthropicToolResult(part, path)]],
]);

function refusalPart(part: JsonObject): RefusalPart {
  return { type: 'refusal', text: textIn(part, 'refusal') ?? '' };
}

const details: ReadonlyMap<string, NonNullable<MediaPart['detail']>> = new Map([
  ['low', 'low'],
  ['high', 'high'],
  ['auto', 'auto'],
  ['original', 'original'],
]);

interface UrlPart {
  readonly part: JsonObject;
  readonly path: string;
  readonly key: string;
  readonly media: MediaPart['media'];
}

const defaultTypes: { readonly [media in MediaPart['media']]: string } = {
  image: 'image/png',
  video: 'video/mp4',
  audio: 'audio/wav',
  document: 'application/pdf',
};

/** `{type, <key>: {url, detail}}`, or with the address itself in the key's place. */
function urlPart({ part, path, key, media }: UrlPart): MediaPart {
  const holder = objectIn(part, key);
  const url = holder === undefined ? filledIn(part, key) : filledIn(holder, 'url');
  const place = at(path, key);
  if (url === undefined) throw missing(at(place, 'url'), 'a string');
  const content = mediaFromUrl(url, { media, mimeType: defaultTypes[media], path: place });
  const detail = details.get(textIn(holder ?? part, 'detail') ?? '');
  return mediaPart(content, { detail, holder: part });
}

function mediaPart(
  content: MediaContent,
  known: {
    readonly holder: JsonObject;
    readonly detail?: MediaPart['detail'];
    readonly name?: string | undefined;
  },
): MediaPart {
  const { holder, detail, name } = known;
  return compact({
    type: 'media' as const,
    ...content,
    name,
    detail,
    cache: cacheMarkFromWire(holder),
  });
}

function audioPart(part: JsonObject, path: string): MediaPart {
  const audio = requiredObject(part, 'input_audio', path);
  const place = at(path, 'input_audio');
  const format = optionalString(audio, 'format', place) ?? 'wav';
  const mimeType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  const data = requiredString(audio, 'data', place);
  const hint = { media: 'audio', mimeType, path: at(place, 'data') } as const;
  return mediaPart(mediaFromUrl(data, hint), { holder: part });
}

function filePart(part: JsonObject, path: string): MediaPart {
  const file = requiredObject(part, 'file', path);
  const place = at(path, 'file');
  const name = optionalString(file, 'filename', place);
  const data = filledIn(file, 'file_data');
  if (data === undefined) {
    if (filledIn(file, 'file_id') === undefined) throw missing(at(place, 'file_data'), 'a string');
    throw unsupported(
      at(place, 'file_id'),
      'a file id is only known to the provider that holds the file; send its content as file_data',
    );
  }
  const hint = {
    media: 'document',
    mimeType: mimeTypeOfName(name),
    path: at(place, 'file_data'),
  } as const;
  return mediaPart(mediaFromUrl(data, hint), { holder: part, name });
}

/** Mistral's `thinking` is a list of text chunks; Anthropic's is text with a signature. */
function thinkingPart(part: JsonObject): readonly Part[] {
  const thinking = part['thinking'];
  const text =
    typeof thinking === 'string'
      ? thinking
      : listOf(thinking)
          .map((chunk) => (isObject(chunk) ? (textIn(chunk, 'text') ?? '') : ''))
          .join('');
  const seal = anthropicSeal('signature', filledIn(part, 'signature'));
  return reasoning(text, seal);
}

function redactedPart(part: JsonObject): readonly Part[] {
  return reasoning('', anthropicSeal('redacted', filledIn(part, 'data')));
}

function reasoning(text: string, seal: Seal | undefined): readonly ReasoningPart[] {
  if (text === '' && seal === undefined) return [];
  return [compact({ type: 'reasoning' as const, text, seal })];
}

function anthropicImage(part: JsonObject, path: string): MediaPart {
  const source = requiredObject(part, 'source', path);
  const place = at(path, 'source');
  const mimeType = textIn(source, 'media_type') ?? 'image/png';
  const hint = { media: 'image', mimeType, path: place } as const;
  const url = filledIn(source, 'url');
  if (url !== undefined) return mediaPart(mediaFromUrl(url, hint), { holder: part });
  return mediaPart(mediaFromBase64(requiredString(source, 'data', place), hint), { holder: part });
}

function anthropicToolCall(part: JsonObject, path: string): readonly Part[] {
  return [
    compact({
      type: 'tool-call' as const,
      id: requiredString(part, 'id', path),
      name: requiredString(part, 'name', path),
      kind: 'function' as const,
      input: stringifyJson(part['input'] ?? {}),
      cache: cacheMarkFromWire(part),
    }),
  ];
}

function anthropicToolResult(part: JsonObject, path: string): ToolResultPart {
  return compact({
    type: 'tool-result' as const,
    callId: requiredString(part, 'tool_use_id', path),
    isError: part['is_error'] === true,
    content: resultContent(contentParts(part['content'], at(path, 'content')), path),
    cache: cacheMarkFromWire(part),
  });
}

/** What a tool's result may hold; anything else in it is a mistake. */
export function resultContent(
  parts: readonly Part[],
  path: string,
): readonly (TextPart | MediaPart)[] {
  if (parts.every(isMaterial)) return parts;
  throw invalidRequest(path, `${path}: a tool's result holds text and media only`);
}

function isMaterial(part: Part): part is TextPart | MediaPart {
  return part.type === 'text' || part.type === 'media';
}

/** Instructions are text alone. */
export function textContent(parts: readonly Part[], path: string): readonly TextPart[] {
  return parts.map((part) => {
    if (part.type === 'text') return part;
    throw invalidRequest(path, `${path}: instructions hold text only`);
  });
}

/** `images` of an assistant's message, where OpenRouter and this library put what a model drew. */
export function decodeImages(message: JsonObject, path: string): readonly Part[] {
  const images = optionalArray(message, 'images', path);
  if (images === undefined) return [];
  return images.flatMap((image, index) => placedParts(image, at(at(path, 'images'), index)));
}
