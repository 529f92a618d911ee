/** How the tables came to be: each step once, in order, never changed after it was published. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { originalInteger } from './numbers.ts';
import type { Tables } from './tables.ts';

type Step = (transaction: Transaction<Tables>) => Promise<void>;

const steps: readonly Step[] = [makeKeys, makeUsage];

/** Within the transaction that holds the lock. */
export async function runMigrations(transaction: Transaction<Tables>): Promise<void> {
  await transaction.schema
    .createTable('dragoman_versions')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await transaction
    .insertInto('dragoman_versions')
    .values([
      { name: 'schema', version: 0 },
      { name: 'keys', version: 0 },
    ])
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const done = await versionOf(transaction, 'schema');
  for (const step of steps.slice(done)) await step(transaction);
  if (done >= steps.length) return;
  await transaction
    .updateTable('dragoman_versions')
    .set({ version: steps.length })
    .where('name', '=', 'schema')
    .execute();
}

export async function versionOf(
  database: Kysely<Tables>,
  name: 'schema' | 'keys',
): Promise<number> {
  const row = await database
    .selectFrom('dragoman_versions')
    .select('version')
    .where('name', '=', name)
    .executeTakeFirst();
  return originalInteger(row?.version ?? 0);
}

async function makeKeys({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('dragoman_keys')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text')
    .addColumn('channels', 'text')
    .addColumn('models', 'text')
    .addColumn('tokens_per_window', 'bigint')
    .addColumn('requests_per_window', 'bigint')
    .addColumn('window_ms', 'bigint')
    .addColumn('concurrency', 'bigint')
    .addColumn('budget_micro_usd', 'bigint')
    .addColumn('budget_period', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();
}

async function makeUsage({ schema }: Transaction<Tables>): Promise<void> {
  const none = sql`0`;
  await schema
    .createTable('dragoman_usage')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('user_name', 'text')
    .addColumn('channel', 'text')
    .addColumn('provider', 'text')
    .addColumn('model', 'text')
    .addColumn('upstream_model', 'text')
    .addColumn('client_format', 'text')
    .addColumn('status', 'bigint', (column) => column.notNull())
    .addColumn('end_cause', 'text', (column) => column.notNull())
    .addColumn('stream', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('attempts', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('input_tokens', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('cache_read_tokens', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('cache_write_tokens', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('output_tokens', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('reasoning_tokens', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('estimated', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('cost_micro_usd', 'bigint')
    .addColumn('duration_ms', 'bigint', (column) => column.notNull().defaultTo(none))
    .addColumn('first_byte_ms', 'bigint')
    .execute();
  const indexes = [
    ['dragoman_usage_key', ['key_id', 'at']],
    ['dragoman_usage_user', ['user_name', 'at']],
    ['dragoman_usage_at', ['at']],
  ] as const;
  for (const [name, columns] of indexes) {
    await schema
      .createIndex(name)
      .on('dragoman_usage')
      .columns([...columns])
      .execute();
  }
}
