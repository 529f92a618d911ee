/** Counters in the memory of one machine, exact across all threads that share it. */
import { nowMs as readClock } from '../../lib/clock.ts';
import type {
  Counter,
  CounterStates,
  LimitStore,
  Reservation,
  Reserved,
} from '../../model/limits.ts';
import { checkAmounts, checkCounters, limitOf, settledAmount } from './claims.ts';
import {
  clearCounter,
  correct,
  count,
  isIdle,
  resetMsOf,
  slide,
  untilFreed,
  usedOf,
} from './counter.ts';
import { mixDigest, writeDigest } from './digest.ts';
import {
  attachMemory,
  createLimitMemory,
  DIGEST_WORDS,
  LATEST_MS,
  type LimitMemory,
  numberAt,
  REPAIR,
  SHAPE_NUMBERS,
  wordAt,
} from './layout.ts';
import { acquire, createLock, type Lock, release } from './lock.ts';
import { isFirstSettlement } from './settlements.ts';
import { addRow, findRow, type Newcomer, NONE, rebuild, SOUGHT_WORDS } from './table.ts';

export { createLimitMemory } from './layout.ts';

export interface MemoryLimitSettings {
  /** From `createLimitMemory`; threads that are given the same count together. */
  readonly memory?: SharedArrayBuffer;
  /** A clock that all threads share and that never goes back. */
  readonly nowMs?: () => number;
  /** How long a silent holder of the lock is waited for. */
  readonly stealAfterMs?: number;
}

/** Answers at once: no call waits for another machine. */
export interface MemoryLimits extends LimitStore {
  reserve(counters: readonly Counter[], amounts: readonly number[]): Reserved;
  settle(reservation: Reservation, used: readonly number[]): void;
  look(counters: readonly Counter[]): CounterStates;
}

/** Every counter that there may be is in use: counting on would be wrong. */
export class LimitTableFullError extends Error {
  override readonly name = 'LimitTableFullError';
}

interface Store {
  readonly memory: LimitMemory;
  readonly lock: Lock;
  readonly nowMs: () => number;
  readonly listed: WeakMap<readonly Counter[], Listed>;
  readonly scratch: Scratch;
  /** The beginning of every name that this store gives. */
  readonly prefix: string;
  granted: number;
}

/** What is known of a list of counters. */
interface Listed {
  /** `SOUGHT_WORDS` for each counter. */
  readonly sought: Int32Array;
  /** Whether one counter is in it twice. */
  readonly hasTwins: boolean;
  /** What nobody has to wait for. */
  readonly noWaits: readonly number[];
}

/** Findings of the running call, in the order of its counters; made once, as calls do not nest. */
interface Scratch {
  rows: Int32Array;
  used: Float64Array;
  resetMs: Float64Array;
  /** NaN: never, or nobody knows. */
  retryAfterMs: Float64Array;
  readonly name: Int32Array;
  readonly correction: { atMs: number; difference: number };
}

/** What a call wants, of which counters. */
interface Wanted {
  readonly counters: readonly Counter[];
  readonly amounts: readonly number[];
  readonly listed: Listed;
}

export function createMemoryLimits(settings: MemoryLimitSettings = {}): MemoryLimits {
  const memory = attachMemory(settings.memory ?? createLimitMemory());
  const lock = createLock(memory.words, settings.stealAfterMs);
  const store: Store = {
    memory,
    lock,
    nowMs: settings.nowMs ?? readClock,
    listed: new WeakMap(),
    scratch: createScratch(8),
    prefix: `${lock.thread}.`,
    granted: 0,
  };
  return {
    reserve: (counters, amounts) => reserve(store, counters, amounts),
    settle: (reservation, used) => settle(store, reservation, used),
    look: (counters) => look(store, counters),
    close: () => Promise.resolve(),
  };
}

function reserve(store: Store, counters: readonly Counter[], amounts: readonly number[]): Reserved {
  const wanted = { counters, amounts, listed: listedOf(store, counters) };
  checkAmounts(counters, amounts);
  const { length } = counters;
  let refusals = 0;
  let atMs = 0;
  const token = enter(store);
  try {
    atMs = numberAt(store.memory.numbers, LATEST_MS);
    for (let index = 0; index < length; index += 1) {
      if (!judge(store, wanted, index)) refusals += 1;
    }
    if (refusals === 0) grant(store, wanted);
    read(store, length);
  } finally {
    release(store.lock, token);
  }
  const { used, resetMs, retryAfterMs } = store.scratch;
  const states = {
    used: told(used, counters),
    resetMs: told(resetMs, counters),
    retryAfterMs: refusals === 0 ? wanted.listed.noWaits : waits(retryAfterMs, counters),
  };
  if (refusals > 0) return { granted: false, refusedBy: refusedBy(store.scratch, length), states };
  store.granted += 1;
  const id = store.prefix + store.granted;
  return { granted: true, reservation: { id, counters, amounts, atMs }, states };
}

