/** Reads media as clients of OpenAI write them: data URLs, bare base64, addresses; and says what they are. */
import { base64OfBytes, bytesOfBase64, inStandardLetters } from '../base64.ts';
import { invalidRequest } from '../errors.ts';
import type { MediaPart, MediaSource } from '../ir/part.ts';

export interface MediaContent {
  readonly media: MediaPart['media'];
  readonly mimeType: string;
  readonly source: MediaSource;
}

export interface MediaHint {
  /** What the part's type says; a data URL of another kind wins. */
  readonly media: MediaPart['media'];
  /** Used when neither the URL nor the bytes tell. */
  readonly mimeType: string;
  readonly path: string;
}

/** An address, a data URL, or base64 without any prefix. */
export function mediaFromUrl(url: string, hint: MediaHint): MediaContent {
  if (url.slice(0, 5).toLowerCase() === 'data:') return mediaFromDataUrl(url, hint);
  // A colon never occurs in base64, so what has a scheme is an address.
  if (/^[a-z][a-z0-9+.-]*:/i.test(url.slice(0, 40))) {
    return { media: hint.media, mimeType: '', source: { type: 'url', url } };
  }
  return mediaFromBase64(url, hint);
}

export function mediaFromBase64(text: string, hint: MediaHint): MediaContent {
  const data = normalBase64(text);
  if (data === undefined || data === '') {
    throw invalidRequest(hint.path, `${hint.path}: expected a URL, a data URL or base64`);
  }
  return mediaOf(sniffMimeType(data) ?? hint.mimeType, data);
}

/** A media type with its parameters is far shorter. */
const DATA_HEAD_MAX = 1_024;

function mediaFromDataUrl(url: string, hint: MediaHint): MediaContent {
  const comma = url.slice(0, DATA_HEAD_MAX).indexOf(',');
  if (comma === -1) throw invalidRequest(hint.path, `${hint.path}: a data URL without a comma`);
  const [type = '', ...parameters] = url.slice(5, comma).split(';');
  const declared = type.trim().toLowerCase();
  const body = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  const data = isBase64 ? normalBase64(body) : base64OfPercentEncoded(body);
  if (data === undefined) throw invalidRequest(hint.path, `${hint.path}: broken base64`);
  return mediaOf(mimeTypeOf({ declared, data, fallback: hint.mimeType }), data);
}

/** The bytes know better than what a client declares, for the few types that can be told apart. */
function mimeTypeOf(known: { declared: string; data: string; fallback: string }): string {
  const { declared, data, fallback } = known;
  const isVague = declared === '' || declared === 'application/octet-stream';
  if (isVague || declared.startsWith('image/')) {
    return sniffMimeType(data) ?? (isVague ? fallback : declared);
  }
  return declared;
}

function mediaOf(mimeType: string, data: string): MediaContent {
  const media = mediaKind(mimeType);
  if (media === 'document' && isTextType(mimeType)) {
    return { media, mimeType, source: { type: 'text', text: textOfBase64(data) } };
  }
  return { media, mimeType, source: { type: 'base64', data } };
}

function mediaKind(mimeType: string): MediaPart['media'] {
  if (mimeType.startsWith('image/')) return 'image';
  if (mimeType.startsWith('audio/')) return 'audio';
  return mimeType.startsWith('video/') ? 'video' : 'document';
}

const textTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/x-ndjson',
  'application/xml',
  'application/yaml',
  'application/x-yaml',
  'application/javascript',
  'application/typescript',
]);

function isTextType(mimeType: string): boolean {
  return mimeType.startsWith('text/') || textTypes.has(mimeType);
}

const magicNumbers: readonly (readonly [prefix: string, mimeType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['JVBERi', 'application/pdf'],
];

/** Looks at base64 itself: the first bytes of a known type give the same first letters. */
function sniffMimeType(data: string): string | undefined {
  const known = magicNumbers.find(([prefix]) => data.startsWith(prefix));
  if (known !== undefined) return known[1];
  // RIFF, four bytes of size, then WEBP or WAVE.
  if (!data.startsWith('UklGR')) return undefined;
  const kind = data.slice(11, 16);
  if (kind === 'XRUJQ') return 'image/webp';
  return kind === 'XQVZF' ? 'audio/wav' : undefined;
}

const extensions: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['xml', 'application/xml'],
  ['json', 'application/json'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
]);

/** By the name's extension; PDF when there is none, since that is what this format's files mostly are. */
export function mimeTypeOfName(name: string | undefined): string {
  const extension = name?.slice(name.lastIndexOf('.') + 1).toLowerCase() ?? '';
  return extensions.get(extension) ?? 'application/pdf';
}

const standardBase64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard, padded base64 of base64 in any dress: URL-safe letters, no padding, line breaks. */
function normalBase64(text: string): string | undefined {
  if (text.length % 4 === 0 && standardBase64.test(text)) return text;
  const bare = withoutPadding(inStandardLetters(text));
  if (bare.length % 4 === 1 || !standardBase64.test(bare)) return undefined;
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

/** By hand: a pattern for the end of a text is tried at every place where it might begin. */
function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x3d) end--;
  return text.slice(0, end);
}

function textOfBase64(data: string): string {
  return new TextDecoder().decode(bytesOfBase64(data));
}

function base64OfPercentEncoded(body: string): string | undefined {
  try {
    return base64OfBytes(new TextEncoder().encode(decodeURIComponent(body)));
  } catch {
    return undefined;
  }
}
