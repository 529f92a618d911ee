/** One exchange as a row. */
import type { UsageRecord } from '../../model/records.ts';
import { storedInteger } from './numbers.ts';
import { storedText } from './texts.ts';

/** In the order of the values of a row. */
export const usageColumns = [
  ['id', 'text'],
  ['at', 'bigint'],
  ['key_id', 'text'],
  ['user_name', 'text'],
  ['channel', 'text'],
  ['provider', 'text'],
  ['model', 'text'],
  ['upstream_model', 'text'],
  ['client_format', 'text'],
  ['status', 'bigint'],
  ['end_cause', 'text'],
  ['stream', 'bigint'],
  ['attempts', 'bigint'],
  ['input_tokens', 'bigint'],
  ['cache_read_tokens', 'bigint'],
  ['cache_write_tokens', 'bigint'],
  ['output_tokens', 'bigint'],
  ['reasoning_tokens', 'bigint'],
  ['estimated', 'bigint'],
  ['cost_micro_usd', 'bigint'],
  ['duration_ms', 'bigint'],
  ['first_byte_ms', 'bigint'],
] as const;

type UsageColumn = (typeof usageColumns)[number][0];
export type UsageRow = Readonly<Record<UsageColumn, string | number | null>>;

/** Clients choose some of these texts, and indexes take no entry of more than 2,700 bytes. */
const TEXT_CHARACTERS_MAX = 500;

/** Throws DatabaseRefusal for numbers that cannot be kept. */
export function usageRow(record: UsageRecord): UsageRow {
  return {
    id: storedText(record.id),
    at: storedInteger(record.at),
    key_id: usageText(record.keyId),
    user_name: usageText(record.user),
    channel: usageText(record.channel),
    provider: usageText(record.provider),
    model: usageText(record.model),
    upstream_model: usageText(record.upstreamModel),
    client_format: usageText(record.clientFormat),
    status: storedInteger(record.status),
    end_cause: usageText(record.end),
    stream: Number(record.stream),
    attempts: storedInteger(record.attempts),
    input_tokens: storedInteger(record.inputTokens),
    cache_read_tokens: storedInteger(record.cacheReadTokens),
    cache_write_tokens: storedInteger(record.cacheWriteTokens),
    output_tokens: storedInteger(record.outputTokens),
    reasoning_tokens: storedInteger(record.reasoningTokens),
    estimated: Number(record.estimated),
    cost_micro_usd: optionalInteger(record.costMicroUsd),
    duration_ms: storedInteger(record.durationMs),
    first_byte_ms: optionalInteger(record.firstByteMs),
  };
}

/** A longer text is cut, as it is when it is searched for. */
export function usageText(text: string | undefined): string | null {
  return text === undefined ? null : storedText(text.slice(0, TEXT_CHARACTERS_MAX));
}

function optionalInteger(value: number | undefined): number | null {
  return value === undefined ? null : storedInteger(value);
}
