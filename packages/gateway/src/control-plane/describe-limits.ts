/** Keys and limits as understood, in rows for people. Hashes are shown as far as usage names them. */

import { utcMoment } from '../lib/clock.ts';
import { durationText } from '../lib/durations.ts';
import type { KeyLimits } from '../model/records.ts';
import type { KeySettings, LimitSettings, LimitSubject, Settings } from '../model/settings.ts';

type Row = readonly string[];

const MINUTE_MS = 60_000;
/** The rest would let whoever has the pepper try keys. */
const HASH_CHARACTERS = 12;

const modes: { readonly [mode in Settings['auth']]: string } = {
  auto: 'as soon as there is a key, everybody needs one',
  open: 'nobody needs one',
  required: 'everybody needs one',
};

export function keysTitle({ auth }: Settings): string {
  return `Keys (${auth}: ${modes[auth]})`;
}

export function keyRows({ keys }: Settings): readonly Row[] {
  const rows = keys.map(keyRow);
  return rows.length > 0 ? rows : [['none here; dragoman keys list tells those of the database']];
}

function keyRow({ name, hash, user, channels, models, limits, expiresAt }: KeySettings): Row {
  return [
    name,
    `${hash.slice(0, HASH_CHARACTERS)}...`,
    user === undefined ? '' : `user ${user}`,
    channels === undefined ? 'all channels' : channels.join(', '),
    models === undefined ? 'all models' : models.join(' '),
    keyLimits(limits),
    expiresAt === undefined ? '' : `until ${utcMoment(expiresAt)}`,
  ];
}

function keyLimits(limits: KeyLimits): string {
  const { tokensPerWindow: tokens, requestsPerWindow: requests, budgetMicroUsd } = limits;
  const { windowMs, concurrency, budgetPeriod = 'total' } = limits;
  const amounts = amountsText({ tokens, requests, concurrency, windowMs });
  const period = budgetPeriod === 'total' ? 'in total' : `a ${budgetPeriod}`;
  const budget = budgetMicroUsd === undefined ? [] : [`$${budgetMicroUsd / 1e6} ${period}`];
  return [...amounts, ...budget].join(', ') || 'no limits';
}

export function limitRows({ limits, rateLimiting }: Settings): readonly Row[] {
  const { enabled, tokensMax, windowMinutes } = rateLimiting;
  const general = amountsText({ tokens: tokensMax, windowMs: windowMinutes * MINUTE_MS }).join('');
  const rows = [
    ...(enabled
      ? [
          ['each user', general, 'ENABLE_RATE_LIMITING'],
          ['each key', general, 'ENABLE_RATE_LIMITING'],
        ]
      : []),
    ...limits.map(limitRow),
  ];
  return rows.length > 0 ? rows : [['none']];
}

function limitRow(limit: LimitSettings, index: number): Row {
  return [subjectText(limit), amountsText(limit).join(', '), `limits[${index}]`];
}

const subjects: { readonly [subject in LimitSubject]: string } = {
  all: 'all together',
  user: 'each user',
  key: 'each key',
  model: 'each model',
  channel: 'each channel',
};

function subjectText({ by, match }: LimitSettings): string {
  return match === undefined ? subjects[by] : `${subjects[by]} of ${match.join(' ')}`;
}

interface Amounts {
  readonly tokens?: number | undefined;
  readonly requests?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly windowMs?: number | undefined;
}

function amountsText({ tokens, requests, concurrency, windowMs }: Amounts): readonly string[] {
  const window = windowMs === undefined ? '' : ` in ${durationText(windowMs)}`;
  return [
    ...(tokens === undefined ? [] : [`${tokens} tokens${window}`]),
    ...(requests === undefined ? [] : [`${requests} requests${window}`]),
    ...(concurrency === undefined ? [] : [`${concurrency} at a time`]),
  ];
}
