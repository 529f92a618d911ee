/** An exchange with everything that can be known of one. */
import type { ExchangeRecord } from '../../model/exchange.ts';

const outcome = {
  status: 200,
  cause: 'complete',
  usage: { fresh: 7, cacheRead: 2, cacheWrite: 3, text: 5, reasoning: 4 },
  errorCode: undefined,
  sample: undefined,
} as const;

export const exchangeRecord: ExchangeRecord = {
  requestId: 'req_1',
  exchangeId: 'req_1',
  traceId: undefined,
  method: 'POST',
  clientFormat: 'openai-chat',
  upstreamFormat: 'gemini',
  provider: 'gemini',
  channel: 'google',
  attempts: ['main:503', 'google:200'],
  model: 'fast',
  upstreamModel: 'our-model',
  keyId: 'key_1',
  keyName: 'team "a"\\\nof us',
  user: 'alice',
  isEstimated: false,
  costMicroUsd: 12,
  stream: true,
  detection: undefined,
  losses: [],
  mediaFetches: [],
  durationMs: 1_200,
  firstByteMs: 300,
  firstOutputMs: 400,
  outcome,
};
