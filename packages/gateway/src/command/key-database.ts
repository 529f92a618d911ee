/** The database of keys, opened for one command and closed after it. */
import { existsSync } from 'node:fs';
import { maskedUrl } from '../control-plane/masked-url.ts';
import { keyDatabaseUrl } from '../keys/location.ts';
import type { Database } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import {
  DatabaseFailure,
  DatabaseRefusal,
  DatabaseUnavailable,
  openDatabase,
  sqlitePathOf,
} from '../stores/database/index.ts';

interface Work<T> {
  readonly settings: Settings;
  /** A file that is not there is made. */
  readonly mayMake: boolean;
  readonly work: (database: Database) => Promise<T>;
}

/** There is none before the first key is made. */
export function isKeyDatabaseThere(settings: Settings): boolean {
  return isThere(keyDatabaseUrl(settings));
}

/** Rejects with an Error for people, which names the database but no password. */
export async function withKeyDatabase<T>({ settings, mayMake, work }: Work<T>): Promise<T> {
  const url = keyDatabaseUrl(settings);
  if (!mayMake && !isThere(url)) {
    throw new Error(
      `there are no keys: ${url} does not exist; dragoman keys create makes it, DATA_DIR and DATABASE_URL name another place`,
    );
  }
  try {
    const database = await openDatabase(url);
    try {
      await database.migrate();
      return await work(database);
    } finally {
      await database.close();
    }
  } catch (cause) {
    throw isOfDatabase(cause) ? new Error(`${maskedUrl(url)}: ${cause.message}`, { cause }) : cause;
  }
}

function isThere(url: string): boolean {
  return !url.startsWith('sqlite:') || existsSync(sqlitePathOf(url));
}

function isOfDatabase(cause: unknown): cause is Error {
  return (
    cause instanceof DatabaseUnavailable ||
    cause instanceof DatabaseRefusal ||
    cause instanceof DatabaseFailure
  );
}
