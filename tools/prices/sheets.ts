/** Prices of one model as `@pydantic/genai-prices` has them, in the form of the gateway's table. */
import type { PriceSheet, Rates } from '../../packages/gateway/src/pricing/sheet.ts';
import type { MatchRule } from './match-rule.ts';

interface Tiered {
  readonly base: number;
  readonly tiers: readonly { readonly start: number; readonly price: number }[];
}

type Price = number | Tiered;

interface Published {
  readonly [key: string]: Price | undefined;
}

type Constraint =
  | { readonly type: 'start_date'; readonly start_date: string }
  | { readonly type: 'time_of_date'; readonly start_time: string; readonly end_time: string };

interface Dated {
  readonly prices: Published;
  readonly constraint?: Constraint;
}

export interface PublishedModel {
  readonly match: MatchRule;
  readonly prices: Published | readonly Dated[];
}

type RateName = keyof Rates;

const rateNames: ReadonlyMap<string, RateName> = new Map([
  ['input_mtok', 'input'],
  ['cache_read_mtok', 'cacheRead'],
  ['cache_write_mtok', 'cacheWrite'],
  ['cache_write_1h_mtok', 'cacheWriteLong'],
  ['output_mtok', 'output'],
  ['output_reasoning_mtok', 'reasoning'],
  ['input_audio_mtok', 'audioInput'],
  ['cache_audio_read_mtok', 'audioCacheRead'],
  ['output_audio_mtok', 'audioOutput'],
  ['requests_kcount', 'thousandRequests'],
]);

/** Paid for beside the tokens, by calls that a usage does not count. */
const extras = /^(web|storage|social)_searches_kcount$/;

/** Empty: what the model costs cannot be told from what a usage says. */
export function sheetsOf(prices: PublishedModel['prices']): readonly PriceSheet[] {
  const dated: readonly Dated[] = isList(prices) ? prices : [{ prices }];
  const sheets = dated.map(({ prices: published, constraint }) => sheetOf(published, constraint));
  return sheets.some((sheet) => sheet === undefined)
    ? []
    : sheets.filter((sheet) => sheet !== undefined);
}

function isList(prices: PublishedModel['prices']): prices is readonly Dated[] {
  return Array.isArray(prices);
}

function sheetOf(published: Published, constraint?: Constraint): PriceSheet | undefined {
  const known = Object.entries(published).flatMap(([key, price]) =>
    price === undefined || extras.test(key) ? [] : [[key, price] as const],
  );
  const hasInput = known.some(([key]) => key === 'input_mtok');
  if (!hasInput || known.some(([key]) => !rateNames.has(key))) return undefined;
  const starts = [
    ...new Set(known.flatMap(([, price]) => tiersOf(price).map(({ start }) => start))),
  ];
  if (starts.length > 1) throw new Error(`several tiers: ${JSON.stringify(published)}`);
  const [tokens] = starts;
  return {
    ...(constraint?.type === 'start_date' && { from: constraint.start_date }),
    ...(constraint?.type === 'time_of_date' && {
      between: [secondsOf(constraint.start_time), secondsOf(constraint.end_time)],
    }),
    rates: ratesOf(known, (price) => (typeof price === 'number' ? price : price.base)),
    ...(tokens !== undefined && {
      above: {
        tokens,
        rates: ratesOf(known, (price) => tiersOf(price)[0]?.price ?? Number(price)),
      },
    }),
  };
}

function tiersOf(price: Price): Tiered['tiers'] {
  return typeof price === 'number' ? [] : price.tiers;
}

function ratesOf(
  known: readonly (readonly [key: string, price: Price])[],
  read: (price: Price) => number,
): Rates {
  const rates: { -readonly [name in RateName]?: number } = {};
  for (const [key, price] of known) {
    const name = rateNames.get(key);
    if (name !== undefined) rates[name] = read(price);
  }
  const { input } = rates;
  if (input === undefined) throw new Error('a sheet without a price of input');
  return { ...rates, input };
}

/** Of the day, in UTC. */
function secondsOf(time: string): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)Z$/.exec(time) ?? [];
  if (hours === undefined) throw new Error(`a time of day as never before: ${time}`);
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
