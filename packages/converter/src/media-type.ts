/** What kind of file some bytes are: their beginning knows better than what a server says of them. */
import type { MediaPart } from './ir/part.ts';

type Kind = MediaPart['media'];

/** All beginnings are shorter. */
const START_BYTES = 64;

/** Where it begins, as Latin-1, and the type; a dot is any byte. */
const beginnings: readonly (readonly [start: RegExp, mimeType: string])[] = [
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^BM[^]{4}\0\0\0\0/, 'image/bmp'],
  [/^(?:II\*\0|MM\0\*)/, 'image/tiff'],
  [/^[^]{4}ftypavi[fs]/, 'image/avif'],
  [/^[^]{4}ftyp(?:hei[cxms]|hev[cxms])/, 'image/heic'],
  [/^[^]{4}ftyp(?:mif1|msf1)/, 'image/heif'],
  [/^%PDF-/, 'application/pdf'],
  [/^RIFF[^]{4}WAVE/, 'audio/wav'],
  [/^FORM[^]{4}AIF[FC]/, 'audio/aiff'],
  [/^fLaC/, 'audio/flac'],
  [/^[^]{4}ftypM4[AB] /, 'audio/mp4'],
  [/^\xff[\xf0\xf1\xf8\xf9]/, 'audio/aac'],
  [/^(?:ID3|\xff[\xe2\xe3\xf2-\xf7\xfa-\xfd])/, 'audio/mpeg'],
  [/^RIFF[^]{4}AVI /, 'video/x-msvideo'],
  [/^\0\0\x01[\xb3\xba]/, 'video/mpeg'],
  [/^[^]{4}ftypqt {2}/, 'video/quicktime'],
  [/^[^]{4}ftyp3g/, 'video/3gpp'],
];

/** Containers of sound and of pictures alike: what is wanted decides. */
const containers: readonly (readonly [start: RegExp, name: string])[] = [
  [/^OggS/, 'ogg'],
  [/^\x1aE\xdf\xa3/, 'webm'],
  [/^[^]{4}ftyp/, 'mp4'],
];

const officeTypes = 'application/vnd.openxmlformats-officedocument.';

/**
 * The media type of a file for a part of this kind, by its bytes and, where they do not tell, by what
 * its server says (`declared`, a `content-type`). Undefined: it is nothing that such a part may hold,
 * such as a page in the place of an image.
 */
export function recognizeMedia(
  bytes: Uint8Array,
  declared: string,
  wanted: Kind,
): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, START_BYTES));
  const known = beginnings.find(([pattern]) => pattern.test(start))?.[1];
  if (known !== undefined) return known;
  const container = containers.find(([pattern]) => pattern.test(start))?.[1];
  if (container !== undefined) return `${wanted === 'audio' ? 'audio' : 'video'}/${container}`;
  if (wanted !== 'document') return undefined;
  const said = declared.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (start.startsWith('PK\x03\x04')) return said.startsWith(officeTypes) ? said : undefined;
  // In the place of a document, a page says that it is not there, or that one must log in.
  return said !== 'text/html' && isTextType(said) && isUtf8Text(bytes) ? said : undefined;
}

/** Types of documents that every format can take as plain text. */
export function isTextType(mimeType: string): boolean {
  return /^(?:text\/[\w.+-]+|application\/(?:json|x-ndjson|xml|yaml|x-yaml))$/.test(mimeType);
}

function isUtf8Text(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(bytes).includes('\0');
  } catch {
    return false;
  }
}
