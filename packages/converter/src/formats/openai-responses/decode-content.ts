/** Content of a message or of a tool's result: a string, or a list of parts. */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type { MediaPart, RefusalPart, TextPart } from '../../ir/part.ts';
import { isArray, isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { filledIn, objectIn, textIn } from '../../openai/lenient.ts';
import { type MediaContent, mediaFromUrl, mimeTypeOfName } from '../../openai/media.ts';
import {
  at,
  missing,
  optionalString,
  requiredObject,
  requiredString,
  wrongType,
} from '../../read.ts';
import { drop, type Place, placeAt } from './losses.ts';
import { cacheMarkFromWire } from './mappings.ts';

type ContentPart = TextPart | MediaPart | RefusalPart;

export function decodeContent(
  content: JsonValue | undefined,
  place: Place,
): readonly ContentPart[] {
  const { path } = place;
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, path }];
  // A single part without its list is a slip of hand-written clients, and unambiguous.
  const list = isObject(content) ? [content] : content;
  if (!isArray(list)) throw wrongType(path, 'a string or an array', content);
  return list.map((part, index) => {
    const partPlace = placeAt(place, index);
    return { ...contentPart(part, partPlace), path: partPlace.path };
  });
}

function contentPart(part: JsonValue, place: Place): ContentPart {
  const { path } = place;
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isObject(part)) throw wrongType(path, 'an object', part);
  const type = requiredString(part, 'type', path);
  switch (type) {
    // What a model said may stand among a user's words, and the other way round.
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(part);
    case 'refusal':
      return { type: 'refusal', text: textIn(part, 'refusal') ?? '' };
    case 'input_image':
    case 'image_url':
      return imagePart(part, path);
    case 'input_file':
      return filePart(part, place);
    case 'input_audio':
      return audioPart(part, path);
    default:
      throw invalidRequest(
        at(path, 'type'),
        `${at(path, 'type')}: a content part of type "${type}" is not known`,
      );
  }
}

function textPart(part: JsonObject): TextPart {
  const cache = cacheMarkFromWire(part);
  return compact({ type: 'text' as const, text: textIn(part, 'text') ?? '', cache });
}

const details: ReadonlyMap<string, NonNullable<MediaPart['detail']>> = new Map([
  ['low', 'low'],
  ['high', 'high'],
  ['auto', 'auto'],
  ['original', 'original'],
]);

/** The address itself, or as Chat Completions have it, in an object. */
function imagePart(part: JsonObject, path: string): MediaPart {
  const place = at(path, 'image_url');
  const holder = objectIn(part, 'image_url');
  const url = holder === undefined ? filledIn(part, 'image_url') : filledIn(holder, 'url');
  if (url === undefined) throw withoutContent(part, path, 'image_url');
  const content = mediaFromUrl(url, { media: 'image', mimeType: 'image/png', path: place });
  const detail = details.get(textIn(holder ?? part, 'detail') ?? '');
  return mediaPart(content, { detail, holder: part });
}

function filePart(part: JsonObject, place: Place): MediaPart {
  const { path } = place;
  const name = optionalString(part, 'filename', path);
  const key = filledIn(part, 'file_data') === undefined ? 'file_url' : 'file_data';
  const content = filledIn(part, key);
  if (content === undefined) throw withoutContent(part, path, 'file_data');
  const detail = textIn(part, 'detail') ?? 'auto';
  if (detail !== 'auto') drop(placeAt(place, 'detail'), { feature: 'file-detail', effect: 'hint' });
  const mimeType = mimeTypeOfName(name);
  const hint = { media: 'document', mimeType, path: at(path, key) } as const;
  return mediaPart(mediaFromUrl(content, hint), { name, holder: part });
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

function mediaPart(
  content: MediaContent,
  known: {
    readonly holder: JsonObject;
    readonly detail?: MediaPart['detail'];
    readonly name?: string | undefined;
  },
): MediaPart {
  const { holder, detail, name } = known;
  const cache = cacheMarkFromWire(holder);
  return compact({ type: 'media' as const, ...content, name, detail, cache });
}

function withoutContent(part: JsonObject, path: string, key: string): Error {
  if (filledIn(part, 'file_id') === undefined) return missing(at(path, key), 'a string');
  const place = at(path, 'file_id');
  return unsupported(
    place,
    `${place}: a file id is only known to the provider that holds the file; send its content as ${key}`,
  );
}

/** What a tool's result may hold; anything else in it is a mistake. */
export function resultContent(
  content: JsonValue | undefined,
  place: Place,
): readonly (TextPart | MediaPart)[] {
  return decodeContent(content, place).flatMap((part) => {
    if (part.type === 'refusal') {
      const { path } = place;
      throw invalidRequest(path, `${path}: a tool's result holds text and media only`);
    }
    return part.type === 'text' && part.text === '' ? [] : [part];
  });
}

/** Instructions are text alone. */
export function textContent(content: JsonValue | undefined, place: Place): readonly TextPart[] {
  return decodeContent(content, place).flatMap((part) => {
    if (part.type === 'text') return part.text === '' ? [] : [part];
    const { path } = place;
    throw invalidRequest(path, `${path}: instructions hold text only`);
  });
}
