/** The usage that a database file holds, past the code under test. */
import { DatabaseSync } from 'node:sqlite';
import type { Tokens } from './plan.ts';

export interface Row {
  readonly user_name: string;
  readonly channel: string;
  readonly attempts: number;
  readonly status: number;
  readonly end_cause: string;
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly estimated: number;
  readonly cost_micro_usd: number;
}

export function rowsOf(file: string): readonly Row[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare('select * from dragoman_usage').all().map(rowOf);
  } finally {
    database.close();
  }
}

function rowOf(columns: { readonly [name: string]: unknown }): Row {
  const number = (name: string): number => Number(columns[name] ?? 0);
  const text = (name: string): string => {
    const value = columns[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    user_name: text('user_name'),
    channel: text('channel'),
    attempts: number('attempts'),
    status: number('status'),
    end_cause: text('end_cause'),
    input_tokens: number('input_tokens'),
    cache_read_tokens: number('cache_read_tokens'),
    cache_write_tokens: number('cache_write_tokens'),
    output_tokens: number('output_tokens'),
    reasoning_tokens: number('reasoning_tokens'),
    estimated: number('estimated'),
    cost_micro_usd: number('cost_micro_usd'),
  };
}

export function tokensOf(row: Row): Tokens {
  return {
    fresh: row.input_tokens,
    cacheRead: row.cache_read_tokens,
    cacheWrite: row.cache_write_tokens,
    text: row.output_tokens,
    reasoning: row.reasoning_tokens,
  };
}

/** All tokens of all of them. */
export function sumOf(rows: readonly Row[]): number {
  return rows.reduce(
    (sum, row) => sum + Object.values(tokensOf(row)).reduce((total, each) => total + each, 0),
    0,
  );
}
