/** Readers of the values that keys, limits and prices are made of. */

import { looksLikeKey } from '../../keys/secret.ts';
import { utcDay } from '../../lib/clock.ts';
import { durationOf } from '../../lib/durations.ts';
import { integer, matching, type Reader, splitKeys } from './setting-readers.ts';

/** Far above any real limit, and far below what counters can hold. */
export const count: Reader<number> = integer(1, 1_000_000_000_000);

/** As long as `dragoman keys create` takes it. */
export const keyName: Reader<string> = label(100);
/** As long as the name that a client gives its user. */
export const userName: Reader<string> = label(256);
export const subjectPattern: Reader<string> = label(256);

/** In the environment several divided by commas; the file has a list. */
export const metricsUsers: Reader<{ readonly users: readonly string[] }> = {
  shape: { type: 'metrics' },
  expected: 'expected names of users, several divided by commas',
  read(text) {
    const names = splitKeys(text);
    const users = names.filter((name) => userName.read(name) !== undefined);
    return users.length > 0 && users.length === names.length ? { users } : undefined;
  },
};

function label(charactersMax: number): Reader<string> {
  return {
    shape: { type: 'text', pattern: undefined },
    expected: `expected 1 to ${charactersMax} characters on one line, and no key`,
    read(text) {
      const fits = text !== '' && text.length <= charactersMax && text.isWellFormed();
      return fits && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && !looksLikeKey(text) ? text : undefined;
    },
  };
}

export const keyHash: Reader<string> = matching(
  /^[A-Za-z0-9_-]{43}$/,
  'expected the 43 characters that `dragoman keys hash` prints',
);

const WINDOW_MS_MAX = 31 * 86_400_000;

/** Milliseconds. */
export const window: Reader<number> = {
  shape: { type: 'notation', pattern: /^\d{1,9}[smhd]$/ },
  expected: 'expected a time from 1s to 31d with its unit, such as 90s, 60m, 1h or 1d',
  read(text) {
    const milliseconds = durationOf(text) ?? 0;
    return milliseconds > 0 && milliseconds <= WINDOW_MS_MAX ? milliseconds : undefined;
  },
};

const momentPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since 1970; a date alone is its beginning in UTC. */
export const moment: Reader<number> = {
  shape: { type: 'notation', pattern: momentPattern },
  expected:
    'expected a date such as 2027-01-01, or with time and zone such as 2027-01-01T12:00:00Z',
  read(text) {
    const [, day = ''] = momentPattern.exec(text) ?? [];
    const atMs = Date.parse(text.toUpperCase().replace(' ', 'T'));
    // A 30th of February would become a day of March.
    return isDay(day) && Number.isFinite(atMs) ? atMs : undefined;
  },
};

function isDay(day: string): boolean {
  const atMs = Date.parse(day);
  return Number.isFinite(atMs) && utcDay(atMs) === day;
}

/** Millionths of a US dollar. */
export const budget: Reader<number> = {
  shape: { type: 'positive' },
  expected: 'expected US dollars above 0 with at most 6 decimals, such as 50 or 0.5',
  read(text) {
    // A double would turn some amounts into others.
    const [, whole, part = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
    const microUsd = whole === undefined ? 0 : Number(whole + part.padEnd(6, '0'));
    return microUsd > 0 ? microUsd : undefined;
  },
};

const PRICE_MAX = 1_000_000;

/** US dollars. */
export const price: Reader<number> = {
  shape: { type: 'not-negative' },
  expected: 'expected US dollars for a million tokens, 0 or more',
  read(text) {
    const dollars = Number(text);
    return text !== '' && dollars >= 0 && dollars <= PRICE_MAX ? dollars : undefined;
  },
};

const PEPPER_CHARACTERS_MIN = 16;

export const pepperText: Reader<string> = {
  shape: { type: 'text', pattern: undefined },
  expected: `expected at least ${PEPPER_CHARACTERS_MIN} characters`,
  read: (text) => (text.length >= PEPPER_CHARACTERS_MIN ? text : undefined),
};
