/**
 * SQLite, by what Node brings: one file beside the gateway. Its calls are synchronous, so each has to
 * be short; whatever waits, waits between them.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CompiledQuery, type Dialect, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import { attempt } from './attempt.ts';
import type { SqlDialect } from './dialect.ts';
import type { Fault } from './errors.ts';
import { usageColumns } from './usage-rows.ts';

/** For a lock of another process. Longer waits happen between calls, while requests go on. */
const LOCK_WAIT_MS = 10;
const OPEN_PATIENCE_MS = 5_000;
/** What a burst leaves of the log beside the file. */
const LOG_BYTES_MAX = 16_000_000;

const insertUsage = [
  `insert into dragoman_usage (${usageColumns.map(([name]) => name).join(', ')})`,
  `values (${usageColumns.map(() => '?').join(', ')}) on conflict (id) do nothing`,
].join(' ');

export async function openSqlite(path: string): Promise<SqlDialect> {
  const file = path === ':memory:' ? path : resolve(path);
  const database = await attempt(async () => open(file), {
    faultOf: sqliteFault,
    patienceMs: OPEN_PATIENCE_MS,
  });
  const prepare = preparer(database);
  return {
    kysely: kyselyDialect(database, prepare),
    // Transactions start as writers, and there is only one at a time.
    lockMigrations: () => Promise.resolve(true),
    async insertUsage(_, rows) {
      const insert = prepare(insertUsage);
      for (const row of rows) insert.run(...usageColumns.map(([name]) => row[name]));
    },
    durably: (tables, work) =>
      tables.connection().execute(async (connection) => {
        await sql`pragma synchronous = full`.execute(connection);
        try {
          return await work(connection);
        } finally {
          await sql`pragma synchronous = normal`.execute(connection);
        }
      }),
    faultOf: sqliteFault,
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function open(file: string): DatabaseSync {
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  }
  const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    database.exec('pragma journal_mode = wal');
    // Usage survives the death of the process, not of the machine: waiting for the disk would hold up
    // every stream. Changes of keys do wait.
    database.exec('pragma synchronous = normal');
    database.exec(`pragma journal_size_limit = ${LOG_BYTES_MAX}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

type Prepare = (text: string) => StatementSync;

/** The texts of statements are constant, so few. */
function preparer(database: DatabaseSync): Prepare {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    const known = statements.get(text) ?? database.prepare(text);
    statements.set(text, known);
    return known;
  };
}

function kyselyDialect(database: DatabaseSync, prepare: Prepare): Dialect {
  const dialect = new SqliteDialect({ database: kyselyDatabase(database, prepare) });
  return {
    createDriver() {
      const driver = dialect.createDriver();
      return {
        init: () => driver.init(),
        acquireConnection: () => driver.acquireConnection(),
        // Taking the lock with the first write fails when somebody wrote since the first read.
        async beginTransaction(connection) {
          await connection.executeQuery(CompiledQuery.raw('begin immediate'));
        },
        commitTransaction: (connection) => driver.commitTransaction(connection),
        async rollbackTransaction(connection) {
          // SQLite itself rolls back when the disk is full.
          if (database.isTransaction) await driver.rollbackTransaction(connection);
        },
        releaseConnection: (connection) => driver.releaseConnection(connection),
        destroy: () => Promise.resolve(),
      };
    },
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (tables) => dialect.createIntrospector(tables),
  };
}

function kyselyDatabase(database: DatabaseSync, prepare: Prepare): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...values.map(bindable)),
        run: (values) => statement.run(...values.map(bindable)),
        iterate: (values) => statement.iterate(...values.map(bindable)),
      };
    },
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`a ${typeof value} cannot be bound`);
}

/** By the primary result codes of SQLite. */
const kinds: Readonly<Record<number, readonly [kind: Fault['kind'], reason: string]>> = {
  5: ['busy', 'others hold it'],
  6: ['busy', 'others hold it'],
  7: ['unavailable', 'out of memory'],
  8: ['unavailable', 'it can only be read'],
  10: ['unavailable', 'the disk fails'],
  11: ['unavailable', 'the file is damaged'],
  13: ['unavailable', 'the disk is full'],
  14: ['unavailable', 'the file cannot be opened'],
  18: ['refused', 'a value is too large'],
  19: ['refused', 'it is there already, or a value is missing'],
  20: ['refused', 'a value is of the wrong type'],
  26: ['unavailable', 'the file is no database'],
};

function sqliteFault(error: unknown): Fault {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
    const [kind, reason] = kinds[error.errcode & 0xff] ?? [
      'failed',
      `SQLite code ${error.errcode}`,
    ];
    return { kind, reason };
  }
  if (error instanceof Error && 'syscall' in error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown fault';
    return { kind: 'unavailable', reason: `the file cannot be opened (${code})` };
  }
  if (error instanceof Error && /not open|finalized|destroyed/.test(error.message)) {
    return { kind: 'unavailable', reason: 'it was closed' };
  }
  return { kind: 'failed', reason: error instanceof Error ? error.name : 'unknown fault' };
}
