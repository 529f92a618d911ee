/** Errors in both directions: whatever an upstream answers outside 2xx, and what Gemini clients expect. */
import { clientStatus } from '../../errors.ts';
import {
  durationMs,
  kindOfStatus,
  retryAfterOfHeaders,
  retryAfterOfText,
} from '../../failure-hints.ts';
import type { UpstreamFailure } from '../../format.ts';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue, tryParseJson } from '../../json.ts';
import { numericOf } from './fields.ts';
import type { WireError } from './wire.ts';

const NESTED_MESSAGES_MAX = 3;
const MESSAGE_CHARACTERS_MAX = 2_000;

const kindsByName: ReadonlyMap<string, ErrorKind> = new Map([
  ['INVALID_ARGUMENT', 'invalid-request'],
  ['FAILED_PRECONDITION', 'invalid-request'],
  ['OUT_OF_RANGE', 'invalid-request'],
  ['UNAUTHENTICATED', 'authentication'],
  ['PERMISSION_DENIED', 'permission'],
  ['NOT_FOUND', 'not-found'],
  ['ABORTED', 'conflict'],
  ['ALREADY_EXISTS', 'conflict'],
  ['RESOURCE_EXHAUSTED', 'rate-limited'],
  ['CANCELLED', 'cancelled'],
  ['INTERNAL', 'server'],
  ['UNKNOWN', 'server'],
  ['DATA_LOSS', 'server'],
  ['UNIMPLEMENTED', 'server'],
  ['UNAVAILABLE', 'overloaded'],
  ['DEADLINE_EXCEEDED', 'timeout'],
]);

export function decodeError(failure: UpstreamFailure): ApiError {
  const wire = errorIn(tryParseJson(failure.text));
  const error = wire === undefined ? unreadable(failure) : errorOf(wire, failure.status);
  const retryAfterMs = retryAfterOfHeaders(failure) ?? error.retryAfterMs;
  const requestId = failure.header('x-request-id') ?? failure.header('request-id');
  return { ...error, retryAfterMs, requestId };
}

/** The error in a body or chunk that came with a good status; undefined when it holds none. */
export function errorInBody(body: JsonValue | undefined): ApiError | undefined {
  if (!isObject(body) && !Array.isArray(body)) return undefined;
  const first = Array.isArray(body)
    ? body.find((entry) => isObject(entry) && isError(entry))
    : body;
  if (!isObject(first) || !isError(first)) return undefined;
  const wire = errorIn(first);
  return wire === undefined ? undefined : errorOf(wire, undefined);
}

function isError(body: JsonObject): boolean {
  return body['error'] !== undefined && body['error'] !== null;
}

/** An object, a list that holds one, or the bare error; unpacks errors written into messages. */
function errorIn(body: JsonValue | undefined, depth = 0): JsonObject | undefined {
  if (Array.isArray(body)) {
    return body.map((entry) => errorIn(entry, depth)).find((error) => error !== undefined);
  }
  if (!isObject(body)) return undefined;
  const { error } = body;
  if (typeof error === 'string') return { ...body, message: error };
  const wire = isObject(error) ? error : typeof body['message'] === 'string' ? body : undefined;
  const message = wire?.['message'];
  if (typeof message !== 'string' || depth >= NESTED_MESSAGES_MAX) return wire;
  const inner = /^\s*[{[]/.test(message) ? errorIn(tryParseJson(message), depth + 1) : undefined;
  return inner === undefined ? wire : { ...wire, ...inner };
}

function errorOf(wire: JsonObject, httpStatus: number | undefined): ApiError {
  const name = text(wire['status'])?.toUpperCase();
  const named = name === undefined ? undefined : kindsByName.get(name);
  const inBody = numericOf(wire['code']);
  const status =
    httpStatus ?? (inBody !== undefined && inBody >= 400 && inBody < 600 ? inBody : undefined);
  const message = text(wire['message']) ?? name ?? 'the upstream gave no reason';
  const details = (Array.isArray(wire['details']) ? wire['details'] : []).filter(isObject);
  const reason = details.map((detail) => text(detail['reason'])).find(Boolean);
  const kind = refined(named ?? kindOfStatus(status ?? 500), { message, reason, status });
  return {
    kind,
    status: status ?? statusOf(kind),
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    code: reason ?? name ?? text(wire['code']) ?? text(wire['type']),
    param: fieldOf(details),
    retryAfterMs: retryInfo(details) ?? retryAfterOfText(message),
  };
}

interface Hints {
  readonly message: string;
  readonly reason: string | undefined;
  readonly status: number | undefined;
}

/** What names and numbers leave open stands in the message. */
function refined(kind: ErrorKind, { message, reason, status }: Hints): ErrorKind {
  if (reason === 'API_KEY_INVALID' || /API key (not valid|not found|expired)/i.test(message)) {
    return 'authentication';
  }
  if (/unregistered callers/i.test(message)) return 'authentication';
  if (kind === 'invalid-request' && isTooLongForModel(message)) return 'context-length';
  if (kind === 'invalid-request' && (status === 413 || /payload size exceeds/i.test(message))) {
    return 'too-large';
  }
  // Ordinary rate limits mention billing too; only spent credit is none.
  if (kind === 'rate-limited') {
    return /credits? (is|are|have been) depleted|spending (cap|limit)/i.test(message)
      ? 'billing'
      : kind;
  }
  const isRefusal = kind === 'permission' || kind === 'invalid-request';
  return isRefusal && /\b(enable|requires?) billing\b/i.test(message) ? 'billing' : kind;
}

const tooLongForModel = [
  /token count .*exceeds/i,
  /exceeds the maximum number of tokens/i,
  /context[ _-](length|window)/i,
  /maximum context/i,
  /prompt is too long/i,
  /too many (input )?tokens/i,
];

function isTooLongForModel(message: string): boolean {
  return tooLongForModel.some((pattern) => pattern.test(message));
}

function fieldOf(details: readonly JsonObject[]): string | undefined {
  for (const { fieldViolations } of details) {
    const [first] = Array.isArray(fieldViolations) ? fieldViolations : [];
    if (isObject(first)) return text(first['field']);
  }
  return undefined;
}

function retryInfo(details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay } of details) {
    if (typeof retryDelay === 'string') return durationMs(retryDelay);
    if (isObject(retryDelay)) {
      const seconds = numericOf(retryDelay['seconds']) ?? 0;
      return seconds * 1000 + Math.round((numericOf(retryDelay['nanos']) ?? 0) / 1e6);
    }
  }
  return undefined;
}

