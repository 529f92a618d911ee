/** Phase 5, the other way: an error in the client's own words. Never throws. */
import { type ApiError, clientError, type Format, stringifyJson } from 'ai-api-converter';
import { GatewayError } from '../model/errors.ts';
import type { EndCause, Outcome } from '../model/exchange.ts';
import type { Headers, Reply } from '../model/http.ts';
import { errorOf, UpstreamRefusal, wordOf } from './failure.ts';
import { answerHeaders } from './headers.ts';

interface Refusal {
  readonly format: Format;
  readonly reply: Reply;
  readonly headers: Headers;
  readonly cause: unknown;
  begun(): void;
}

export function refuse({ format, reply, headers, cause, begun }: Refusal): Outcome {
  const told = errorOf(cause);
  const error = { ...told, requestId: told.requestId ?? headers['x-request-id'] };
  const errorCode = wordOf(error);
  if (reply.isGone())
    return {
      status: 499,
      cause: 'client-gone',
      usage: undefined,
      sample: undefined,
      errorCode: 'client_gone',
    };
  if (reply.isBegun()) {
    // Nothing can be said any more; a cut connection is the only honest end.
    reply.destroy();
    return { status: 200, cause: 'upstream-error', usage: undefined, sample: undefined, errorCode };
  }
  const own = cause instanceof UpstreamRefusal ? cause.own : undefined;
  const upstreamHeaders = cause instanceof UpstreamRefusal ? cause.headers : {};
  const { status, body, contentType } =
    own === undefined ? inClientsWords(format, error) : asItCame(own, upstreamHeaders);
  begun();
  reply.head(status, {
    ...headers,
    ...answerHeaders(upstreamHeaders),
    ...retryHeader(error, upstreamHeaders),
    ...(errorCode === 'method_not_allowed' ? { allow: 'POST' } : {}),
    ...(cause instanceof GatewayError ? cause.headers : {}),
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
  });
  reply.end(body);
  return {
    status,
    cause: endOf(cause),
    usage: undefined,
    sample: undefined,
    errorCode,
  };
}

/** Who is told apart: the upstream that failed, and the gateway that refuses. */
function endOf(cause: unknown): EndCause {
  if (cause instanceof UpstreamRefusal) return 'upstream-error';
  if (!(cause instanceof GatewayError)) return 'refused';
  if (cause.code === 'shutting-down') return 'shutdown';
  if (timeouts.has(cause.code)) return 'timeout';
  return cause.code.startsWith('upstream-') ? 'upstream-error' : 'refused';
}

const timeouts: ReadonlySet<string> = new Set(['upstream-timeout', 'upstream-connect-timeout']);

interface Words {
  readonly status: number;
  readonly body: Uint8Array | string;
  readonly contentType: string;
}

function inClientsWords(format: Format, error: ApiError): Words {
  const { status, body } = clientError(format, error);
  return { status, body: stringifyJson(body), contentType: 'application/json' };
}

function asItCame(
  own: { readonly status: number; readonly body: Uint8Array },
  headers: Headers,
): Words {
  return { ...own, contentType: headers['content-type'] ?? 'application/json' };
}

function retryHeader(error: ApiError, upstream: Headers): Headers {
  if (error.retryAfterMs === undefined || upstream['retry-after'] !== undefined) return {};
  return { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
}
