/** Which headers cross the gateway, in each direction: allow lists, so that nothing leaks by accident. */

import { traceContextOf } from '../lib/trace-context.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Headers, RawRequest } from '../model/http.ts';
import type { Credential } from '../model/provider.ts';

const requestNames = new Set(['idempotency-key', 'user-agent', 'x-app']);
const requestPrefixes = [
  'anthropic-',
  'openai-',
  'x-goog-',
  'x-stainless-',
  'x-claude-code-',
  'x-gemini-',
];
/** Which account of the client's own pays: nothing to a key that is not the client's. */
const accountNames = new Set(['openai-organization', 'openai-project', 'x-goog-user-project']);
const secretNames = new Set(['x-goog-api-key', 'x-api-key', 'authorization']);

const answerNames = new Set([
  'request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'openai-processing-ms',
  'openai-model',
  'openai-version',
  'x-models-etag',
  'x-gemini-service-tier',
  'server-timing',
]);
const answerPrefixes = ['anthropic-ratelimit-', 'x-ratelimit-', 'x-codex-'];

/** Client headers that the same vendor's upstream should see as they are. */
export function vendorHeaders(ingress: Ingress, hasOwnKey: boolean): Headers {
  const headers: { [name: string]: string } = {};
  for (const name of ingress.headerNames()) {
    if (secretNames.has(name) || (hasOwnKey && accountNames.has(name))) continue;
    if (!requestNames.has(name) && !requestPrefixes.some((prefix) => name.startsWith(prefix)))
      continue;
    const value = ingress.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/** What a client may call its request for OpenAI, and anybody else may read. */
const CLIENT_REQUEST_ID = 'x-client-request-id';
const clientRequestId = /^[\x20-\x7e]{1,512}$/;

/** By which an upstream's log and ours can be told to be about one request; for every upstream. */
export function requestIdHeaders(ingress: Ingress, requestId: string): Headers {
  const own = ingress.header(CLIENT_REQUEST_ID);
  return own !== undefined && clientRequestId.test(own)
    ? { 'x-request-id': requestId, [CLIENT_REQUEST_ID]: own }
    : { 'x-request-id': requestId };
}

/** The trace that the client's request is part of, as it came; for every upstream. */
export function clientTraceHeaders({ header }: Ingress): Headers {
  const traceparent = header('traceparent');
  const context = traceparent === undefined ? undefined : traceContextOf(header);
  if (traceparent === undefined || context === undefined) return {};
  return context.state === undefined ? { traceparent } : { traceparent, tracestate: context.state };
}

/**
 * Headers of an upstream's answer that the client should see, whatever its format. `x-request-id` is
 * the gateway's own: the upstream's goes by another name.
 */
export function answerHeaders(upstream: Headers): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const name in upstream) {
    if (!answerNames.has(name) && !answerPrefixes.some((prefix) => name.startsWith(prefix)))
      continue;
    const value = upstream[name];
    if (value !== undefined) headers[name] = value;
  }
  const requestId = upstream['x-request-id'];
  if (requestId !== undefined) headers['x-dragoman-upstream-request-id'] = requestId;
  return headers;
}

/** The client's key, from any vendor's header or from `?key=`; the vendors' own headers first. */
export function findCredential(
  header: (name: string) => string | undefined,
  query: RawRequest['query'],
): Credential | undefined {
  const apiKey = header('x-api-key') ?? header('x-goog-api-key');
  if (apiKey !== undefined && apiKey !== '') return { scheme: 'api-key', secret: apiKey };
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(header('authorization') ?? '')?.[1];
  if (bearer !== undefined) return { scheme: 'bearer', secret: bearer };
  const inQuery = query.get('key');
  return inQuery === null || inQuery === '' ? undefined : { scheme: 'api-key', secret: inQuery };
}
