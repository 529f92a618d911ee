/** How OpenAI refuses, in both of its formats. */
import { type ErrorStatus, RETRY_AFTER_SECONDS, type Refusal } from './dialect.ts';

const kinds = {
  400: { type: 'invalid_request_error', code: null },
  401: { type: 'invalid_request_error', code: 'invalid_api_key' },
  429: { type: 'requests', code: 'rate_limit_exceeded' },
} as const;

export function refuseLikeOpenai(status: ErrorStatus, message: string): Refusal {
  return {
    headers: status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {},
    body: { error: { message, param: null, ...kinds[status] } },
  };
}
