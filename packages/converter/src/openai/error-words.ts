/** How OpenAI's formats say what kind of error it is: status, type and code. */
import { clientStatus } from '../errors.ts';
import type { ApiError, ErrorKind } from '../ir/response.ts';

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

/** A code that says more than the kind is kept; another vendor's word for the kind is not. */
export function codeOf({ kind, code }: ApiError): string | null {
  const usual = sayings[kind].code;
  return code === undefined || foreignWord.test(code) || fixedCodes.has(kind) ? usual : code;
}

/** As the `error` of a body. */
type ErrorWords = {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
};

export function encodeError(error: ApiError): {
  readonly status: number;
  readonly body: { readonly error: ErrorWords };
} {
  const { message, kind, param = null } = error;
  const { status, type } = sayings[kind];
  return {
    status: clientStatus(error, status),
    body: { error: { message, type, param, code: codeOf(error) } },
  };
}
