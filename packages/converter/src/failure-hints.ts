/** What every vendor's errors have in common: statuses, and hints when to try again. */
import type { UpstreamFailure } from './format.ts';
import type { ErrorKind } from './ir/response.ts';

const statuses: ReadonlyMap<number, ErrorKind> = new Map([
  [401, 'authentication'],
  [402, 'billing'],
  [403, 'permission'],
  [404, 'not-found'],
  [408, 'timeout'],
  [409, 'conflict'],
  [413, 'too-large'],
  [429, 'rate-limited'],
  [499, 'cancelled'],
  [503, 'overloaded'],
  [504, 'timeout'],
  [524, 'timeout'],
  [529, 'overloaded'],
]);

/** What a status says by itself; undefined: no more than its class. */
export function tellingKindOf(status: number): ErrorKind | undefined {
  return statuses.get(status);
}

export function kindOfStatus(status: number): ErrorKind {
  return tellingKindOf(status) ?? (status >= 400 && status < 500 ? 'invalid-request' : 'server');
}

/** `retry-after-ms`, then `retry-after` in seconds; a date would need a clock. */
export function retryAfterOfHeaders(failure: UpstreamFailure): number | undefined {
  const exact = numberIn(failure.header('retry-after-ms'));
  if (exact !== undefined) return Math.round(exact);
  const seconds = numberIn(failure.header('retry-after'));
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function numberIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) : undefined;
}

const duration = String.raw`[\d.]+ ?(?:ms|milliseconds?|m(?:in(?:utes?)?)?|s(?:ec(?:onds?)?)?|h(?:ours?)?)`;
const retryPhrase = new RegExp(
  `(?:try again|retry|available) (?:in|after) ((?:${duration}[ ,]*)+)`,
  'i',
);

export function retryAfterOfText(message: string): number | undefined {
  const phrase = retryPhrase.exec(message)?.[1];
  return phrase === undefined ? undefined : durationMs(phrase);
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** "1.5s", "125ms", "1m30s", "2 minutes". */
export function durationMs(text: string): number | undefined {
  let total: number | undefined;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+) ?([a-z]+)/gi)) {
    const word = unit.toLowerCase();
    const isMilliseconds = word === 'ms' || word.startsWith('milli');
    const factor = isMilliseconds ? 1 : unitsMs.get(word.slice(0, 1));
    const value = Number(amount) * (factor ?? Number.NaN);
    if (Number.isFinite(value)) total = (total ?? 0) + value;
  }
  return total === undefined ? undefined : Math.round(total);
}
