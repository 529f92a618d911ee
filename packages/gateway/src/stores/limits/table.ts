/** The table of counters in shared memory: found by digest, added, and let go when idle. */
import type { Counter } from '../../model/limits.ts';
import { clearCounter, isIdle, keepMs, recount } from './counter.ts';
import {
  DIGEST_WORDS,
  FREE,
  FREE_ROW,
  FULL_UNTIL_MS,
  HAND,
  LAST_USE,
  LATEST_MS,
  type LimitMemory,
  NEXT_FREE,
  numberAt,
  ROWS_BEGUN,
  rowAt,
  rowNumber,
  SHAPE_NUMBERS,
  SPAN,
  STATE,
  wordAt,
} from './layout.ts';

export const NONE = -1;

/** Each new counter looks at so many others whether they are idle: the table follows what lives. */
const LOOKS_PER_ADDITION = 4;
/** How often a full table is searched as a whole. */
const FULL_SEARCH_EVERY_MS = 100;

/** What is sought, in 32-bit words: a digest, and the row that it was found in last. */
export const SOUGHT_WORDS = DIGEST_WORDS + 1;
const FOUND = DIGEST_WORDS;

/** The row of the digest at `place`, or NONE. */
export function findRow(memory: LimitMemory, sought: Int32Array, place: number): number {
  // Mostly it is still there: the index, which is large, is not looked at then.
  const last = wordAt(sought, place + FOUND);
  if (last !== 0 && isIn(memory, last, { sought, place })) return last;
  const slot = findSlot(memory, sought, place);
  if (slot === NONE) return NONE;
  const row = rowAt(memory, wordAt(memory.index, slot));
  sought[place + FOUND] = row;
  return row;
}

function isIn(memory: LimitMemory, row: number, { sought, place }: Place): boolean {
  const { words } = memory;
  const at = row * 2;
  return (
    words[at] === sought[place] &&
    words[at + 1] === sought[place + 1] &&
    words[at + 2] === sought[place + 2] &&
    words[at + STATE] !== FREE
  );
}

interface Place {
  readonly sought: Int32Array;
  readonly place: number;
}

export interface Newcomer extends Place {
  readonly counter: Counter;
}

/** A new counter, or NONE when every counter that there may be is in use. */
export function addRow(memory: LimitMemory, newcomer: Newcomer): number {
  const { words, numbers } = memory;
  search(memory, LOOKS_PER_ADDITION);
  const row = takeRow(memory);
  if (row === NONE) return NONE;
  for (let word = 0; word < DIGEST_WORDS; word += 1) {
    words[row * 2 + word] = wordAt(newcomer.sought, newcomer.place + word);
  }
  numbers[row + SPAN] = newcomer.counter.spanMs;
  clearCounter(memory, row);
  words[row * 2 + STATE] = SHAPE_NUMBERS[newcomer.counter.shape];
  enter(memory, row);
  const idleAtMs = numberAt(numbers, LATEST_MS) + keepMs(memory, row);
  numbers[FULL_UNTIL_MS] = Math.min(numberAt(numbers, FULL_UNTIL_MS), idleAtMs);
  return row;
}

/** Makes the index again out of the rows: a thread was ended while it wrote. */
export function rebuild(memory: LimitMemory): void {
  const { words, index } = memory;
  index.fill(0);
  words[FREE_ROW] = 0;
  const begun = wordAt(words, ROWS_BEGUN);
  for (let number = 1; number <= begun; number += 1) {
    const row = rowAt(memory, number);
    // A counter that another thread added meanwhile would stay two, each seen by some.
    if (wordAt(words, row * 2 + STATE) === FREE || findSlot(memory, words, row * 2) !== NONE) {
      words[row * 2 + STATE] = FREE;
      release(memory, row);
    } else {
      recount(memory, row);
      enter(memory, row);
    }
  }
}

