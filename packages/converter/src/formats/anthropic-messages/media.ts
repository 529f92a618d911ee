/** Media in both directions: sources, and what the first bytes say of their type. */
import { bytesOfBase64, inStandardLetters } from '../../base64.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type { MediaPart, MediaSource } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { at, optionalString, requiredObject, requiredString } from '../../read.ts';
import type { WireDocument, WireImage, WireSource } from './wire.ts';

export function decodeImage(block: JsonObject, path: string): MediaPart {
  const source = requiredObject(block, 'source', path);
  const place = at(path, 'source');
  const type = requiredString(source, 'type', place);
  if (type === 'url') {
    const url = requiredString(source, 'url', place);
    return { type: 'media', media: 'image', mimeType: '', source: { type: 'url', url } };
  }
  if (type === 'base64') {
    const data = base64In(source, place);
    const mimeType = optionalString(source, 'media_type', place) ?? sniff(data) ?? '';
    return { type: 'media', media: 'image', mimeType, source: { type: 'base64', data } };
  }
  throw unreadableSource(type, place);
}

/** A document of text, of a PDF's data, or at an address; `content` sources are the caller's. */
export function decodeDocument(block: JsonObject, path: string): MediaPart {
  const source = requiredObject(block, 'source', path);
  const place = at(path, 'source');
  const name = optionalString(block, 'title', path);
  const document = (mimeType: string, source: MediaSource): MediaPart => ({
    type: 'media',
    media: 'document',
    mimeType,
    source,
    ...(name !== undefined && { name }),
  });
  const type = requiredString(source, 'type', place);
  switch (type) {
    case 'base64': {
      const mimeType = optionalString(source, 'media_type', place) ?? 'application/pdf';
      return document(mimeType, { type: 'base64', data: base64In(source, place) });
    }
    case 'text': {
      const text = requiredString(source, 'data', place);
      return document('text/plain', { type: 'text', text });
    }
    case 'url': {
      const url = requiredString(source, 'url', place);
      return document('application/pdf', { type: 'url', url });
    }
    default:
      throw unreadableSource(type, place);
  }
}

function unreadableSource(type: string, path: string): Error {
  if (type === 'file') {
    return unsupported(
      path,
      `${path}: an uploaded file is known to Anthropic alone; send its content as base64 instead`,
    );
  }
  return invalidRequest(
    at(path, 'type'),
    `${at(path, 'type')}: "${type}" is no known kind of source`,
  );
}

/** Standard and padded, whatever the client's library made of it. */
function base64In(source: JsonObject, path: string): string {
  const written = requiredString(source, 'data', path).replace(/^data:[^,]*;base64,/, '');
  const data = /[-_\s]/.test(written) ? inStandardLetters(written) : written;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) {
    throw invalidRequest(at(path, 'data'), `${at(path, 'data')}: expected base64`);
  }
  const rest = data.length % 4;
  return rest < 2 ? data : data + '='.repeat(4 - rest);
}

/** First bytes in base64: the provider compares them with the media type and refuses a wrong one. */
const signatures: readonly (readonly [start: RegExp, mimeType: string])[] = [
  [/^\/9j\//, 'image/jpeg'],
  [/^iVBORw0KGgo/, 'image/png'],
  [/^R0lGOD/, 'image/gif'],
  [/^UklGR.{6}XRUJQ/, 'image/webp'],
  [/^JVBERi/, 'application/pdf'],
];

function sniff(data: string): string | undefined {
  return signatures.find(([start]) => start.test(data))?.[1];
}

const imageTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
]);

/** Media of a request. Throws for what this format has no block for. */
export function encodeMedia(part: MediaPart, path: string): WireImage | WireDocument {
  if (part.media === 'image') return { type: 'image', source: imageSource(part, path) };
  if (part.media === 'document') {
    const title = part.name === undefined || part.name === '' ? undefined : part.name;
    return { type: 'document', source: documentSource(part, path), ...(title && { title }) };
  }
  throw unsupported(
    path,
    `${path}: the Messages API takes images and documents, not ${part.media}; send a transcript or another model`,
  );
}

function imageSource({ mimeType, source }: MediaPart, path: string): WireSource {
  if (source.type === 'url') return urlSource(source.url, path);
  const data = source.type === 'base64' ? source.data : '';
  const found = sniff(data) ?? mimeType.toLowerCase().replace('image/jpg', 'image/jpeg');
  if (source.type === 'base64' && imageTypes.has(found)) {
    return { type: 'base64', media_type: found, data };
  }
  throw unsupported(
    path,
    `${path}: the Messages API takes JPEG, PNG, GIF and WebP images, not ${found || 'unknown data'}; convert the image`,
  );
}

/** Anthropic fetches images and PDFs itself; of other documents it takes the text. */
export function needsBytes(part: MediaPart): boolean {
  const { media, source } = part;
  return (
    media === 'document' && source.type === 'url' && /^https?:/i.test(source.url) && !isPdf(part)
  );
}

function isPdf({ mimeType }: MediaPart): boolean {
  return mimeType === '' || mimeType === 'application/pdf';
}

function documentSource(part: MediaPart, path: string): WireSource {
  const { mimeType, source } = part;
  if (source.type === 'text') return textSource(source.text);
  if (source.type === 'url') {
    if (isPdf(part)) return urlSource(source.url, path);
  } else {
    if (sniff(source.data) === 'application/pdf' || mimeType === 'application/pdf') {
      return { type: 'base64', media_type: 'application/pdf', data: source.data };
    }
    const text = isText(mimeType) ? textOfBase64(source.data) : undefined;
    if (text !== undefined) return textSource(text);
  }
  throw unsupported(
    path,
    `${path}: the Messages API takes PDF and plain text documents, not ${mimeType || 'unknown data'}; send its text`,
  );
}

function textSource(data: string): WireSource {
  return { type: 'text', media_type: 'text/plain', data };
}

function urlSource(url: string, path: string): WireSource {
  if (/^https?:/i.test(url)) return { type: 'url', url };
  throw unsupported(
    path,
    `${path}: Anthropic fetches http and https addresses only; send the data as base64`,
  );
}

function isText(mimeType: string): boolean {
  return /^(text\/|application\/(json|xml|yaml|javascript)\b)/.test(mimeType);
}

/** Undefined when it is not base64 of UTF-8. */
function textOfBase64(data: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOfBase64(data));
  } catch {
    return undefined;
  }
}
