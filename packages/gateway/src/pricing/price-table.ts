/** What tokens cost: the operator's prices first, then the list that comes along. */

import { unixMs } from '../lib/clock.ts';
import { compilePatterns } from '../lib/patterns.ts';
import { remember } from '../lib/remember.ts';
import type { PriceTable } from '../model/pricing.ts';
import type { PriceSettings } from '../model/settings.ts';
import { costOf } from './cost.ts';
import { createPriceList } from './price-list.ts';
import type { PriceSheet } from './sheet.ts';

/** Providers, and addresses of APIs: of the configuration all. */
const SELLERS_MAX = 1_000;
// Of each of them. Models are named by clients: what they make up must not fill the memory.
const REMEMBERED_MAX = 1_000;
const NAME_LENGTH_MAX = 256;

const DAY_SECONDS = 86_400;

/** A sheet with its dates understood. */
interface DatedSheet {
  readonly sheet: PriceSheet;
  readonly fromMs: number;
  readonly between: readonly [start: number, end: number] | undefined;
}

/**
 * `provider` of a lookup is an id of ours or, which `openai-compatible` needs to have any price, the address
 * of the API that was asked.
 */
export function createPriceTable(
  overrides: readonly PriceSettings[],
  now: () => number = unixMs,
): PriceTable {
  const own = overrides.map((prices) => ({
    matches: compilePatterns(prices.models),
    sheets: [dated(sheetOf(prices))],
  }));
  const list = createPriceList();

  function find(provider: string, model: string): readonly DatedSheet[] {
    const override = own.find(({ matches }) => matches(model));
    return override?.sheets ?? list.sheetsOf(provider, model).map(dated);
  }

  // Put together to one text, the two cost more to look up than the price to work out.
  const sheetsOf = remember(SELLERS_MAX, (provider) =>
    remember(REMEMBERED_MAX, (model) => find(provider, model)),
  );

  return {
    costMicroUsd(provider, model, usage) {
      if (model.length > NAME_LENGTH_MAX) return undefined;
      const sheet = sheetAt(sheetsOf(provider)(model), now);
      return sheet && costOf(usage, sheet);
    },
  };
}

/** Reasoning and audio at the prices of the rest; cached tokens as well, where nothing is said of them. */
function sheetOf({ input, output, cacheRead, cacheWrite }: PriceSettings): PriceSheet {
  return { rates: { input, output, cacheRead, cacheWrite } };
}

function dated(sheet: PriceSheet): DatedSheet {
  const [start, end] = sheet.between ?? [];
  return {
    sheet,
    fromMs: sheet.from === undefined ? 0 : Date.parse(sheet.from),
    between: start === undefined || end === undefined ? undefined : [start, end],
  };
}

function sheetAt(sheets: readonly DatedSheet[], now: () => number): PriceSheet | undefined {
  if (sheets.length < 2) return sheets[0]?.sheet;
  const at = now();
  return (sheets.findLast((sheet) => holds(sheet, at)) ?? sheets[0])?.sheet;
}

function holds({ fromMs, between }: DatedSheet, at: number): boolean {
  if (between === undefined) return at >= fromMs;
  const [start, end] = between;
  const second = (at / 1_000) % DAY_SECONDS;
  return start <= end ? second >= start && second < end : second >= start || second < end;
}
