/** Media in both directions: kinds by media type, addresses that Gemini reads, resolutions. */
import { unsupported } from '../../errors.ts';
import type { MediaPart } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at, optionalString, requiredString } from '../../read.ts';
import { camelKeys, standardBase64, textOfBase64 } from './fields.ts';
import type { WirePart } from './wire.ts';

export function decodeBlob(wire: JsonObject, path: string): MediaPart {
  const blob = camelKeys(wire);
  const mimeType = requiredString(blob, 'mimeType', path);
  const data = standardBase64(requiredString(blob, 'data', path));
  const text = isText(mimeType) ? textOfBase64(data) : undefined;
  return {
    type: 'media',
    media: kindOf(mimeType),
    mimeType,
    source: text === undefined ? { type: 'base64', data } : { type: 'text', text },
    name: optionalString(blob, 'displayName', path),
  };
}

export function decodeFile(wire: JsonObject, path: string): MediaPart {
  const file = camelKeys(wire);
  const url = requiredString(file, 'fileUri', path);
  const mimeType = optionalString(file, 'mimeType', path) ?? mimeTypeOf(url);
  return {
    type: 'media',
    media: isYouTube(url) ? 'video' : kindOf(mimeType),
    mimeType,
    source: { type: 'url', url },
    name: optionalString(file, 'displayName', path),
  };
}

function kindOf(mimeType: string): MediaPart['media'] {
  const [kind] = mimeType.split('/');
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
}

/** Documents that every format can take as plain text. */
function isText(mimeType: string): boolean {
  return /^(text\/|application\/json\b)/.test(mimeType);
}

const extensions: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['pdf', 'application/pdf'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
]);

/** By the address's ending; empty where it does not say. */
function mimeTypeOf(url: string): string {
  const [path = ''] = url.split(/[?#]/);
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return extensions.get(ending) ?? '';
}

function isYouTube(url: string): boolean {
  return /^https?:\/\/((www|m|music)\.)?(youtube\.com|youtu\.be)\//i.test(url);
}

/** A file that was uploaded to Google. */
export function isStored(url: string): boolean {
  return (
    /^(gs:\/\/|files\/)/.test(url) ||
    /^https:\/\/generativelanguage\.googleapis\.com\/[^?#]*files\//.test(url)
  );
}

/** Gemini reads no other address; on Vertex AI, `gs://` beside them. */
function isReadable(url: string): boolean {
  return isYouTube(url) || isStored(url);
}

export function needsBytes({ source }: MediaPart): boolean {
  return source.type === 'url' && /^https?:/i.test(source.url) && !isReadable(source.url);
}

const usualTypes: Readonly<Record<MediaPart['media'], string>> = {
  image: 'image/png',
  audio: 'audio/wav',
  video: 'video/mp4',
  document: 'application/pdf',
};

const levels: ReadonlyMap<string, string> = new Map([
  ['low', 'MEDIA_RESOLUTION_LOW'],
  ['high', 'MEDIA_RESOLUTION_HIGH'],
  ['original', 'MEDIA_RESOLUTION_ULTRA_HIGH'],
]);

interface Place {
  readonly path: string;
  readonly report: Report;
}

/** Media of a request. Throws for addresses that Gemini would not read. */
export function encodeMedia(part: MediaPart, { path, report }: Place): WirePart {
  const { source, name } = part;
  const level = levels.get(part.detail ?? '');
  const resolution = level === undefined ? {} : { mediaResolution: { level } };
  if (source.type === 'text') return { text: titled(source.text, name) };
  if (source.type === 'url') {
    if (!isReadable(source.url)) {
      throw unsupported(
        path,
        `${path}: Gemini does not fetch this address (only YouTube, gs:// and its own files); send the data as base64`,
      );
    }
    reportName(part, { path, report });
    const mimeType = part.mimeType === '' ? undefined : part.mimeType;
    return { fileData: { mimeType, fileUri: source.url }, ...resolution };
  }
  reportName(part, { path, report });
  return { inlineData: { mimeType: typeOf(part), data: source.data }, ...resolution };
}

/** Only Gemini on Vertex AI knows names of files. */
function reportName(part: MediaPart, { path, report }: Place): void {
  if (part.name === undefined) return;
  report({
    feature: 'document-name',
    path: part.path ?? at(path, 'name'),
    action: 'dropped',
    reason: 'unsupported',
    effect: 'hint',
  });
}

/** Media of an answer, where any address goes. */
export function encodeAnswerMedia(part: MediaPart): WirePart {
  const { source } = part;
  if (source.type === 'text') return { text: titled(source.text, part.name) };
  if (source.type === 'url') {
    return { fileData: { mimeType: typeOf(part), fileUri: source.url } };
  }
  return { inlineData: { mimeType: typeOf(part), data: source.data } };
}

function typeOf(part: MediaPart): string {
  return part.mimeType === '' ? usualTypes[part.media] : part.mimeType;
}

function titled(text: string, name: string | undefined): string {
  return name === undefined || name === '' ? text : `${name}\n${text}`;
}
