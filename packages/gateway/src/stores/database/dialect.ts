/** What a kind of database has to bring; all else is shared. */
import type { Dialect, Kysely, Transaction } from 'kysely';
import type { Fault } from './errors.ts';
import type { Tables } from './tables.ts';
import type { UsageRow } from './usage-rows.ts';

export interface SqlDialect {
  readonly kysely: Dialect;
  /** False: another gateway migrates now. Held until the transaction ends. */
  lockMigrations(transaction: Transaction<Tables>): Promise<boolean>;
  /** Leaves rows alone whose id is there already. */
  insertUsage(transaction: Transaction<Tables>, rows: readonly UsageRow[]): Promise<void>;
  /** Runs work whose commits have to survive the loss of power. */
  durably<T>(database: Kysely<Tables>, work: (database: Kysely<Tables>) => Promise<T>): Promise<T>;
  faultOf(error: unknown): Fault;
  /** Twice does no harm. */
  close(): Promise<void>;
}

/** What queries need: `ask` runs them again while others are in the way, and names their failures. */
export interface Connected {
  readonly tables: Kysely<Tables>;
  readonly dialect: SqlDialect;
  readonly ask: <T>(work: () => Promise<T>) => Promise<T>;
}