/** Finds a counter and says whether what is wanted of it is left. */
function judge(store: Store, wanted: Wanted, index: number): boolean {
  const { memory, scratch } = store;
  const { counters, amounts, listed } = wanted;
  const counter = counters[index];
  if (counter === undefined) return true;
  const row = findRow(memory, listed.sought, index * SOUGHT_WORDS);
  scratch.rows[index] = row;
  if (row !== NONE) {
    if (isIdle(memory, row)) clearCounter(memory, row);
    else slide(memory, row);
  }
  const claimed = listed.hasTwins ? claimedBefore(wanted, index) : 0;
  return wait(store, counter, { index, amount: claimed + (amounts[index] ?? 0) });
}

function grant({ memory, scratch }: Store, { counters, amounts, listed }: Wanted): void {
  const { rows } = scratch;
  // All rows first: when there is no room for one, nothing may have been counted.
  for (let index = 0; index < counters.length; index += 1) {
    const counter = counters[index];
    if (counter === undefined || rows[index] !== NONE) continue;
    rows[index] = rowFor(memory, { sought: listed.sought, place: index * SOUGHT_WORDS, counter });
  }
  for (let index = 0; index < counters.length; index += 1) {
    count(memory, wordAt(rows, index), amounts[index] ?? 0);
  }
}

function settle(store: Store, reservation: Reservation, used: readonly number[]): void {
  const { counters, amounts, atMs, id } = reservation;
  const { memory, scratch } = store;
  const { sought } = listedOf(store, counters);
  checkAmounts(counters, amounts);
  const { name, correction } = scratch;
  writeDigest(name, 0, id);
  correction.atMs = atMs;
  const token = enter(store);
  try {
    if (!isFirstSettlement(memory, name, 0)) return;
    let isFull = false;
    for (let index = 0; index < counters.length; index += 1) {
      const counter = counters[index];
      const amount = amounts[index];
      if (counter === undefined || amount === undefined) continue;
      correction.difference = settledAmount(counter, amount, used[index]) - amount;
      if (correction.difference === 0 && counter.shape !== 'total') continue;
      const place = index * SOUGHT_WORDS;
      let row = liveRow(memory, sought, place);
      // A counter that is gone needs no less; for more it begins anew.
      if (row === NONE && correction.difference <= 0) continue;
      if (row === NONE) row = newRow(memory, { sought, place, counter });
      if (row === NONE) isFull = true;
      else correct(memory, row, correction);
    }
    if (isFull) throw tableFull(memory);
  } finally {
    release(store.lock, token);
  }
}

/** As it is now; NONE: it is gone, or has been idle for so long that it counts as gone. */
function liveRow(memory: LimitMemory, sought: Int32Array, place: number): number {
  const row = findRow(memory, sought, place);
  if (row === NONE || isIdle(memory, row)) return NONE;
  slide(memory, row);
  return row;
}

function newRow(memory: LimitMemory, newcomer: Newcomer): number {
  const row = findRow(memory, newcomer.sought, newcomer.place);
  if (row === NONE) return addRow(memory, newcomer);
  clearCounter(memory, row);
  return row;
}

function look(store: Store, counters: readonly Counter[]): CounterStates {
  const { memory, scratch } = store;
  const { sought } = listedOf(store, counters);
  const token = enter(store);
  try {
    for (const [index, counter] of counters.entries()) {
      scratch.rows[index] = liveRow(memory, sought, index * SOUGHT_WORDS);
      wait(store, counter, { index, amount: 1 });
    }
    read(store, counters.length);
  } finally {
    release(store.lock, token);
  }
  const { used, resetMs, retryAfterMs } = scratch;
  return {
    used: told(used, counters),
    resetMs: told(resetMs, counters),
    retryAfterMs: waits(retryAfterMs, counters),
  };
}

/** Writes how long who wants `amount` of the counter at an index has to wait; says whether it fits. */
function wait(
  { memory, scratch }: Store,
  counter: Counter,
  { index, amount }: { readonly index: number; readonly amount: number },
): boolean {
  const row = wordAt(scratch.rows, index);
  const used = row === NONE ? 0 : usedOf(memory, row);
  const excess = used + amount - limitOf(counter);
  scratch.retryAfterMs[index] = 0;
  if (excess <= 0) return true;
  // Places are given back when their holders are done: nobody knows when.
  const isKnown = counter.shape !== 'concurrency' && row !== NONE;
  scratch.retryAfterMs[index] = isKnown ? untilFreed(memory, row, excess) : Number.NaN;
  return false;
}

