/** Bytes that have arrived on a connection and are not yet taken. */
import { CR, LF } from './request-syntax.ts';

export interface Input {
  bytes: Buffer;
  /** What is in it begins here; bytes that were taken are never written over. */
  at: number;
  /** Owns `bytes` with room behind them, once pieces had to be put together. */
  store: Buffer | undefined;
  /** How far, from `at` on, `mayHoldHead` has looked. */
  searched: number;
  /** Where, from `at` on, the last line that it found ends. */
  lineEnd: number;
}

const EMPTY: Buffer = Buffer.alloc(0);

export function createInput(): Input {
  return { bytes: EMPTY, at: 0, store: undefined, searched: 0, lineEnd: 0 };
}

export function sizeOf(input: Input): number {
  return input.bytes.length - input.at;
}

export function append(input: Input, piece: Buffer): void {
  if (sizeOf(input) === 0) {
    input.bytes = piece;
    input.at = 0;
    input.store = undefined;
    return;
  }
  const end = input.bytes.length;
  if (input.store === undefined || end + piece.length > input.store.length) {
    grow(input, piece);
  } else {
    piece.copy(input.store, end);
    input.bytes = input.store.subarray(0, end + piece.length);
  }
}

/** Twice the need, so that many small pieces cost no more than one large. */
function grow(input: Input, piece: Buffer): void {
  const size = sizeOf(input) + piece.length;
  const store = Buffer.allocUnsafeSlow(2 * size);
  input.bytes.copy(store, 0, input.at);
  piece.copy(store, size - piece.length);
  input.store = store;
  input.bytes = store.subarray(0, size);
  input.at = 0;
}

export function take(input: Input, bytes: number): void {
  input.at += bytes;
  input.searched = 0;
  input.lineEnd = 0;
  if (input.at < input.bytes.length) return;
  input.bytes = EMPTY;
  input.at = 0;
  input.store = undefined;
}

/** What is there of the next head. */
export function rest(input: Input): Buffer {
  return input.at === 0 ? input.bytes : input.bytes.subarray(input.at);
}

/** Somewhat more than the longest that is served: reading it shows the fault. */
const LINE_BYTES_MAX = 17 * 1024;
const HEAD_BYTES_MAX = 82 * 1024;

/**
 * Is it worth reading a head that was not whole before? Looks at every byte once: for the empty line,
 * for a lone line feed, and for more than the bounds allow.
 */
export function mayHoldHead(input: Input): boolean {
  const { bytes, at } = input;
  let from = at + input.searched;
  input.searched = bytes.length - at;
  for (;;) {
    const lineFeed = bytes.indexOf(LF, from);
    if (lineFeed === -1) break;
    const isBare = lineFeed === at || bytes[lineFeed - 1] !== CR;
    const isEmpty = lineFeed - at === input.lineEnd + 1;
    input.lineEnd = lineFeed + 1 - at;
    // One empty line before the head is forgiven.
    if (isBare || (isEmpty && input.lineEnd > 2)) return true;
    from = lineFeed + 1;
  }
  return input.searched > (input.lineEnd <= 2 ? LINE_BYTES_MAX : HEAD_BYTES_MAX);
}
