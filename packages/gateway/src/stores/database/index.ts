/** The databases that keep keys and usage, by the scheme of their URL. */
import type { Database } from '../../model/records.ts';
import { createSqlDatabase } from './sql-database.ts';

export { DatabaseFailure, DatabaseRefusal, DatabaseUnavailable } from './errors.ts';

export interface DatabaseOptions {
  /** To PostgreSQL at most so many at a time. */
  readonly connections?: number | undefined;
}

const CONNECTIONS_MAX = 5;

/**
 * `sqlite:` and a path from the working directory, `sqlite::memory:`, or `postgres://…`. PostgreSQL is
 * asked nothing yet; a file that cannot be opened rejects with DatabaseUnavailable, a URL that cannot
 * be read with an Error that does not repeat it.
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const scheme = /^[a-z]+:/.exec(url)?.[0];
  if (scheme === 'sqlite:') {
    const { openSqlite } = await import('./sqlite.ts');
    return createSqlDatabase(await openSqlite(sqlitePathOf(url)));
  }
  if (scheme === 'postgres:' || scheme === 'postgresql:') {
    const { openPostgres } = await import('./postgres.ts');
    return createSqlDatabase(openPostgres(url, options.connections ?? CONNECTIONS_MAX));
  }
  throw new Error('the URL of the database has to begin with sqlite:, postgres: or postgresql:');
}

/** Of a URL with `sqlite:`. `sqlite:///x` is written as often as `sqlite:/x`; after two slashes others expect a host. */
export function sqlitePathOf(url: string): string {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.startsWith('//')) {
    throw new Error('after sqlite: stands the path of a file, as in sqlite:state/dragoman.db');
  }
  return path;
}
