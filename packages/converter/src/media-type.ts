/** What kind of file some bytes are: their beginning knows better than what a server says of them. */
import type { MediaPart } from './ir/part.ts';

type Kind = MediaPart['media'];

/** All beginnings are shorter. */
const START_BYTES = 64;

/** Looks at the beginning of a file as Latin-1. */
type Test = (start: string) => boolean;

function begins(...texts: readonly string[]): Test {
  return (start) => texts.some((text) => start.startsWith(text));
}

/** RIFF and IFF: the name of the container, four bytes of size, what is in it. */
function boxed(container: string, ...contents: readonly string[]): Test {
  return (start) =>
    start.startsWith(container) && contents.some((text) => start.startsWith(text, 8));
}

/** ISO media files: four bytes of size, `ftyp`, the brand. */
function branded(...brands: readonly string[]): Test {
  return (start) => brands.some((brand) => start.startsWith(`ftyp${brand}`, 4));
}

const beginnings: readonly (readonly [mimeType: string, test: Test])[] = [
  ['image/png', begins('\x89PNG\r\n\x1a\n')],
  ['image/jpeg', begins('\xff\xd8\xff')],
  ['image/gif', begins('GIF87a', 'GIF89a')],
  ['image/webp', boxed('RIFF', 'WEBP')],
  ['image/bmp', (start) => start.startsWith('BM') && start.startsWith('\0\0\0\0', 6)],
  ['image/tiff', begins('II*\0', 'MM\0*')],
  ['image/avif', branded('avif', 'avis')],
  ['image/heic', branded('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs')],
  ['image/heif', branded('mif1', 'msf1')],
  ['application/pdf', begins('%PDF-')],
  ['audio/wav', boxed('RIFF', 'WAVE')],
  ['audio/aiff', boxed('FORM', 'AIFF', 'AIFC')],
  ['audio/flac', begins('fLaC')],
  ['audio/mp4', branded('M4A ', 'M4B ')],
  ['audio/aac', begins('\xff\xf0', '\xff\xf1', '\xff\xf8', '\xff\xf9')],
  [
    'audio/mpeg',
    (start) => start.startsWith('ID3') || /^\xff[\xe2\xe3\xf2-\xf7\xfa-\xfd]/.test(start),
  ],
  ['video/x-msvideo', boxed('RIFF', 'AVI ')],
  ['video/mpeg', begins('\0\0\x01\xb3', '\0\0\x01\xba')],
  ['video/quicktime', branded('qt  ')],
  ['video/3gpp', branded('3g')],
];

/** Containers of sound and of pictures alike: what is wanted decides. */
const containers: readonly (readonly [name: string, test: Test])[] = [
  ['ogg', begins('OggS')],
  ['webm', begins('\x1aE\xdf\xa3')],
  ['mp4', branded('')],
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
  const known = beginnings.find(([, test]) => test(start))?.[0];
  if (known !== undefined) return known;
  const container = containers.find(([, test]) => test(start))?.[0];
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
