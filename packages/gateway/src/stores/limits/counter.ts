/** One counter in shared memory: a window of buckets that slides, or a single count. */
import { BUCKETS } from './claims.ts';
import {
  CELL_COUNT,
  CELLS,
  HEAD,
  LAST_USE,
  LATEST_MS,
  type LimitMemory,
  numberAt,
  OLDEST,
  SHAPE_NUMBERS,
  SPAN,
  STATE,
  USED,
  wordAt,
} from './layout.ts';

/** How long after its last use nothing of a counter is left. */
export function keepMs(memory: LimitMemory, row: number): number {
  const spanMs = numberAt(memory.numbers, row + SPAN);
  return isTotal(memory, row) ? spanMs : (spanMs * CELL_COUNT) / BUCKETS;
}

export function isIdle(memory: LimitMemory, row: number): boolean {
  const { numbers } = memory;
  const ageMs = numberAt(numbers, LATEST_MS) - numberAt(numbers, row + LAST_USE);
  return ageMs >= keepMs(memory, row);
}

/** Begins anew, now. */
export function clearCounter(memory: LimitMemory, row: number): void {
  const { numbers } = memory;
  numbers.fill(0, row + CELLS, row + CELLS + CELL_COUNT);
  numbers[row + USED] = 0;
  const head = bucketAt(memory, row, numberAt(numbers, LATEST_MS));
  numbers[row + HEAD] = head;
  numbers[row + OLDEST] = head;
  touch(memory, row);
}

/** Lets go the buckets that have left the window. */
export function slide(memory: LimitMemory, row: number): void {
  if (isTotal(memory, row)) return;
  const { numbers } = memory;
  const head = numberAt(numbers, row + HEAD);
  const current = bucketAt(memory, row, numberAt(numbers, LATEST_MS));
  if (current === head) return;
  const leaving = Math.min(current - head, CELL_COUNT);
  let cell = cellOf(row, head + 1);
  let used = numberAt(numbers, row + USED);
  for (let count = 0; count < leaving; count += 1) {
    used -= numberAt(numbers, cell);
    numbers[cell] = 0;
    cell = cellAfter(row, cell);
  }
  numbers[row + USED] = used;
  numbers[row + HEAD] = current;
}

export function usedOf(memory: LimitMemory, row: number): number {
  return numberAt(memory.numbers, row + USED);
}

/** Counts `amount` in the present. */
export function count(memory: LimitMemory, row: number, amount: number): void {
  const { numbers } = memory;
  if (!isTotal(memory, row)) {
    const cell = cellOf(row, numberAt(numbers, row + HEAD));
    numbers[cell] = numberAt(numbers, cell) + amount;
  }
  numbers[row + USED] = numberAt(numbers, row + USED) + amount;
  touch(memory, row);
}

export interface Correction {
  /** When it was counted what is corrected now. */
  readonly atMs: number;
  readonly difference: number;
}

/**
 * Corrects what was counted at `atMs`. When that has left the window, more counts in the present,
 * and less is dropped, as it is gone already. No bucket becomes negative.
 */
export function correct(memory: LimitMemory, row: number, correction: Correction): void {
  const { numbers } = memory;
  const used = numberAt(numbers, row + USED);
  const more = Math.min(correction.difference, Number.MAX_SAFE_INTEGER - used);
  if (isTotal(memory, row)) {
    numbers[row + USED] = Math.max(0, used + more);
    touch(memory, row);
    return;
  }
  const head = numberAt(numbers, row + HEAD);
  const bucket = bucketAt(memory, row, correction.atMs);
  const isInside = bucket <= head && bucket > head - CELL_COUNT;
  if (!isInside && more <= 0) return;
  const cell = cellOf(row, isInside ? bucket : head);
  const change = Math.max(more, -numberAt(numbers, cell));
  numbers[cell] = numberAt(numbers, cell) + change;
  numbers[row + USED] = used + change;
  if (change <= 0) return;
  if (isInside) numbers[row + OLDEST] = Math.min(bucket, numberAt(numbers, row + OLDEST));
  touch(memory, row);
}

/** Until something becomes free by the mere passing of time, in whole milliseconds. */
export function resetMsOf(memory: LimitMemory, row: number): number {
  return usedOf(memory, row) === 0 ? 0 : untilFreed(memory, row, 1);
}

/** Until `wanted` has become free by the mere passing of time; NaN when there is not so much. */
export function untilFreed(memory: LimitMemory, row: number, wanted: number): number {
  const { numbers } = memory;
  const nowMs = numberAt(numbers, LATEST_MS);
  const spanMs = numberAt(numbers, row + SPAN);
  if (isTotal(memory, row)) {
    if (wanted > usedOf(memory, row)) return Number.NaN;
    return wholeMs(numberAt(numbers, row + LAST_USE) + spanMs - nowMs);
  }
  const head = numberAt(numbers, row + HEAD);
  let freed = 0;
  let bucket = Math.max(head - BUCKETS, numberAt(numbers, row + OLDEST));
  let cell = cellOf(row, bucket);
  for (; bucket <= head; bucket += 1) {
    // Most counters are younger than their window: to walk its empty buckets for each request was 1 % of it.
    if (freed === 0) numbers[row + OLDEST] = bucket;
    freed += numberAt(numbers, cell);
    if (freed >= wanted) return wholeMs(((bucket + CELL_COUNT) * spanMs) / BUCKETS - nowMs);
    cell = cellAfter(row, cell);
  }
  return Number.NaN;
}

/** Sums the buckets again: the thread that last wrote was ended in the middle. */
export function recount(memory: LimitMemory, row: number): void {
  if (isTotal(memory, row)) return;
  const { numbers } = memory;
  numbers[row + OLDEST] = numberAt(numbers, row + HEAD) - BUCKETS;
  let used = 0;
  for (let cell = row + CELLS; cell < row + CELLS + CELL_COUNT; cell += 1) {
    used += numberAt(numbers, cell);
  }
  numbers[row + USED] = used;
}

/** Never 0, which would say that nothing has to be waited for. */
function wholeMs(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds));
}

function touch(memory: LimitMemory, row: number): void {
  memory.numbers[row + LAST_USE] = numberAt(memory.numbers, LATEST_MS);
}

function isTotal(memory: LimitMemory, row: number): boolean {
  return wordAt(memory.words, row * 2 + STATE) === SHAPE_NUMBERS.total;
}

function bucketAt(memory: LimitMemory, row: number, atMs: number): number {
  return Math.floor((atMs * BUCKETS) / numberAt(memory.numbers, row + SPAN));
}

function cellOf(row: number, bucket: number): number {
  return row + CELLS + (bucket - Math.floor(bucket / CELL_COUNT) * CELL_COUNT);
}

function cellAfter(row: number, cell: number): number {
  return cell === row + CELLS + CELL_COUNT - 1 ? row + CELLS : cell + 1;
}
