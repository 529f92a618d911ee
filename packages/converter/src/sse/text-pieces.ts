/** The text of UTF-8 bytes that come in pieces, cut anywhere: what a streaming TextDecoder gives, for less. */

/** To be changed by the functions of this module only. */
export interface TextPieces {
  /** The beginning of a character whose end has not come. */
  pending: Uint8Array | undefined;
  /** Only before that may there be a byte order mark. */
  hasText: boolean;
}

/**
 * One for all, which keeps nothing from one call to the next. A streaming one for each stream holds a
 * converter of its own: twice the time for a short piece, and more where thousands of streams take turns.
 */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const BYTE_ORDER_MARK = 0xfeff;

export function createTextPieces(): TextPieces {
  return { pending: undefined, hasText: false };
}

export function textOfPiece(pieces: TextPieces, bytes: Uint8Array): string {
  const whole = pieces.pending === undefined ? bytes : joined(pieces.pending, bytes);
  const end = whole.length - unfinishedBytes(whole);
  // A copy, also of a Buffer, whose own `slice` is none: who reads may use its memory again.
  pieces.pending = end === whole.length ? undefined : new Uint8Array(whole.subarray(end));
  const text = decoder.decode(end === whole.length ? whole : whole.subarray(0, end));
  if (pieces.hasText || text === '') return text;
  pieces.hasText = true;
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** No more bytes come: what has begun is no character. */
export function textOfRest(pieces: TextPieces): string {
  const { pending } = pieces;
  pieces.pending = undefined;
  return pending === undefined ? '' : decoder.decode(pending);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

const CHARACTER_BYTES_MAX = 4;

/** How many bytes at the end are a character's beginning only. */
function unfinishedBytes(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let count = 1; count < CHARACTER_BYTES_MAX && count <= length; count += 1) {
    const byte = bytes[length - count] ?? 0;
    if (byte < 0x80) return 0;
    // The first byte of a character says how many it has.
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > count ? count : 0;
  }
  return 0;
}
