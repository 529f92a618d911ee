/** Keys and usage in a SQL database of any dialect. Values are always bound, never part of a statement. */
import { Kysely } from 'kysely';
import type { Database } from '../../model/records.ts';
import { attempt, Busy } from './attempt.ts';
import type { SqlDialect } from './dialect.ts';
import { keyQueries } from './key-queries.ts';
import { runMigrations } from './migrations.ts';
import type { Tables } from './tables.ts';
import { usageQueries } from './usage-queries.ts';

/** Callers wait for the database, and have something to do without it. */
const PATIENCE_MS = 2_000;
/** Nobody can work until the tables are there. */
const MIGRATION_PATIENCE_MS = 30_000;

export function createSqlDatabase(dialect: SqlDialect): Database {
  const tables = new Kysely<Tables>({ dialect: dialect.kysely });
  const { faultOf } = dialect;

  function ask<T>(work: () => Promise<T>): Promise<T> {
    return attempt(work, { faultOf, patienceMs: PATIENCE_MS });
  }

  function migrate(): Promise<void> {
    return tables.transaction().execute(async (transaction) => {
      if (!(await dialect.lockMigrations(transaction))) throw new Busy();
      await runMigrations(transaction);
    });
  }

  return {
    migrate: () => attempt(migrate, { faultOf, patienceMs: MIGRATION_PATIENCE_MS }),
    ...keyQueries({ tables, dialect, ask }),
    ...usageQueries({ tables, dialect, ask }),
    async close() {
      await tables.destroy();
      await dialect.close();
    },
  };
}
