/** Money out of tokens: each bucket of a usage at its own price. */
import type { Usage } from 'ai-api-converter';
import type { PriceSheet, Rates } from './sheet.ts';

// Less than this is what adding doubles makes up, and no money.
const DUST = 1e-6;

/** In millionths of a US dollar, rounded up; undefined when the sheet has no price for what was used. */
export function costOf(usage: Usage, sheet: PriceSheet): number | undefined {
  const input = usage.fresh + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const { above } = sheet;
  const rates = above !== undefined && input > above.tokens ? above.rates : sheet.rates;
  const output = outputCost(usage, rates);
  if (output === undefined) return undefined;
  const perRequest = (rates.thousandRequests ?? 0) * 1_000;
  const cost = inputCost(usage, rates) + output + perRequest;
  return Number.isFinite(cost) && cost >= 0 ? Math.max(0, Math.ceil(cost - DUST)) : undefined;
}

function inputCost(usage: Usage, rates: Rates): number {
  const { fresh, cacheRead = 0, cacheWrite = 0 } = usage;
  const long = Math.min(usage.cacheWriteLong ?? 0, cacheWrite);
  // Nobody says how much of the audio was read from a cache: as little as possible.
  const audio = Math.min(usage.audioInput ?? 0, fresh);
  const cachedAudio = Math.min((usage.audioInput ?? 0) - audio, cacheRead);
  const cacheReadRate = rates.cacheRead ?? rates.input;
  const cacheWriteRate = rates.cacheWrite ?? rates.input;
  return (
    (fresh - audio) * rates.input +
    audio * (rates.audioInput ?? rates.input) +
    (cacheRead - cachedAudio) * cacheReadRate +
    cachedAudio * (rates.audioCacheRead ?? cacheReadRate) +
    (cacheWrite - long) * cacheWriteRate +
    long * (rates.cacheWriteLong ?? cacheWriteRate)
  );
}

function outputCost(usage: Usage, rates: Rates): number | undefined {
  const { text, reasoning = 0 } = usage;
  if (rates.output === undefined) return text + reasoning === 0 ? 0 : undefined;
  const audio = Math.min(usage.audioOutput ?? 0, text);
  return (
    (text - audio) * rates.output +
    audio * (rates.audioOutput ?? rates.output) +
    reasoning * (rates.reasoning ?? rates.output)
  );
}