function takeRow(memory: LimitMemory): number {
  const { words } = memory;
  if (wordAt(words, FREE_ROW) === 0) {
    const begun = wordAt(words, ROWS_BEGUN);
    if (begun < memory.rowsMax) {
      words[ROWS_BEGUN] = begun + 1;
      return rowAt(memory, begun + 1);
    }
    searchAll(memory);
  }
  const free = wordAt(words, FREE_ROW);
  if (free === 0) return NONE;
  const row = rowAt(memory, free);
  words[FREE_ROW] = wordAt(words, row * 2 + NEXT_FREE);
  return row;
}

/** Looks for idle counters in the whole table, unless it is known that there are none yet. */
function searchAll(memory: LimitMemory): void {
  const { numbers } = memory;
  const nowMs = numberAt(numbers, LATEST_MS);
  if (nowMs < numberAt(numbers, FULL_UNTIL_MS)) return;
  const nextIdleMs = search(memory, memory.rowsMax);
  numbers[FULL_UNTIL_MS] = Math.max(nextIdleMs, nowMs + FULL_SEARCH_EVERY_MS);
}

/** Lets go the idle ones among the next `looks` rows; says when the first of the others will be idle. */
function search(memory: LimitMemory, looks: number): number {
  const { words, numbers } = memory;
  const begun = wordAt(words, ROWS_BEGUN);
  let nextIdleMs = Number.POSITIVE_INFINITY;
  for (let look = Math.min(looks, begun); look > 0; look -= 1) {
    const number = (wordAt(words, HAND) % begun) + 1;
    words[HAND] = number;
    const row = rowAt(memory, number);
    if (wordAt(words, row * 2 + STATE) === FREE) continue;
    if (isIdle(memory, row)) {
      leave(memory, row);
    } else {
      const idleAtMs = numberAt(numbers, row + LAST_USE) + keepMs(memory, row);
      nextIdleMs = Math.min(nextIdleMs, idleAtMs);
    }
  }
  return nextIdleMs;
}

function findSlot(memory: LimitMemory, digests: Int32Array, place: number): number {
  const { words, index, indexMask } = memory;
  const first = wordAt(digests, place);
  const second = wordAt(digests, place + 1);
  const third = wordAt(digests, place + 2);
  let slot = first & indexMask;
  for (let looks = 0; looks <= indexMask; looks += 1) {
    const number = wordAt(index, slot);
    if (number === 0) return NONE;
    const at = rowAt(memory, number) * 2;
    if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return slot;
    slot = (slot + 1) & indexMask;
  }
  return NONE;
}

function enter(memory: LimitMemory, row: number): void {
  const { index, indexMask } = memory;
  let slot = homeOf(memory, row);
  while (wordAt(index, slot) !== 0) slot = (slot + 1) & indexMask;
  index[slot] = rowNumber(memory, row);
}

/** Takes a row out of the index and moves those behind it up, so that no search ends too early. */
function leave(memory: LimitMemory, row: number): void {
  const { words, index, indexMask } = memory;
  words[row * 2 + STATE] = FREE;
  let hole = findSlot(memory, words, row * 2);
  release(memory, row);
  if (hole === NONE) return;
  let slot = hole;
  while (true) {
    slot = (slot + 1) & indexMask;
    const number = wordAt(index, slot);
    if (number === 0) break;
    const home = homeOf(memory, rowAt(memory, number));
    if (((slot - home) & indexMask) < ((slot - hole) & indexMask)) continue;
    index[hole] = number;
    hole = slot;
  }
  index[hole] = 0;
}

function release(memory: LimitMemory, row: number): void {
  const { words } = memory;
  words[row * 2 + NEXT_FREE] = wordAt(words, FREE_ROW);
  words[FREE_ROW] = rowNumber(memory, row);
}

function homeOf(memory: LimitMemory, row: number): number {
  return wordAt(memory.words, row * 2) & memory.indexMask;
}
