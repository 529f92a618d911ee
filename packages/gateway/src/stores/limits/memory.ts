/** Counters in the memory of one machine, exact across all threads that share it. */
import { nowMs as readClock } from '../../lib/clock.ts';
import { remember } from '../../lib/remember.ts';
import type { Claim, CounterState, LimitStore, Reservation, Reserved } from '../../model/limits.ts';
import { checkClaims, limitOf, settledAmount, UNUSED } from './claims.ts';
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
import { addRow, findRow, NONE, rebuild } from './table.ts';

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
  reserve(id: string, claims: readonly Claim[]): Reserved;
  settle(reservation: Reservation, used: readonly number[]): void;
  look(claims: readonly Claim[]): readonly CounterState[];
}

/** Every counter that there may be is in use: counting on would be wrong. */
export class LimitTableFullError extends Error {
  override readonly name = 'LimitTableFullError';
}

/** Digests that are known by heart. */
const SUBJECTS_MAX = 20_000;

interface Store {
  readonly memory: LimitMemory;
  readonly lock: Lock;
  readonly nowMs: () => number;
  readonly scratch: Scratch;
  readonly digestOf: (subject: string) => Int32Array;
  granted: number;
}

/** Findings about the claims of the running call, in their order; made once, as calls do not nest. */
interface Scratch {
  digests: Int32Array;
  rows: Int32Array;
  used: Float64Array;
  resetMs: Float64Array;
  /** NaN: never, or nobody knows. */
  retryAfterMs: Float64Array;
}

export function createMemoryLimits(settings: MemoryLimitSettings = {}): MemoryLimits {
  const memory = attachMemory(settings.memory ?? createLimitMemory());
  const store: Store = {
    memory,
    lock: createLock(memory.words, settings.stealAfterMs),
    nowMs: settings.nowMs ?? readClock,
    scratch: createScratch(8),
    digestOf: remember(SUBJECTS_MAX, digestOf),
    granted: 0,
  };
  return {
    reserve: (id, claims) => reserve(store, id, claims),
    settle: (reservation, used) => settle(store, reservation, used),
    look: (claims) => look(store, claims),
    close: () => Promise.resolve(),
  };
}

function reserve(store: Store, id: string, claims: readonly Claim[]): Reserved {
  const scratch = prepare(store, claims);
  let refusals = 0;
  let atMs = 0;
  const token = enter(store);
  try {
    atMs = numberAt(store.memory.numbers, LATEST_MS);
    for (let index = 0; index < claims.length; index += 1) {
      if (!judge(store, claims, index)) refusals += 1;
    }
    if (refusals === 0) grant(store, claims);
    read(store, claims.length);
  } finally {
    release(store.lock, token);
  }
  const states = statesOf(scratch, claims.length);
  if (refusals === 0) {
    // One id may be reserved for twice; what the settlements of both name must differ.
    store.granted += 1;
    const name = `${id}.${store.lock.thread}.${store.granted}`;
    return { granted: true, reservation: { id: name, claims, atMs }, states };
  }
  const refusedBy: number[] = [];
  for (let index = 0; index < claims.length; index += 1) {
    if (scratch.retryAfterMs[index] !== 0) refusedBy.push(index);
  }
  return { granted: false, refusedBy, states };
}

/** Finds the counter of a claim and says whether the claim fits. */
function judge(store: Store, claims: readonly Claim[], index: number): boolean {
  const { memory, scratch } = store;
  const claim = claims[index];
  if (claim === undefined) return true;
  const row = findRow(memory, scratch.digests, index * DIGEST_WORDS);
  scratch.rows[index] = row;
  if (row !== NONE) {
    if (isIdle(memory, row)) clearCounter(memory, row);
    else slide(memory, row);
  }
  const claimed = claimedBefore(scratch, claims, index);
  return wait(store, claim, { index, amount: claimed + claim.amount });
}

function grant(store: Store, claims: readonly Claim[]): void {
  const { memory, scratch } = store;
  const { digests, rows } = scratch;
  // All rows first: when there is no room for one, nothing may have been counted.
  for (let index = 0; index < claims.length; index += 1) {
    const claim = claims[index];
    if (claim === undefined || rows[index] !== NONE) continue;
    rows[index] = rowFor(memory, { digests, place: index * DIGEST_WORDS, claim });
  }
  for (let index = 0; index < claims.length; index += 1) {
    const row = wordAt(rows, index);
    if (row !== NONE) count(memory, row, claims[index]?.amount ?? 0);
  }
}

function settle(store: Store, reservation: Reservation, used: readonly number[]): void {
  const { claims, atMs, id } = reservation;
  const { memory } = store;
  const scratch = prepare(store, claims);
  const place = claims.length * DIGEST_WORDS;
  writeDigest(scratch.digests, place, id);
  const token = enter(store);
  try {
    if (!isFirstSettlement(memory, scratch.digests, place)) return;
    let isFull = false;
    for (let index = 0; index < claims.length; index += 1) {
      const claim = claims[index];
      if (claim === undefined) continue;
      const difference = settledAmount(claim, used[index]) - claim.amount;
      if (difference === 0 && claim.shape !== 'total') continue;
      const row = rowToCorrect(store, { claim, index, difference });
      if (row !== NONE) correct(memory, row, { atMs, difference });
      else if (difference > 0) isFull = true;
    }
    if (isFull) throw tableFull(memory);
  } finally {
    release(store.lock, token);
  }
}

