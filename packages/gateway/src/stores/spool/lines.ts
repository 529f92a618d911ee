/** A record of usage as one line of JSON, and back. */
import { isObject, JsonError, type JsonObject, type JsonValue, parseJson } from 'ai-api-converter';
import type { UsageRecord } from '../../model/records.ts';

export function lineOf(record: UsageRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Undefined for what is no record, such as a line that was cut. */
export function recordOf(line: string): UsageRecord | undefined {
  const value = valueOf(line);
  if (value === undefined || !isObject(value)) return undefined;
  const id = text(value, 'id');
  const at = amount(value, 'at');
  if (id === undefined || at === undefined) return undefined;
  return {
    id,
    at,
    ...names(value),
    ...outcome(value),
    ...tokens(value),
    estimated: value['estimated'] === true,
    costMicroUsd: amount(value, 'costMicroUsd'),
  };
}

function names(value: JsonObject) {
  return {
    keyId: text(value, 'keyId'),
    user: text(value, 'user'),
    channel: text(value, 'channel'),
    provider: text(value, 'provider'),
    model: text(value, 'model'),
    upstreamModel: text(value, 'upstreamModel'),
    clientFormat: text(value, 'clientFormat'),
  };
}

function outcome(value: JsonObject) {
  return {
    status: amount(value, 'status') ?? 0,
    end: text(value, 'end') ?? '',
    stream: value['stream'] === true,
    attempts: amount(value, 'attempts') ?? 0,
    durationMs: amount(value, 'durationMs') ?? 0,
    firstByteMs: amount(value, 'firstByteMs'),
  };
}

function tokens(value: JsonObject) {
  return {
    inputTokens: amount(value, 'inputTokens') ?? 0,
    cacheReadTokens: amount(value, 'cacheReadTokens') ?? 0,
    cacheWriteTokens: amount(value, 'cacheWriteTokens') ?? 0,
    outputTokens: amount(value, 'outputTokens') ?? 0,
    reasoningTokens: amount(value, 'reasoningTokens') ?? 0,
  };
}

function text(value: JsonObject, name: string): string | undefined {
  const found = value[name];
  return typeof found === 'string' ? found : undefined;
}

function amount(value: JsonObject, name: string): number | undefined {
  const found = value[name];
  return typeof found === 'number' ? found : undefined;
}

function valueOf(line: string): JsonValue | undefined {
  try {
    return parseJson(line);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
