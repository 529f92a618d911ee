/** A lock in shared memory that the death of its holder does not close for ever. */
import { LOCK, REPAIR, THREADS } from './layout.ts';

export interface Lock {
  readonly words: Int32Array<SharedArrayBuffer>;
  /** No other thread that shares the memory has the same number. */
  readonly thread: number;
  /** How often one holder is waited for before the lock is taken from it. */
  readonly waitsMax: number;
  holdings: number;
}

/** The holder keeps the lock for about a microsecond, so that a look or two is mostly enough. */
const SPINS = 100;
const WAIT_MS = 5;
/** Threads are paused for 100 ms by quotas of containers; a holder that is silent for longer is dead. */
const STEAL_AFTER_MS = 1000;

/** In the lowest bit: somebody sleeps until the lock is free. */
const AWAITED = 1;

export function createLock(
  words: Int32Array<SharedArrayBuffer>,
  stealAfterMs = STEAL_AFTER_MS,
): Lock {
  return {
    words,
    thread: Atomics.add(words, THREADS, 1),
    waitsMax: Math.ceil(stealAfterMs / WAIT_MS),
    holdings: 0,
  };
}

/**
 * The word of the lock is 0, or the token of one holding. A token comes again after a million
 * holdings of its thread only: a waiter that keeps seeing one sees one holding.
 */
export function acquire(lock: Lock): number {
  lock.holdings = (lock.holdings + 1) & 0xf_ffff;
  const token = (((lock.thread % 1023) + 1) << 21) | (lock.holdings << 1);
  if (Atomics.compareExchange(lock.words, LOCK, 0, token) !== 0) wait(lock, token);
  return token;
}

export function release(lock: Lock, token: number): void {
  const { words } = lock;
  if (Atomics.compareExchange(words, LOCK, token, 0) === token) return;
  const awaited = token | AWAITED;
  if (Atomics.compareExchange(words, LOCK, awaited, 0) === awaited) {
    Atomics.notify(words, LOCK, 1);
    return;
  }
  // It was stolen, and two threads have written at once.
  Atomics.store(words, REPAIR, 1);
}

function wait(lock: Lock, token: number): void {
  const { words } = lock;
  for (let spin = 0; spin < SPINS; spin += 1) {
    if (Atomics.load(words, LOCK) !== 0) continue;
    if (Atomics.compareExchange(words, LOCK, 0, token) === 0) return;
  }
  let watched = 0;
  let waits = 0;
  while (true) {
    const held = Atomics.load(words, LOCK);
    const awaited = held | AWAITED;
    const isStolen = held === watched && waits >= lock.waitsMax;
    if (held === 0 || isStolen) {
      // Others may sleep as this one did, and only a token that says so wakes them.
      const isTaken = Atomics.compareExchange(words, LOCK, held, token | AWAITED) === held;
      if (isTaken && isStolen) Atomics.store(words, REPAIR, 1);
      if (isTaken) return;
      continue;
    }
    if (Atomics.compareExchange(words, LOCK, held, awaited) !== held) continue;
    if (awaited !== watched) waits = 0;
    watched = awaited;
    // Waits are counted, not time: when the whole process was paused, so was the holder.
    if (Atomics.wait(words, LOCK, awaited, WAIT_MS) === 'timed-out') waits += 1;
  }
}
