/** The one error that conversion throws: a refusal that the client can read, or a failure of the upstream. */
import type { ApiError } from './ir/response.ts';

export class ConversionError extends Error {
  readonly error: ApiError;

  constructor(error: ApiError, cause?: unknown) {
    super(error.message, cause === undefined ? undefined : { cause });
    this.name = 'ConversionError';
    this.error = error;
  }
}

/** The client sent something that no format could mean: wrong type, missing field, bad JSON. */
export function invalidRequest(param: string, message: string): ConversionError {
  return new ConversionError({
    kind: 'invalid-request',
    status: 400,
    code: 'invalid_value',
    param,
    message,
  });
}

/** The client asked for something that the target cannot do and that must not be dropped in silence. */
export function unsupported(param: string, message: string): ConversionError {
  return new ConversionError({
    kind: 'invalid-request',
    status: 400,
    code: 'unsupported_parameter',
    param,
    message,
  });
}

/** The upstream answered with something that is not an answer of its format. */
export function invalidUpstream(message: string, cause?: unknown): ConversionError {
  return new ConversionError(
    { kind: 'server', status: 502, code: 'upstream_invalid_response', message },
    cause,
  );
}

/** Method, media type and content refusals: clients act on the difference to a plain 400. */
const preciseRefusals: ReadonlySet<number> = new Set([405, 415, 422]);

/** The status for a client: a format's standard one for the kind, unless the given one says more. */
export function clientStatus({ kind, status }: ApiError, standard: number): number {
  if (kind === 'server') return status >= 500 && status < 600 ? status : standard;
  return kind === 'invalid-request' && preciseRefusals.has(status) ? status : standard;
}
