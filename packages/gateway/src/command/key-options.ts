/** The options of `dragoman keys create`, read: what the new key may do, with every mistake named at once. */
import {
  budget,
  count,
  keyName,
  moment,
  userName,
  window,
} from '../control-plane/config/limit-readers.ts';
import { suggestion } from '../control-plane/config/nearest.ts';
import { choice, type Reader } from '../control-plane/config/setting-readers.ts';
import { durationOf } from '../lib/durations.ts';
import type { KeyLimits, KeyRecord } from '../model/records.ts';

/** As the command line gave them. */
export interface KeyOptions {
  readonly name: string;
  readonly channel?: readonly string[];
  readonly models?: readonly string[];
  readonly tokensPerWindow?: string;
  readonly requestsPerWindow?: string;
  readonly window?: string;
  readonly concurrency?: string;
  readonly budget?: string;
  readonly budgetPeriod?: string;
  readonly expires?: string;
  readonly user?: string;
}

export type WantedKey = Pick<
  KeyRecord,
  'name' | 'user' | 'channels' | 'models' | 'limits' | 'expiresAt'
>;

interface Surroundings {
  /** Ids of the channels that there are. */
  readonly channels: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

interface ReadOptions {
  readonly wanted: WantedKey;
  /** One sentence each, with the option. */
  readonly mistakes: readonly string[];
}

export const periods = ['day', 'month', 'total'] as const;

const WINDOW_MS = 3_600_000;
/** The end of the year 9999: later ones are written differently. */
const MOMENT_MS_MAX = 253_402_300_799_999;

type Kind<T> = Pick<Reader<T>, 'expected' | 'read' | 'hint'>;
type Read = <T>(option: string, text: string | undefined, kind: Kind<T>) => T | undefined;

export function readKeyOptions(
  options: KeyOptions,
  { channels, nowMs }: Surroundings,
): ReadOptions {
  const mistakes: string[] = [];
  const read: Read = (option, text, kind) => {
    if (text === undefined) return undefined;
    const value = kind.read(text.trim());
    if (value === undefined) {
      const hint = kind.hint?.(text.trim()) ?? '';
      mistakes.push(`--${option}: ${kind.expected}, got ${JSON.stringify(text)}${hint}`);
    }
    return value;
  };
  const wanted: WantedKey = {
    name: read('name', options.name, keyName) ?? '',
    user: read('user', options.user, userName),
    channels: options.channel && listOf('channel', options.channel, mistakes),
    models: options.models && listOf('models', options.models, mistakes),
    limits: limitsOf(options, read),
    expiresAt: read('expires', options.expires, momentAfter(nowMs)),
  };
  for (const id of wanted.channels ?? []) {
    if (!channels.includes(id)) mistakes.push(unknownChannel(id, channels));
  }
  const isWrong = (option: string): boolean =>
    mistakes.some((mistake) => mistake.startsWith(`--${option}: `));
  return { wanted, mistakes: [...mistakes, ...lonelyOptions(options, isWrong)] };
}

function limitsOf(options: KeyOptions, read: Read): KeyLimits {
  const tokensPerWindow = read('tokens-per-window', options.tokensPerWindow, count);
  const requestsPerWindow = read('requests-per-window', options.requestsPerWindow, count);
  const windowMs = read('window', options.window, window) ?? WINDOW_MS;
  const concurrency = read('concurrency', options.concurrency, count);
  const budgetMicroUsd = read('budget', options.budget, budget);
  const budgetPeriod = read('budget-period', options.budgetPeriod, choice(periods)) ?? 'total';
  const hasWindow = tokensPerWindow !== undefined || requestsPerWindow !== undefined;
  return {
    ...(tokensPerWindow !== undefined && { tokensPerWindow }),
    ...(requestsPerWindow !== undefined && { requestsPerWindow }),
    ...(hasWindow && { windowMs }),
    ...(concurrency !== undefined && { concurrency }),
    ...(budgetMicroUsd !== undefined && { budgetMicroUsd, budgetPeriod }),
  };
}

/** Options that mean nothing without another. Of one that is wrong itself, that is enough to say. */
function* lonelyOptions(
  options: KeyOptions,
  isWrong: (option: string) => boolean,
): Generator<string> {
  const { tokensPerWindow, requestsPerWindow } = options;
  const hasWindow = tokensPerWindow !== undefined || requestsPerWindow !== undefined;
  if (options.window !== undefined && !hasWindow && !isWrong('window'))
    yield '--window: needs --tokens-per-window or --requests-per-window';
  const hasPeriod = options.budgetPeriod !== undefined && !isWrong('budget-period');
  if (hasPeriod && options.budget === undefined) yield '--budget-period: needs --budget';
}

/** Given several times, or divided by commas. */
function listOf(option: string, texts: readonly string[], mistakes: string[]): readonly string[] {
  const items = texts.flatMap((text) => text.split(',')).map((item) => item.trim());
  const named = [...new Set(items)].filter((item) => item !== '');
  if (named.length === 0) mistakes.push(`--${option}: expected at least one, got none`);
  return named;
}

function unknownChannel(id: string, channels: readonly string[]): string {
  const known = `the channels are ${channels.join(', ')}`;
  return `--channel: no channel is called ${JSON.stringify(id)}; ${known}${suggestion(id, channels)}`;
}

function momentAfter(nowMs: number): Kind<number> {
  return {
    expected:
      'expected a time to come: 30d, 12h, a date such as 2031-12-31 (its beginning in UTC) or 2031-12-31T18:00:00Z',
    read(text) {
      const durationMs = durationOf(text);
      const atMs = durationMs === undefined ? moment.read(text) : nowMs + durationMs;
      return atMs !== undefined && atMs > nowMs && atMs <= MOMENT_MS_MAX ? atMs : undefined;
    },
  };
}
