/** Errors in the words of this format: as an answer of their own, and inside a stream. */
import { clientStatus } from '../../errors.ts';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';

interface Saying {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
}

const invalid = 'invalid_request_error';

const sayings: { readonly [kind in ErrorKind]: Saying } = {
  'invalid-request': { status: 400, type: invalid, code: null },
  'context-length': { status: 400, type: invalid, code: 'context_length_exceeded' },
  authentication: { status: 401, type: invalid, code: 'invalid_api_key' },
  billing: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { status: 403, type: invalid, code: 'permission_denied' },
  'not-found': { status: 404, type: invalid, code: 'model_not_found' },
  conflict: { status: 409, type: invalid, code: 'conflict' },
  'too-large': { status: 413, type: invalid, code: 'request_too_large' },
  'rate-limited': { status: 429, type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded' },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
  server: { status: 500, type: 'server_error', code: null },
  cancelled: { status: 499, type: invalid, code: 'request_cancelled' },
};

/** Kinds whose code clients look at: the upstream's own word would hide it from them. */
const fixedCodes: ReadonlySet<ErrorKind> = new Set([
  'authentication',
  'billing',
  'context-length',
  'rate-limited',
]);

/** Words that name a class of errors at another vendor: `UNAVAILABLE`, `overloaded_error`. */
const foreignWord = /^[A-Z_]+$|_error$|^not_?found$/;

export function encodeError(error: ApiError): {
  readonly status: number;
  readonly body: JsonObject;
} {
  const saying = sayings[error.kind];
  const { message, param } = error;
  const body = { message, type: saying.type, param: param ?? null, code: codeOf(error, saying) };
  return { status: clientStatus(error, saying.status), body: { error: body } };
}

function codeOf({ kind, code }: ApiError, { code: usual }: Saying): string | null {
  return code === undefined || foreignWord.test(code) || fixedCodes.has(kind) ? usual : code;
}

/** What a response that failed says of it; typed clients insist on a code. */
export function failureOf(error: ApiError): { readonly code: string; readonly message: string } {
  return { code: codeOf(error, sayings[error.kind]) ?? 'server_error', message: error.message };
}

/** For a stream in which no response has begun, or whose bytes pass through. */
function errorEvent(error: ApiError, sequenceNumber: number): string {
  const event = {
    type: 'error',
    ...failureOf(error),
    param: error.param ?? null,
    sequence_number: sequenceNumber,
  };
  return `event: error\ndata: ${stringifyJson(event)}\n\n`;
}

/** The blank line ends an event that was cut off before; how many there were nobody counted. */
export function streamError(error: ApiError): string {
  return `\n\n${errorEvent(error, 0)}`;
}
