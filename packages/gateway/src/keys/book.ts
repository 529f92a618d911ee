/**
 * Every key in memory, by its hash: those of the configuration, and those of the database as of the
 * last look. Finding one takes an HMAC and a look into a map, for known and unknown secrets alike.
 * Whoever tries keys learns nothing from the time it takes: without the pepper nobody can steer what
 * is compared. Nothing that a client sent is kept.
 */
import { nowMs as clockMs } from '../lib/clock.ts';
import type { KeyBook } from '../model/keys.ts';
import type { Database } from '../model/records.ts';
import type { KeySettings } from '../model/settings.ts';
import { createDatabaseKeys, type KeyBookState } from './database-keys.ts';
import { type KnownKeys, knownSettings } from './known-key.ts';
import { hasherOf, isGatewayKey } from './secret.ts';

export interface KeyBookOptions {
  /** Asked for once there is a key to hash, since asking may make one. Throws an Error for people. */
  readonly pepper: () => Uint8Array;
  readonly configured: readonly KeySettings[];
  /** Undefined: there are only the keys of the configuration. */
  readonly database: Database | undefined;
  /** Between two looks whether keys changed. */
  readonly pollMs: number;
  /** Called once a change; the book begins `current`. */
  changed(state: KeyBookState, cause?: unknown): void;
  /** For how long keys go on without the database. */
  readonly staleMsMax?: number;
  readonly nowMs?: () => number;
}

export interface RunningKeyBook extends KeyBook {
  /** Resolves after the first look, also when that failed; looks again until it is closed. */
  start(): Promise<void>;
  /** Takes over other keys of the configuration. Throws, and changes nothing, when there is no pepper to be had. */
  reload(configured: readonly KeySettings[]): void;
  /** The database stays open. */
  close(): void;
}

const STALE_MS_MAX = 24 * 60 * 60 * 1_000;

export function createKeyBook(options: KeyBookOptions): RunningKeyBook {
  const { pepper, database, pollMs, changed } = options;
  const { staleMsMax = STALE_MS_MAX, nowMs = clockMs } = options;
  let hash = database === undefined ? undefined : hasherOf(pepper());
  learnToHash(options.configured);
  let configured = knownSettings(options.configured);
  let stored: KnownKeys = new Map();
  let known = configured;

  function learnToHash(keys: readonly KeySettings[]): void {
    if (keys.length > 0) hash ??= hasherOf(pepper());
  }

  function merge(): void {
    known = new Map([...stored, ...configured]);
  }

  function took(keys: KnownKeys): void {
    stored = keys;
    merge();
  }

  const source =
    database && createDatabaseKeys({ database, pollMs, staleMsMax, nowMs, changed, took });

  return {
    find(secret) {
      const found = hash === undefined ? undefined : known.get(hash(secret));
      if (found !== undefined) return found;
      const isSure = source === undefined || source.isSure();
      // All keys of the database are gateway keys: other texts and typing mistakes are never there.
      return isSure || !isGatewayKey(secret) ? 'unknown' : 'unsure';
    },
    isEmpty: () => configured.size === 0 && (source === undefined || source.isEmpty()),
    async start() {
      await source?.start();
    },
    reload(next) {
      learnToHash(next);
      configured = knownSettings(next);
      merge();
    },
    close() {
      source?.close();
    },
  };
}