/** Writes what the counters hold now. */
function read({ memory, scratch }: Store, length: number): void {
  for (let index = 0; index < length; index += 1) {
    const row = wordAt(scratch.rows, index);
    scratch.used[index] = row === NONE ? 0 : usedOf(memory, row);
    scratch.resetMs[index] = row === NONE ? 0 : resetMsOf(memory, row);
  }
}

/** What earlier claims of the same call want of the same counter. */
function claimedBefore({ amounts, listed }: Wanted, index: number): number {
  let claimed = 0;
  for (let earlier = 0; earlier < index; earlier += 1) {
    if (areTwins(listed.sought, earlier, index)) claimed += amounts[earlier] ?? 0;
  }
  return claimed;
}

function areTwins(sought: Int32Array, one: number, other: number): boolean {
  for (let word = 0; word < DIGEST_WORDS; word += 1) {
    if (sought[one * SOUGHT_WORDS + word] !== sought[other * SOUGHT_WORDS + word]) return false;
  }
  return true;
}

function rowFor(memory: LimitMemory, newcomer: Newcomer): number {
  // An earlier claim of this call may have begun the counter.
  const found = findRow(memory, newcomer.sought, newcomer.place);
  const row = found === NONE ? addRow(memory, newcomer) : found;
  if (row === NONE) throw tableFull(memory);
  return row;
}

/** Lists come again with every request of a client: what follows from one is worked out once. */
function listedOf(store: Store, counters: readonly Counter[]): Listed {
  const { length } = counters;
  const { scratch } = store;
  if (length > scratch.rows.length) Object.assign(scratch, createScratch(length * 2));
  const known = store.listed.get(counters);
  if (known !== undefined) return known;
  const listed = newListed(counters);
  store.listed.set(counters, listed);
  return listed;
}

function newListed(counters: readonly Counter[]): Listed {
  checkCounters(counters);
  const sought = new Int32Array(counters.length * SOUGHT_WORDS);
  let hasTwins = false;
  for (const [index, { subject, spanMs, shape }] of counters.entries()) {
    const place = index * SOUGHT_WORDS;
    writeDigest(sought, place, subject);
    // Another shape or span is another counter: what was counted cannot be counted otherwise.
    mixDigest(sought, place, spanMs * 4 + SHAPE_NUMBERS[shape]);
    for (let earlier = 0; earlier < index; earlier += 1)
      hasTwins ||= areTwins(sought, earlier, index);
  }
  return { sought, hasTwins, noWaits: counters.map(() => 0) };
}

/** Takes the lock and then the time, so that time never goes back from one holder to the next. */
function enter({ lock, memory, nowMs }: Store): number {
  const token = acquire(lock);
  const { words, numbers } = memory;
  numbers[LATEST_MS] = Math.max(nowMs(), numberAt(numbers, LATEST_MS));
  if (Atomics.load(words, REPAIR) !== 0) {
    rebuild(memory);
    Atomics.store(words, REPAIR, 0);
  }
  return token;
}

function refusedBy({ retryAfterMs }: Scratch, length: number): readonly number[] {
  const refusing: number[] = [];
  for (let index = 0; index < length; index += 1) {
    if (retryAfterMs[index] !== 0) refusing.push(index);
  }
  return refusing;
}

/** Of what was written for the counters, a copy to keep. To map them took five times as long. */
function told(numbers: Float64Array, { length }: readonly Counter[]): readonly number[] {
  const copy: number[] = [];
  for (let index = 0; index < length; index += 1) copy.push(numberAt(numbers, index));
  return copy;
}

function waits(
  retryAfterMs: Float64Array,
  counters: readonly Counter[],
): readonly (number | undefined)[] {
  return told(retryAfterMs, counters).map((ms) => (Number.isNaN(ms) ? undefined : ms));
}

function createScratch(length: number): Scratch {
  return {
    rows: new Int32Array(length),
    used: new Float64Array(length),
    resetMs: new Float64Array(length),
    retryAfterMs: new Float64Array(length),
    name: new Int32Array(DIGEST_WORDS),
    correction: { atMs: 0, difference: 0 },
  };
}

function tableFull(memory: LimitMemory): LimitTableFullError {
  return new LimitTableFullError(`all ${memory.rowsMax} counters are in use`);
}
