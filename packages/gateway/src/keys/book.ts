/**
 * Every key in memory, by its hash: those of the configuration, and those of the database as of the
 * last look. Finding one takes hashes and looks into maps. Whoever tries keys learns from the time it
 * takes whether one was used before, and no more: without the pepper, and the salt of this process,
 * nobody can steer what is compared. Nothing that a client sent is kept.
 */
import { nowMs as clockMs } from '../lib/clock.ts';
import { digestOf } from '../lib/digest.ts';
import { newId } from '../lib/ids.ts';
import type { KeyBook, KnownKey } from '../model/keys.ts';
import type { Database } from '../model/records.ts';
import type { KeySettings } from '../model/settings.ts';
import { createDatabaseKeys, type KeyBookState } from './database-keys.ts';
import { type KnownKeys, knownSettings } from './known-key.ts';
import { type HashSecret, hasherOf, isGatewayKey } from './secret.ts';

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
  /**
   * Keys that were found, by a digest that is worth nothing outside this process. The HMAC, with the
   * garbage that it leaves, was 4 % of a short request; the digest is a tenth of it.
   */
  let found = new Map<string, KnownKey>();
  const salt = newId('');

  function learnToHash(keys: readonly KeySettings[]): void {
    if (keys.length > 0) hash ??= hasherOf(pepper());
  }

  function merge(): void {
    known = new Map([...stored, ...configured]);
    found = new Map();
  }

  function lookUp(secret: string, hashSecret: HashSecret): KnownKey | undefined {
    const digest = digestOf(salt + secret);
    const before = found.get(digest);
    if (before !== undefined) return before;
    const key = known.get(hashSecret(secret));
    // Only keys that there are: others could be made without end.
    if (key !== undefined) found.set(digest, key);
    return key;
  }

  function took(keys: KnownKeys): void {
    stored = keys;
    merge();
  }

  const source =
    database && createDatabaseKeys({ database, pollMs, staleMsMax, nowMs, changed, took });

  return {
    find(secret) {
      const key = hash === undefined ? undefined : lookUp(secret, hash);
      if (key !== undefined) return key;
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
