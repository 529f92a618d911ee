/** One exchange as it is billed. */
import { unixMs } from '../lib/clock.ts';
import type { ExchangeRecord } from '../model/exchange.ts';
import type { UsageRecord } from '../model/records.ts';

export function usageRecord(record: ExchangeRecord): UsageRecord {
  const { outcome } = record;
  const { usage } = outcome;
  return {
    id: record.exchangeId,
    at: unixMs(),
    keyId: record.keyId,
    user: record.user,
    channel: record.channel,
    provider: record.provider,
    model: record.model,
    upstreamModel: record.upstreamModel,
    clientFormat: record.clientFormat,
    status: outcome.status,
    end: outcome.cause,
    stream: record.stream,
    attempts: record.attempts.length,
    inputTokens: usage?.fresh ?? 0,
    cacheReadTokens: usage?.cacheRead ?? 0,
    cacheWriteTokens: usage?.cacheWrite ?? 0,
    outputTokens: usage?.text ?? 0,
    reasoningTokens: usage?.reasoning ?? 0,
    estimated: record.isEstimated,
    costMicroUsd: record.costMicroUsd,
    durationMs: Math.round(record.durationMs),
    firstByteMs: record.firstByteMs === undefined ? undefined : Math.round(record.firstByteMs),
  };
}
