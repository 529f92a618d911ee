/** Refusals and failures of the gateway itself: one class, one table. */
import type { ApiError, ErrorKind } from 'ai-api-converter';
import type { Headers } from './http.ts';

interface Failure {
  readonly kind: ErrorKind;
  readonly status: number;
}

const failures = {
  'body-too-large': { kind: 'too-large', status: 413 },
  'body-invalid': { kind: 'invalid-request', status: 400 },
  'body-encoding-unsupported': { kind: 'invalid-request', status: 415 },
  'body-timeout': { kind: 'timeout', status: 408 },
  'unknown-path': { kind: 'not-found', status: 404 },
  'method-not-allowed': { kind: 'invalid-request', status: 405 },
  'key-missing': { kind: 'authentication', status: 401 },
  'key-unknown': { kind: 'authentication', status: 401 },
  'key-expired': { kind: 'authentication', status: 401 },
  'key-forbidden': { kind: 'permission', status: 403 },
  'keys-unavailable': { kind: 'overloaded', status: 503 },
  'rate-limited': { kind: 'rate-limited', status: 429 },
  'budget-exhausted': { kind: 'rate-limited', status: 429 },
  'price-unknown': { kind: 'permission', status: 403 },
  'request-exceeds-limit': { kind: 'invalid-request', status: 400 },
  'limits-unavailable': { kind: 'overloaded', status: 503 },
  'unknown-model': { kind: 'not-found', status: 404 },
  'previous-response-not-found': { kind: 'invalid-request', status: 400 },
  'item-not-found': { kind: 'not-found', status: 404 },
  'response-not-found': { kind: 'not-found', status: 404 },
  'responses-unavailable': { kind: 'overloaded', status: 503 },
  'not-offered': { kind: 'invalid-request', status: 400 },
  'no-channel': { kind: 'overloaded', status: 503 },
  'channel-limited': { kind: 'rate-limited', status: 429 },
  'media-not-fetched': { kind: 'invalid-request', status: 400 },
  'media-too-large': { kind: 'too-large', status: 413 },
  'strict-loss': { kind: 'invalid-request', status: 400 },
  'upstream-connect': { kind: 'server', status: 502 },
  'upstream-connect-timeout': { kind: 'timeout', status: 504 },
  'upstream-reset': { kind: 'server', status: 502 },
  'upstream-credential': { kind: 'server', status: 502 },
  'upstream-invalid-response': { kind: 'server', status: 502 },
  'upstream-redirect': { kind: 'server', status: 502 },
  'upstream-timeout': { kind: 'timeout', status: 504 },
  'shutting-down': { kind: 'overloaded', status: 503 },
  'client-gone': { kind: 'cancelled', status: 499 },
  internal: { kind: 'server', status: 500 },
} as const satisfies { readonly [code: string]: Failure };

export type FailureCode = keyof typeof failures;

interface Circumstances {
  readonly cause?: unknown;
  readonly param?: string;
  readonly retryAfterMs?: number | undefined;
  /** Headers that the refusal has beside those of every answer. */
  readonly headers?: Headers;
}

export class GatewayError extends Error {
  readonly error: ApiError;
  readonly code: FailureCode;
  readonly headers: Headers;

  /** `param`: the request field at fault. */
  constructor(code: FailureCode, message: string, circumstances: Circumstances = {}) {
    const { cause, param, retryAfterMs, headers = {} } = circumstances;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GatewayError';
    this.code = code;
    this.headers = headers;
    this.error = { ...failureOf(code, message), param, retryAfterMs };
  }
}

export function failureOf(code: FailureCode, message: string): ApiError {
  return { ...failures[code], code: code.replaceAll('-', '_'), message };
}
