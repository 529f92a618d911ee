/** The keys of the database as of the last look, and what holds while it cannot be asked. */
import { createTimer } from '../lib/timer.ts';
import type { Database } from '../model/records.ts';
import { type KnownKeys, knownRecords } from './known-key.ts';

/**
 * `current`: what the database said at the last look holds. `stale`: it is away, the keys known last
 * go on. `lost`: they are too old for that, or none was ever read.
 */
export type KeyBookState = 'current' | 'stale' | 'lost';

export interface DatabaseKeysOptions {
  readonly database: Database;
  /** Between two looks whether keys changed. */
  readonly pollMs: number;
  /** For how long keys go on without the database. */
  readonly staleMsMax: number;
  nowMs(): number;
  /** Called once a change; it begins `current`. */
  changed(state: KeyBookState, cause?: unknown): void;
  /** Called when other keys are known than before. */
  took(keys: KnownKeys): void;
}

export interface DatabaseKeys {
  /** Resolves after the first look, also when that failed; looks again until it is closed. */
  start(): Promise<void>;
  /** Whether a secret that is not among the keys is known to be none. */
  isSure(): boolean;
  /** No key was ever made. */
  isEmpty(): boolean;
  close(): void;
}

interface Seen {
  readonly version: number;
  /** Revoked keys count: who had keys once does not fall open. */
  readonly isEmpty: boolean;
  readonly keys: KnownKeys;
}

const noKeys: KnownKeys = new Map();

export function createDatabaseKeys(options: DatabaseKeysOptions): DatabaseKeys {
  const { database, pollMs, staleMsMax, nowMs, changed, took } = options;
  const timer = createTimer();
  let seen: Seen | undefined;
  let seenAtMs = 0;
  let state: KeyBookState = 'current';
  let isClosed = false;

  function become(next: KeyBookState, cause?: unknown): void {
    if (state === next) return;
    state = next;
    changed(next, cause);
  }

  function take(next: Seen): void {
    if (next !== seen) took(next.keys);
    seen = next;
    seenAtMs = nowMs();
    become('current');
  }

  function goWithout(cause: unknown): void {
    if (seen !== undefined && nowMs() - seenAtMs > staleMsMax) {
      seen = undefined;
      took(noKeys);
    }
    become(seen === undefined ? 'lost' : 'stale', cause);
  }

  async function look(): Promise<void> {
    try {
      const next = await see(database, seen);
      if (!isClosed) take(next);
    } catch (cause) {
      if (!isClosed) goWithout(cause);
    }
    if (!isClosed) timer.set(pollMs, () => void look());
  }

  return {
    start: look,
    isSure: () => seen !== undefined && state === 'current',
    isEmpty: () => seen?.isEmpty === true,
    close() {
      isClosed = true;
      timer.clear();
    },
  };
}

/** What was seen before when nothing changed. */
async function see(database: Database, before: Seen | undefined): Promise<Seen> {
  // A database that was away when the gateway started may have no tables yet.
  if (before === undefined) await database.migrate();
  // Asked first: what changes between the two calls changes the version again.
  const version = await database.keysVersion();
  if (version === before?.version) return before;
  const records = await database.listKeys();
  return { version, isEmpty: records.length === 0, keys: knownRecords(records) };
}
