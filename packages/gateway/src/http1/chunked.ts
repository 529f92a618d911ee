/** Undoes the chunked coding of a body, however its bytes are cut. */
import { MalformedHttp } from './malformed.ts';
import { COLON, CR, LF, SPACE, TAB, tokenBytes } from './request-syntax.ts';

/** To be changed by the functions of this module only. */
export interface ChunkedDecoder {
  state: number;
  /** Of the size that is being read, then of the payload. */
  remaining: number;
  lineBytes: number;
  /** Where in the bytes given last the payload seen so far has been moved together. */
  payloadStart: number;
  payloadEnd: number;
}

interface Receiver {
  /** What the bytes held of the body, in one piece; never empty. */
  data(piece: Uint8Array): void;
}

/** Digits, extensions and the end of the line. */
const SIZE_LINE_BYTES_MAX = 256;
const TRAILER_BYTES_MAX = 16 * 1024;

const SIZE_START = 0;
const SIZE = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const PAYLOAD = 4;
const PAYLOAD_CR = 5;
const PAYLOAD_LF = 6;
const TRAILER_START = 7;
const TRAILER = 8;
const TRAILER_LF = 9;
const LAST_LF = 10;
const DONE = 11;
const EXTENSION_START = 12;
const TRAILER_NAME = 13;

const SEMICOLON = 59;

export function createChunkedDecoder(): ChunkedDecoder {
  return { state: SIZE_START, remaining: 0, lineBytes: 0, payloadStart: 0, payloadEnd: 0 };
}

export function isDone({ state }: ChunkedDecoder): boolean {
  return state === DONE;
}

/**
 * How many bytes were consumed: fewer than given only once done. The bytes are the decoder's from
 * then on: it moves the payload together in their place, so that a read that holds many chunks is
 * handed on as one. A stream of 64 small events cost twice as much when each was handed on alone.
 * Throws MalformedHttp, after what came before the fault; then the decoder is of no more use.
 *
 * Nothing is forgiven: a reader that takes a lone line feed, a blank or a sign for part of a size
 * sees other bodies than the peers on its way, and that is how requests are smuggled.
 */
export function decodeChunks(
  decoder: ChunkedDecoder,
  bytes: Uint8Array,
  receiver: Receiver,
): number {
  decoder.payloadStart = 0;
  decoder.payloadEnd = 0;
  try {
    return walk(decoder, bytes);
  } finally {
    const { payloadStart, payloadEnd } = decoder;
    if (payloadEnd > payloadStart) {
      const isWhole = payloadStart === 0 && payloadEnd === bytes.length;
      receiver.data(isWhole ? bytes : bytes.subarray(payloadStart, payloadEnd));
    }
  }
}

function walk(progress: ChunkedDecoder, bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && progress.state !== DONE) {
    if (progress.state === PAYLOAD) {
      const end = Math.min(bytes.length, at + progress.remaining);
      progress.remaining -= end - at;
      if (progress.remaining === 0) progress.state = PAYLOAD_CR;
      gather(progress, bytes, { start: at, end });
      at = end;
    } else {
      progress.state = after(progress, bytes[at] ?? 0);
      at += 1;
    }
  }
  return at;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function gather(progress: ChunkedDecoder, bytes: Uint8Array, { start, end }: Place): void {
  if (progress.payloadEnd === progress.payloadStart) {
    progress.payloadStart = start;
    progress.payloadEnd = end;
    return;
  }
  bytes.copyWithin(progress.payloadEnd, start, end);
  progress.payloadEnd += end - start;
}

function after(progress: ChunkedDecoder, byte: number): number {
  switch (progress.state) {
    case SIZE_START:
      progress.lineBytes = 1;
      progress.remaining = digitOf(byte);
      return SIZE;
    case SIZE:
      return afterSize(progress, byte);
    case EXTENSION_START:
      lengthen(progress, SIZE_LINE_BYTES_MAX);
      return byte === SPACE || byte === TAB ? EXTENSION_START : name(byte, EXTENSION);
    case EXTENSION:
      lengthen(progress, SIZE_LINE_BYTES_MAX);
      return byte === CR ? SIZE_LF : text(byte, EXTENSION);
    case SIZE_LF:
      progress.lineBytes = 0;
      return expect(byte, LF, progress.remaining === 0 ? TRAILER_START : PAYLOAD);
    case PAYLOAD_CR:
      return expect(byte, CR, PAYLOAD_LF);
    case PAYLOAD_LF:
      return expect(byte, LF, SIZE_START);
    default:
      return afterTrailer(progress, byte);
  }
}

function afterSize(progress: ChunkedDecoder, byte: number): number {
  lengthen(progress, SIZE_LINE_BYTES_MAX);
  if (byte === CR) return SIZE_LF;
  if (byte === SEMICOLON) return EXTENSION_START;
  progress.remaining = progress.remaining * 16 + digitOf(byte);
  if (progress.remaining > Number.MAX_SAFE_INTEGER) throw new MalformedHttp('a chunk is too large');
  return SIZE;
}

function afterTrailer(progress: ChunkedDecoder, byte: number): number {
  lengthen(progress, TRAILER_BYTES_MAX);
  switch (progress.state) {
    case TRAILER_LF:
      return expect(byte, LF, TRAILER_START);
    case LAST_LF:
      return expect(byte, LF, DONE);
    case TRAILER_START:
      return byte === CR ? LAST_LF : name(byte, TRAILER_NAME);
    case TRAILER_NAME:
      return byte === COLON ? TRAILER : name(byte, TRAILER_NAME);
    default:
      return byte === CR ? TRAILER_LF : text(byte, TRAILER);
  }
}

function lengthen(progress: ChunkedDecoder, bytesMax: number): void {
  progress.lineBytes += 1;
  if (progress.lineBytes > bytesMax)
    throw new MalformedHttp('a line of the chunked coding is too long');
}

function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  if (lower >= 97 && lower <= 102) return lower - 87;
  throw new MalformedHttp('a chunk size is not a hexadecimal number');
}

function expect(byte: number, wanted: number, next: number): number {
  if (byte !== wanted) throw new MalformedHttp('a line of the chunked coding does not end in CRLF');
  return next;
}

function name(byte: number, next: number): number {
  if (tokenBytes[byte] === 0)
    throw new MalformedHttp('a line of the chunked coding has no name where one belongs');
  return next;
}

function text(byte: number, next: number): number {
  if ((byte < 32 && byte !== 9) || byte === 127)
    throw new MalformedHttp('a control character in a line of the chunked coding');
  return next;
}
