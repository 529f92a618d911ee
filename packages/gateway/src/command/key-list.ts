/** Keys as people and programs read them: a table, or JSON. Never their hashes. */
import { utcDay, utcMoment } from '../lib/clock.ts';
import { durationText } from '../lib/durations.ts';
import type { KeyLimits, KeyRecord } from '../model/records.ts';

type KeyState = 'active' | 'expired' | 'revoked';

/** A key in JSON. Nothing that is undefined is written. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly user: string | undefined;
  readonly channels: readonly string[] | undefined;
  readonly models: readonly string[] | undefined;
  readonly limits: KeyLimits;
  readonly created: string;
  readonly expires: string | undefined;
  readonly revoked: string | undefined;
  readonly state: KeyState;
}

export function keyView(key: KeyRecord, nowMs: number): KeyView {
  const { id, name, hint, user, channels, models, limits } = key;
  return {
    id,
    name,
    hint,
    user,
    channels,
    models,
    limits,
    created: utcMoment(key.createdAt),
    expires: key.expiresAt === undefined ? undefined : utcMoment(key.expiresAt),
    revoked: key.revokedAt === undefined ? undefined : utcMoment(key.revokedAt),
    state: stateOf(key, nowMs),
  };
}

const heads = [
  'ID',
  'NAME',
  'HINT',
  'CHANNELS',
  'MODELS',
  'LIMITS',
  'CREATED',
  'EXPIRES',
  'STATE',
] as const;

export function keyTable(keys: readonly KeyRecord[], nowMs: number): string {
  const rows = [heads, ...keys.map((key) => cellsOf(key, nowMs).map(plain))];
  const widths = heads.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function cellsOf(key: KeyRecord, nowMs: number): readonly string[] {
  const { id, name, hint, channels, models, limits, createdAt, expiresAt } = key;
  return [
    id,
    name,
    hint,
    listText(channels),
    listText(models),
    limitsText(limits),
    utcDay(createdAt),
    expiresAt === undefined ? 'never' : utcMoment(expiresAt),
    stateOf(key, nowMs),
  ];
}

function stateOf({ expiresAt, revokedAt }: KeyRecord, nowMs: number): KeyState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= nowMs ? 'expired' : 'active';
}

function listText(list: readonly string[] | undefined): string {
  if (list === undefined) return 'all';
  return list.length === 0 ? 'none' : list.join(',');
}

function limitsText(limits: KeyLimits): string {
  const { tokensPerWindow, requestsPerWindow, windowMs, concurrency, budgetMicroUsd } = limits;
  const window = windowMs === undefined ? '' : `/${durationText(windowMs)}`;
  const texts = [
    tokensPerWindow !== undefined && `${tokensPerWindow} tokens${window}`,
    requestsPerWindow !== undefined && `${requestsPerWindow} requests${window}`,
    concurrency !== undefined && `${concurrency} at once`,
    budgetMicroUsd !== undefined && `$${budgetMicroUsd / 1_000_000}${periodText(limits)}`,
  ];
  return texts.filter((text) => text !== false).join(', ') || 'none';
}

function periodText({ budgetPeriod = 'total' }: KeyLimits): string {
  return budgetPeriod === 'total' ? ' in total' : `/${budgetPeriod}`;
}

/** What is in a database need not have come from here, and terminals obey some characters. */
function plain(cell: string): string {
  return cell.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
