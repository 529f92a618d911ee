/** Pages in browsers: which may ask and read the answers. Without an origin allowed there is none of it. */
import { newId } from '../lib/ids.ts';
import { requestIdOf } from '../lib/request-id.ts';
import type { Headers, RawRequest, Reply } from '../model/http.ts';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = '600';

/** Names of fields as browsers list them. */
const fieldList = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;

/** What a page may read of every answer anyway. */
const readable = new Set(['content-length', 'content-type', 'cache-control', 'expires']);

/** The reply to go on with; undefined: it was a browser's question ahead of a request, and is answered. */
export function replyAcrossOrigins(
  raw: RawRequest,
  reply: Reply,
  origins: ReadonlySet<string>,
): Reply | undefined {
  if (origins.size === 0) return reply;
  const allowed = allowedOrigin(raw.header('origin'), origins);
  if (allowed === undefined) return reply;
  const wanted = raw.header('access-control-request-method');
  if (raw.method !== 'OPTIONS' || wanted === undefined)
    return { ...reply, head: (status, headers) => reply.head(status, shown(headers, allowed)) };
  const fields = raw.header('access-control-request-headers') ?? '';
  reply.head(204, {
    'x-request-id': requestIdOf(raw.header('x-request-id'), newId),
    'access-control-allow-origin': allowed,
    'access-control-allow-methods': METHODS,
    ...(fieldList.test(fields) && { 'access-control-allow-headers': fields }),
    'access-control-max-age': PREFLIGHT_SECONDS,
    vary: 'Origin, Access-Control-Request-Headers',
  });
  reply.end();
  return undefined;
}

function allowedOrigin(
  origin: string | undefined,
  origins: ReadonlySet<string>,
): string | undefined {
  if (origin === undefined) return undefined;
  if (origins.has('*')) return '*';
  return origins.has(origin) ? origin : undefined;
}

/** All that an answer has is for the page too: whoever reads the answer may read how it came about. */
function shown(headers: Headers, origin: string): Headers {
  return {
    ...headers,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': Object.keys(headers)
      .filter((name) => !readable.has(name))
      .join(', '),
    vary: 'Origin',
  };
}
