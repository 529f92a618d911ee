/** The tables as the code knows them; the migrations make them. */
import type { ColumnType } from 'kysely';
import type { StoredInteger } from './numbers.ts';

type Integer = ColumnType<StoredInteger, number, number>;
type OptionalInteger = ColumnType<StoredInteger | null, number | null, number | null>;

export interface Tables {
  readonly dragoman_keys: KeyTable;
  readonly dragoman_usage: UsageTable;
  readonly dragoman_versions: VersionTable;
}

export interface KeyTable {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly hint: string;
  readonly user_name: string | null;
  /** Lists are JSON. */
  readonly channels: string | null;
  readonly models: string | null;
  readonly tokens_per_window: OptionalInteger;
  readonly requests_per_window: OptionalInteger;
  readonly window_ms: OptionalInteger;
  readonly concurrency: OptionalInteger;
  readonly budget_micro_usd: OptionalInteger;
  readonly budget_period: string | null;
  readonly created_at: Integer;
  readonly expires_at: OptionalInteger;
  readonly revoked_at: OptionalInteger;
}

/** What sums are made of; the columns that are written are listed in `usage-rows.ts`. */
interface UsageTable {
  readonly id: string;
  readonly at: Integer;
  readonly key_id: string | null;
  readonly user_name: string | null;
  readonly input_tokens: Integer;
  readonly output_tokens: Integer;
  readonly cost_micro_usd: OptionalInteger;
}

/** `schema`: how many migrations are done. `keys`: grows with every change of a key. */
interface VersionTable {
  readonly name: 'schema' | 'keys';
  readonly version: Integer;
}
