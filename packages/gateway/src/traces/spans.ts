/**
 * The spans of an exchange that is over: one of what the client asked, one below it for each attempt.
 * A closed list of attributes: no prompt, body, key or header, and no text of an upstream's error.
 */
import type { ExchangeRecord } from '../model/exchange.ts';
import type { TracedAttempt, TracedExchange } from './exchange-trace.ts';
import { genAi, operationOf, providerNames } from './gen-ai-names.ts';
import type { Attributes, Span } from './otlp.ts';

export function spansOf(exchange: TracedExchange, record: ExchangeRecord): readonly Span[] {
  const { attempts } = exchange;
  return [
    requestSpan(exchange, record),
    ...attempts.map((attempt, index) =>
      attemptSpan(exchange, attempt, {
        record,
        isLast: index === attempts.length - 1,
      }),
    ),
  ];
}

/** Any other is a client's own invention, and no name to group by. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']);

/** What the log says of a client that left; no answer had this status. */
const STATUS_CLIENT_GONE = 499;

function requestSpan(exchange: TracedExchange, record: ExchangeRecord): Span {
  const { context, parentId, route, startMs, endMs, toUnixMs, attempts } = exchange;
  const { outcome } = record;
  const method = methodOf(record);
  const error = errorOfRequest(record);
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    parentId,
    isParentRemote: parentId !== undefined,
    kind: 'server',
    name: httpName(method, route),
    startMs: startMs + toUnixMs,
    endMs: endMs + toUnixMs,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code':
        outcome.status === STATUS_CLIENT_GONE ? undefined : outcome.status,
      'error.type': error,
      'dragoman.client_format': record.clientFormat,
      'dragoman.upstream_format': record.upstreamFormat,
      'dragoman.channel': record.channel,
      'dragoman.key': record.keyId,
      'dragoman.attempts': attempts.length,
      'dragoman.end': outcome.cause,
      'dragoman.losses': record.losses.length,
    },
    isError: isFault(error),
  };
}

function methodOf({ method }: ExchangeRecord): string {
  return methods.has(method) ? method : '_OTHER';
}

function httpName(method: string, route: string | undefined): string {
  const verb = method === '_OTHER' ? 'HTTP' : method;
  return route === undefined ? verb : `${verb} ${route}`;
}

/** A client's own mistake is no error of the server's. */
function errorOfRequest({ outcome }: ExchangeRecord): string | undefined {
  const { status, cause } = outcome;
  if (cause === 'client-gone') return cause;
  if (status >= 400) return status >= 500 ? String(status) : undefined;
  return cause === 'complete' ? undefined : cause;
}

/** That a client left is said, but nobody's fault. */
function isFault(error: string | undefined): boolean {
  return error !== undefined && error !== 'client-gone';
}

interface Ended {
  readonly record: ExchangeRecord;
  readonly isLast: boolean;
}

function attemptSpan(
  exchange: TracedExchange,
  attempt: TracedAttempt,
  { record, isLast }: Ended,
): Span {
  const { context, toUnixMs } = exchange;
  const { target, startMs, formatId } = attempt;
  const operation = operationOf(exchange.route);
  const { channel } = target;
  const method = methodOf(record);
  // What names no model is routed by a name of ours, which says nothing to anybody else.
  const model = record.model === undefined ? undefined : target.model;
  const { outcome } = record;
  const ending = outcome.cause === 'complete' ? undefined : outcome.cause;
  const error = attempt.failure ?? ending;
  const isAnswered = attempt.failure === undefined;
  const firstOutputMs = isAnswered && record.stream ? outcome.firstOutputAtMs : undefined;
  return {
    traceId: context.traceId,
    spanId: attempt.spanId,
    parentId: context.spanId,
    isParentRemote: false,
    kind: 'client',
    name: operation === undefined ? httpName(method, exchange.route) : `${operation} ${model}`,
    startMs: startMs + toUnixMs,
    endMs: (attempt.endMs ?? exchange.endMs) + toUnixMs,
    attributes: {
      [genAi.operationName]: operation,
      [genAi.providerName]: providerNames[channel.provider.id],
      [genAi.requestModel]: model,
      [genAi.requestStream]: model === undefined ? undefined : record.stream,
      [genAi.timeToFirstChunk]:
        firstOutputMs === undefined ? undefined : { double: (firstOutputMs - startMs) / 1_000 },
      ...(isLast ? usageOf(record) : {}),
      'http.request.method': operation === undefined ? method : undefined,
      'server.address': channel.host,
      'server.port': portOf(channel.origin),
      'error.type': error,
      'dragoman.channel': channel.id,
      'dragoman.upstream_format': formatId,
    },
    isError: isFault(error),
  };
}

/** Of the last attempt: the others failed, and what they may have cost nobody knows. */
function usageOf({ outcome, isEstimated }: ExchangeRecord): Attributes {
  const { usage } = outcome;
  if (usage === undefined) return {};
  const { fresh, cacheRead, cacheWrite, text, reasoning } = usage;
  return {
    [genAi.inputTokens]: fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
    [genAi.outputTokens]: text + (reasoning ?? 0),
    [genAi.cacheReadTokens]: cacheRead,
    [genAi.cacheWriteTokens]: cacheWrite,
    [genAi.reasoningTokens]: reasoning,
    'dragoman.usage_estimated': isEstimated ? true : undefined,
  };
}

function portOf(origin: string): number {
  const { port, protocol } = new URL(origin);
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
