/** The memory that the threads of one machine share: where the lock, the index and the counters lie. */

/** Places of whole numbers at the start of the memory, in 32-bit words. */
export const LOCK = 0;
export const THREADS = 1;
export const REPAIR = 2;
const MAGIC = 3;
const COUNTERS_MAX = 4;
export const ROWS_BEGUN = 5;
export const FREE_ROW = 6;
export const HAND = 7;

/** Places of times at the start of the memory, in 64-bit numbers. */
export const LATEST_MS = 8;
export const FULL_UNTIL_MS = 9;

const HEADER_BYTES = 128;
const MAGIC_NUMBER = 0x4c_69_6d_31;

/** Settlements: sets of 7 digests of 64 bits and a cursor, one set a cache line. */
const SET_COUNT = 8192;
export const SET_WORDS = 16;
const SETTLED_BYTES = SET_COUNT * SET_WORDS * 4;

/** A row is one counter. Places of its fields, in 64-bit numbers from its start. */
export const SPAN = 2;
export const LAST_USE = 3;
export const USED = 4;
export const HEAD = 5;
export const CELLS = 7;
export const CELL_COUNT = 61;
/** No bucket before this one holds anything. */
export const OLDEST = CELLS + CELL_COUNT;
const ROW_NUMBERS = OLDEST + 1;

/** Places in 32-bit words from a row's start: a digest of 96 bits, its state, the next free row. */
export const DIGEST_WORDS = 3;
export const STATE = 3;
export const NEXT_FREE = 12;

/** The states of a row are 0 for free and, for live ones, the number of the counter's shape. */
export const FREE = 0;
export const SHAPE_NUMBERS = { window: 1, total: 2, concurrency: 3 } as const;

export interface LimitMemory {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly settled: Int32Array<SharedArrayBuffer>;
  /** Numbers of rows from 1, at the places of their digests; 0 is free. Never more than half full. */
  readonly index: Int32Array<SharedArrayBuffer>;
  readonly indexMask: number;
  /** Where the first row starts, in 64-bit numbers. */
  readonly rowsAt: number;
  readonly rowsMax: number;
}

/**
 * Address space for `countersMax` counters, 552 bytes each. A page of it becomes memory when its
 * first counter is used, so a large bound costs nothing until it is needed.
 */
export function createLimitMemory(countersMax = 65_536): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(
    rowsOffset(countersMax) + countersMax * ROW_NUMBERS * Float64Array.BYTES_PER_ELEMENT,
  );
  const words = new Int32Array(memory);
  words[MAGIC] = MAGIC_NUMBER;
  words[COUNTERS_MAX] = countersMax;
  return memory;
}

export function attachMemory(memory: SharedArrayBuffer): LimitMemory {
  const words = new Int32Array(memory);
  if (words[MAGIC] !== MAGIC_NUMBER) throw new TypeError('the memory was not made for counters');
  const rowsMax = words[COUNTERS_MAX] ?? 0;
  const indexSize = indexSizeOf(rowsMax);
  return {
    words,
    numbers: new Float64Array(memory),
    settled: new Int32Array(memory, HEADER_BYTES, SETTLED_BYTES / 4),
    index: new Int32Array(memory, HEADER_BYTES + SETTLED_BYTES, indexSize),
    indexMask: indexSize - 1,
    rowsAt: rowsOffset(rowsMax) / Float64Array.BYTES_PER_ELEMENT,
    rowsMax,
  };
}

/** Where a row starts, in 64-bit numbers; rows are numbered from 1. */
export function rowAt(memory: LimitMemory, number: number): number {
  return memory.rowsAt + (number - 1) * ROW_NUMBERS;
}

export function rowNumber(memory: LimitMemory, row: number): number {
  return (row - memory.rowsAt) / ROW_NUMBERS + 1;
}

export function wordAt(array: Int32Array, place: number): number {
  return array[place] ?? 0;
}

export function numberAt(array: Float64Array, place: number): number {
  return array[place] ?? 0;
}

function indexSizeOf(countersMax: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, countersMax * 2)));
}

function rowsOffset(countersMax: number): number {
  return HEADER_BYTES + SETTLED_BYTES + indexSizeOf(countersMax) * 4;
}
