/** What goes wrong upstream, as values that the client can be told. */
import { type ApiError, ConversionError } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { failureOf, GatewayError } from '../model/errors.ts';
import type { Headers } from '../model/http.ts';
import type { Timeouts } from '../model/settings.ts';

/** The upstream refused or failed before the commit point. */
export class UpstreamRefusal extends Error {
  readonly error: ApiError;
  readonly headers: Headers;
  /** The upstream's own bytes, where its format is the client's. */
  readonly own: { readonly status: number; readonly body: Uint8Array } | undefined;

  constructor(
    error: ApiError,
    headers: Headers,
    own?: { readonly status: number; readonly body: Uint8Array },
  ) {
    super(error.message);
    this.name = 'UpstreamRefusal';
    this.error = error;
    this.headers = headers;
    this.own = own;
  }
}

export function idleFailure(timeouts: Timeouts): GatewayError {
  return new GatewayError('upstream-timeout', `the upstream fell silent for ${timeouts.idleMs} ms`);
}

/** It is never followed: the key would go along to wherever it points. */
export function redirectFailure(status: number): GatewayError {
  const told = `the upstream answered with a redirect (status ${status}), which is never followed; its address may be wrong`;
  return new GatewayError('upstream-redirect', told);
}

/** What a client is told of any failure. */
export function errorOf(cause: unknown): ApiError {
  if (
    cause instanceof UpstreamRefusal ||
    cause instanceof ConversionError ||
    cause instanceof GatewayError
  )
    return cause.error;
  return failureOf('internal', 'the gateway failed on this request; its log says why');
}

/** A word for log and traces: an upstream may write anything in the place of its code. */
export function wordOf({ code, kind }: ApiError): string {
  return code !== undefined && /^[\w.:-]{1,64}$/.test(code) ? code : kind;
}

/** An upstream may repeat the key that it was sent; where that is the gateway's, no client may see it. */
export function withoutSecret(cause: unknown, secret: string | undefined): unknown {
  if (secret === undefined) return cause;
  const hide = (text: string): string => text.replaceAll(secret, HIDDEN);
  if (cause instanceof ConversionError)
    return new ConversionError({ ...cause.error, message: hide(cause.error.message) }, cause);
  if (!(cause instanceof UpstreamRefusal)) return cause;
  const { error, headers, own } = cause;
  const body = own === undefined ? undefined : hideIn(own.body, secret);
  return new UpstreamRefusal(
    { ...error, message: hide(error.message) },
    headers,
    own === undefined || body === undefined ? own : { ...own, body },
  );
}

const HIDDEN = '[key]';

/** Undefined: it is not in there, and the bytes stay as they came. */
function hideIn(body: Uint8Array, secret: string): Uint8Array | undefined {
  const text = textOf(body);
  return text.includes(secret) ? Buffer.from(text.replaceAll(secret, HIDDEN)) : undefined;
}