/** A page of a proxy, plain words, nothing, or bytes that are no text at all. */
function unreadable({ status, text: body }: UpstreamFailure): ApiError {
  const kind = kindOfStatus(status);
  return { kind, status, message: `the upstream answered ${status}${explanation(body)}` };
}

function explanation(body: string): string {
  const [, title] = /<title>([^<]{1,200})<\/title>/i.exec(body) ?? [];
  if (title !== undefined) return `: ${title.trim()}`;
  const isText = body.trim() !== '' && !/[<\uFFFD]/.test(body) && !body.includes('\u0000');
  return isText ? `: ${body.trim().slice(0, 500)}` : '';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const statuses: Readonly<Record<ErrorKind, readonly [code: number, name: string]>> = {
  'invalid-request': [400, 'INVALID_ARGUMENT'],
  'context-length': [400, 'INVALID_ARGUMENT'],
  authentication: [401, 'UNAUTHENTICATED'],
  // Clients wait and retry after RESOURCE_EXHAUSTED; no waiting brings the credit back.
  billing: [403, 'PERMISSION_DENIED'],
  permission: [403, 'PERMISSION_DENIED'],
  'not-found': [404, 'NOT_FOUND'],
  conflict: [409, 'ABORTED'],
  'too-large': [413, 'INVALID_ARGUMENT'],
  'rate-limited': [429, 'RESOURCE_EXHAUSTED'],
  overloaded: [503, 'UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
  server: [500, 'INTERNAL'],
  cancelled: [499, 'CANCELLED'],
};

function statusOf(kind: ErrorKind): number {
  return statuses[kind][0];
}

export function encodeError(error: ApiError): {
  readonly status: number;
  readonly body: WireError;
} {
  const [standard, name] = statuses[error.kind];
  const status = clientStatus(error, standard);
  const details = detailsOf(error);
  return {
    status,
    body: {
      error: {
        code: status,
        message: error.message,
        status: name,
        ...(details.length > 0 && { details }),
      },
    },
  };
}

/** Kinds that a field of the request can be at fault for. */
const badRequests: ReadonlySet<ErrorKind> = new Set([
  'invalid-request',
  'context-length',
  'too-large',
]);

function detailsOf(error: ApiError): readonly JsonObject[] {
  const { kind, param, message, retryAfterMs } = error;
  const type = (name: string): string => `type.googleapis.com/google.rpc.${name}`;
  const details: JsonObject[] = [];
  if (param !== undefined && badRequests.has(kind)) {
    const fieldViolations = [{ field: param, description: message }];
    details.push({ '@type': type('BadRequest'), fieldViolations });
  }
  if (retryAfterMs !== undefined) {
    details.push({ '@type': type('RetryInfo'), retryDelay: `${retryAfterMs / 1000}s` });
  }
  return details;
}
