/** A key as a row, and back. */

import { parseJson } from 'ai-api-converter';
import type { Insertable, Selectable } from 'kysely';
import type { KeyLimits, KeyRecord } from '../../model/records.ts';
import { DatabaseFailure } from './errors.ts';
import { originalInteger, type StoredInteger, storedInteger } from './numbers.ts';
import type { KeyTable } from './tables.ts';
import { originalText, storedText } from './texts.ts';

/** Throws DatabaseRefusal for numbers that cannot be kept. */
export function keyRow(key: KeyRecord): Insertable<KeyTable> {
  const { limits } = key;
  return {
    id: storedText(key.id),
    name: storedText(key.name),
    hash: storedText(key.hash),
    hint: storedText(key.hint),
    user_name: optional(key.user, storedText),
    channels: optional(key.channels, storedList),
    models: optional(key.models, storedList),
    tokens_per_window: optional(limits.tokensPerWindow, storedInteger),
    requests_per_window: optional(limits.requestsPerWindow, storedInteger),
    window_ms: optional(limits.windowMs, storedInteger),
    concurrency: optional(limits.concurrency, storedInteger),
    budget_micro_usd: optional(limits.budgetMicroUsd, storedInteger),
    budget_period: limits.budgetPeriod ?? null,
    created_at: storedInteger(key.createdAt),
    expires_at: optional(key.expiresAt, storedInteger),
    revoked_at: optional(key.revokedAt, storedInteger),
  };
}

export function keyRecord(row: Selectable<KeyTable>): KeyRecord {
  return {
    id: originalText(row.id),
    name: originalText(row.name),
    hash: originalText(row.hash),
    hint: originalText(row.hint),
    user: present(row.user_name, originalText),
    channels: present(row.channels, originalList),
    models: present(row.models, originalList),
    limits: keyLimits(row),
    createdAt: originalInteger(row.created_at),
    expiresAt: present(row.expires_at, originalInteger),
    revokedAt: present(row.revoked_at, originalInteger),
  };
}

/** Only what is limited is named. */
function keyLimits(row: Selectable<KeyTable>): KeyLimits {
  return {
    ...limit('tokensPerWindow', row.tokens_per_window),
    ...limit('requestsPerWindow', row.requests_per_window),
    ...limit('windowMs', row.window_ms),
    ...limit('concurrency', row.concurrency),
    ...limit('budgetMicroUsd', row.budget_micro_usd),
    ...(row.budget_period !== null && { budgetPeriod: budgetPeriod(row.budget_period) }),
  };
}

function limit<K extends keyof KeyLimits>(
  name: K,
  stored: StoredInteger | null,
): { readonly [name in K]?: number } {
  const limits: { [name in K]?: number } = {};
  return stored === null ? limits : Object.assign(limits, { [name]: originalInteger(stored) });
}

function budgetPeriod(stored: string): NonNullable<KeyLimits['budgetPeriod']> {
  if (stored === 'day' || stored === 'month' || stored === 'total') return stored;
  throw new DatabaseFailure('a key has a budget of an unknown period');
}

/** JSON escapes what databases do not keep. */
function storedList(list: readonly string[]): string {
  return JSON.stringify(list);
}

function originalList(stored: string): readonly string[] {
  const list = parseJson(stored);
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new DatabaseFailure('a key has a list that is none');
}

function optional<T, S>(value: T | undefined, store: (value: T) => S): S | null {
  return value === undefined ? null : store(value);
}

function present<S, T>(stored: S | null, original: (stored: S) => T): T | undefined {
  return stored === null ? undefined : original(stored);
}