interface Difference {
  readonly claim: Claim;
  readonly index: number;
  readonly difference: number;
}

/** A counter that is gone needs no less; for more it begins anew. */
function rowToCorrect(store: Store, { claim, index, difference }: Difference): number {
  const { memory, scratch } = store;
  const { digests } = scratch;
  const place = index * DIGEST_WORDS;
  const row = findRow(memory, digests, place);
  const isGone = row === NONE || isIdle(memory, row);
  if (!isGone) {
    slide(memory, row);
    return row;
  }
  if (difference <= 0) return NONE;
  if (row === NONE) return addRow(memory, { digests, place, claim });
  clearCounter(memory, row);
  return row;
}

function look(store: Store, claims: readonly Claim[]): readonly CounterState[] {
  const { memory } = store;
  const scratch = prepare(store, claims);
  const token = enter(store);
  try {
    for (let index = 0; index < claims.length; index += 1) {
      const claim = claims[index];
      if (claim === undefined) continue;
      const row = findRow(memory, scratch.digests, index * DIGEST_WORDS);
      const isGone = row === NONE || isIdle(memory, row);
      if (!isGone) slide(memory, row);
      scratch.rows[index] = isGone ? NONE : row;
      wait(store, claim, { index, amount: 1 });
    }
    read(store, claims.length);
  } finally {
    release(store.lock, token);
  }
  return statesOf(scratch, claims.length);
}

/** Writes how long who wants `amount` of the counter at an index has to wait; says whether it fits. */
function wait(
  { memory, scratch }: Store,
  claim: Claim,
  { index, amount }: { readonly index: number; readonly amount: number },
): boolean {
  const row = wordAt(scratch.rows, index);
  const used = row === NONE ? 0 : usedOf(memory, row);
  const excess = used + amount - limitOf(claim);
  scratch.retryAfterMs[index] = 0;
  if (excess <= 0) return true;
  // Places are given back when their holders are done: nobody knows when.
  const isKnown = claim.shape !== 'concurrency' && row !== NONE;
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
function claimedBefore({ digests }: Scratch, claims: readonly Claim[], index: number): number {
  let claimed = 0;
  for (let earlier = 0; earlier < index; earlier += 1) {
    let word = 0;
    while (word < DIGEST_WORDS && digests[earlier * 3 + word] === digests[index * 3 + word]) {
      word += 1;
    }
    if (word === DIGEST_WORDS) claimed += claims[earlier]?.amount ?? 0;
  }
  return claimed;
}

function rowFor(
  memory: LimitMemory,
  newcomer: { readonly digests: Int32Array; readonly place: number; readonly claim: Claim },
): number {
  // An earlier claim of this call may have begun the counter.
  const found = findRow(memory, newcomer.digests, newcomer.place);
  const row = found === NONE ? addRow(memory, newcomer) : found;
  if (row === NONE) throw tableFull(memory);
  return row;
}

/** Names are digested before the lock is taken, so that it is held for a shorter time. */
function prepare(store: Store, claims: readonly Claim[]): Scratch {
  checkClaims(claims);
  const { scratch } = store;
  if (claims.length > scratch.rows.length) Object.assign(scratch, createScratch(claims.length * 2));
  for (let index = 0; index < claims.length; index += 1) {
    const claim = claims[index];
    if (claim === undefined) continue;
    const place = index * DIGEST_WORDS;
    scratch.digests.set(store.digestOf(claim.subject), place);
    // Another shape or span is another counter: what was counted cannot be counted otherwise.
    mixDigest(scratch.digests, place, claim.spanMs * 4 + SHAPE_NUMBERS[claim.shape]);
  }
  return scratch;
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

function statesOf(scratch: Scratch, length: number): readonly CounterState[] {
  const states: CounterState[] = [];
  for (let index = 0; index < length; index += 1) {
    const retryAfterMs = numberAt(scratch.retryAfterMs, index);
    const used = numberAt(scratch.used, index);
    const isUnused = used === 0 && retryAfterMs === 0;
    states.push(
      isUnused
        ? UNUSED
        : {
            used,
            resetMs: numberAt(scratch.resetMs, index),
            retryAfterMs: Number.isNaN(retryAfterMs) ? undefined : retryAfterMs,
          },
    );
  }
  return states;
}

function createScratch(length: number): Scratch {
  return {
    // One more for the id of a reservation.
    digests: new Int32Array((length + 1) * DIGEST_WORDS),
    rows: new Int32Array(length),
    used: new Float64Array(length),
    resetMs: new Float64Array(length),
    retryAfterMs: new Float64Array(length),
  };
}

function digestOf(subject: string): Int32Array {
  const digest = new Int32Array(DIGEST_WORDS);
  writeDigest(digest, 0, subject);
  return digest;
}

function tableFull(memory: LimitMemory): LimitTableFullError {
  return new LimitTableFullError(`all ${memory.rowsMax} counters are in use`);
}
