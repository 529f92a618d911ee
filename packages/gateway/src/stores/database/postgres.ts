/**
 * PostgreSQL, by `pg`. Nothing is left behind in a session, neither settings nor prepared statements,
 * so that a pooler which hands out connections by the transaction can stand in between.
 */
import {
  type DatabaseConnection,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { Client, DatabaseError, Pool, type PoolClient } from 'pg';
import type { SqlDialect } from './dialect.ts';
import { codeOf, type Fault } from './errors.ts';
import { usageColumns } from './usage-rows.ts';

const CONNECT_MS = 2_000;
const STATEMENT_MS = 2_000;
/** When the server did not keep its own bound, it does not run. */
const ANSWER_MS = 2_500;
const IDLE_MS = 30_000;
const BEGIN = `begin; set local statement_timeout = ${STATEMENT_MS}`;
/** Any number that no other program locks. */
const MIGRATION_LOCK = 7_236_801_542;

const columns = usageColumns.map(([name]) => name).join(', ');
const insertUsage = [
  `insert into dragoman_usage (${columns}) select ${columns} from json_to_recordset(`,
  `) as rows (${usageColumns.map((column) => column.join(' ')).join(', ')})`,
  'on conflict (id) do nothing',
] as const;

/** Nothing is asked of the server yet. Throws when the URL cannot be read. */
export function openPostgres(url: string, connections: number): SqlDialect {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    fallback_application_name: 'dragoman',
    keepAlive: true,
  };
  checkUrl(settings);
  const pool = new Pool({
    ...settings,
    query_timeout: ANSWER_MS,
    max: connections,
    idleTimeoutMillis: IDLE_MS,
  });
  // Connections break while they are idle and while they are not; without listeners the process ends.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    kysely: {
      createDriver: () => createDriver(pool),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (tables) => new PostgresIntrospector(tables),
    },
    async lockMigrations(transaction) {
      const { rows } = await sql<{
        held: boolean;
      }>`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as held`.execute(transaction);
      return rows[0]?.held === true;
    },
    async insertUsage(transaction, rows) {
      const [before, after, last] = insertUsage;
      const json = JSON.stringify(rows);
      await sql`${sql.raw(before)}${json}::json${sql.raw(`${after} ${last}`)}`.execute(transaction);
    },
    durably: (tables, work) => work(tables),
    faultOf: postgresFault,
    async close() {
      if (!pool.ending) await pool.end();
    },
  };
}

/** Errors about URLs quote them, with the password. */
function checkUrl(settings: { readonly connectionString: string }): Client {
  try {
    return new Client(settings);
  } catch {
    throw new Error('the URL of the database cannot be read');
  }
}

interface Lease {
  readonly client: PoolClient;
  /** Its state is not known: it is not used again. */
  broken: boolean;
}

function createDriver(pool: Pool): Driver {
  const leases = new WeakMap<DatabaseConnection, Lease>();
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      const lease = { client: await pool.connect(), broken: false };
      const connection = connectionOf(lease);
      leases.set(connection, lease);
      return connection;
    },
    async beginTransaction(connection) {
      await ask(leaseOf(connection), BEGIN);
    },
    async commitTransaction(connection) {
      const { command } = await ask(leaseOf(connection), 'commit');
      if (command === 'ROLLBACK') throw new Error('the transaction was rolled back');
    },
    async rollbackTransaction(connection) {
      const lease = leaseOf(connection);
      // Its end rolls back as well.
      await ask(lease, 'rollback').catch(() => {
        lease.broken = true;
      });
    },
    async releaseConnection(connection) {
      const { client, broken } = leaseOf(connection);
      client.release(broken);
    },
    destroy: () => Promise.resolve(),
  };

  function leaseOf(connection: DatabaseConnection): Lease {
    const lease = leases.get(connection);
    if (lease === undefined) throw new Error('not a connection of this driver');
    return lease;
  }
}

function connectionOf(lease: Lease): DatabaseConnection {
  return {
    async executeQuery({ sql: text, parameters }) {
      const { command, rowCount, rows } = await ask(lease, text, parameters);
      const counts = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
      return { rows, ...(counts && { numAffectedRows: BigInt(rowCount ?? 0) }) };
    },
    streamQuery() {
      throw new Error('answers are not streamed');
    },
  };
}

async function ask(lease: Lease, text: string, values: readonly unknown[] = []) {
  if (lease.broken) throw new Error('the connection is broken');
  try {
    return await lease.client.query({ text, values: [...values] });
  } catch (error) {
    const refused = error instanceof DatabaseError && error.severity === 'ERROR';
    lease.broken ||= !refused;
    throw error;
  }
}

/** By SQLSTATE: whole codes, then classes. */
const kinds: Readonly<Record<string, readonly [kind: Fault['kind'], reason: string]>> = {
  '40001': ['busy', 'others changed the same'],
  '40P01': ['busy', 'others changed the same'],
  '55P03': ['busy', 'others hold it'],
  '25006': ['unavailable', 'it can only be read'],
  '57014': ['unavailable', 'it took too long'],
  '23505': ['refused', 'it is there already'],
  '08': ['unavailable', 'the connection failed'],
  '22': ['refused', 'a value cannot be kept'],
  '23': ['refused', 'a rule about values is broken'],
  '28': ['unavailable', 'it refuses the login'],
  '3D': ['unavailable', 'there is no database of this name'],
  '53': ['unavailable', 'it lacks room'],
  '54': ['refused', 'a value is too large'],
  '57': ['unavailable', 'it starts or stops'],
  '58': ['unavailable', 'its system fails'],
};

function postgresFault(error: unknown): Fault {
  const code = codeOf(error);
  if (error instanceof DatabaseError && code !== undefined) {
    const [kind, reason] = kinds[code] ?? kinds[code.slice(0, 2)] ?? ['failed', 'it said'];
    return { kind, reason: `${reason} (${code})` };
  }
  const isMistake = error instanceof TypeError || error instanceof RangeError;
  if (!(error instanceof Error) || isMistake) return { kind: 'failed', reason: 'a wrong call' };
  return { kind: 'unavailable', reason: code ?? error.message };
}
