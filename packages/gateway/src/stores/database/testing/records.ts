/** Keys and usage as tests need them. */
import type { KeyRecord, UsageRecord } from '../../../model/records.ts';

export function keyOf(id: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id,
    name: `name of ${id}`,
    hash: `hash of ${id}`,
    hint: '…x7Qa',
    user: undefined,
    channels: undefined,
    models: undefined,
    limits: {},
    createdAt: 1_764_000_000_000,
    expiresAt: undefined,
    revokedAt: undefined,
    ...changes,
  };
}

export function usageOf(id: string, changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id,
    at: 1_764_000_000_000,
    keyId: 'key_a',
    user: undefined,
    channel: 'main',
    provider: 'openai',
    model: 'gpt-9',
    upstreamModel: 'gpt-9-2026',
    clientFormat: 'openai-chat',
    status: 200,
    end: 'complete',
    stream: true,
    attempts: 1,
    inputTokens: 3,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 5,
    reasoningTokens: 0,
    estimated: false,
    costMicroUsd: 7,
    durationMs: 1_234.5,
    firstByteMs: 99.4,
    ...changes,
  };
}
