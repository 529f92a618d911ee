/** Errors: whatever an upstream says into the neutral form, and that into this format's words. */

import { compact } from '../../compact.ts';
import { clientStatus } from '../../errors.ts';
import { durationMs, retryAfterOfHeaders, retryAfterOfText } from '../../failure-hints.ts';
import type { UpstreamFailure } from '../../format.ts';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import {
  isObject,
  type JsonObject,
  type JsonValue,
  stringifyJson,
  tryParseJson,
} from '../../json.ts';
import { classify, statusOf } from '../../openai/error-kinds.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import type { WireError } from './wire.ts';

const MESSAGE_LENGTH_MAX = 2000;

export function decodeError(failure: UpstreamFailure): ApiError {
  const { status, text } = failure;
  const complaint = complaintOf(tryParseJson(text), 0) ?? { message: messageOfText(failure) };
  const error = errorOf(complaint, status);
  return compact({
    ...error,
    status,
    retryAfterMs: retryAfterOfHeaders(failure) ?? error.retryAfterMs,
    requestId: failure.header('x-request-id') ?? failure.header('request-id'),
  });
}

/** An error inside a body or an event that came with status 200; undefined when there is none. */
export function errorInBody(body: JsonObject): ApiError | undefined {
  const isBare = body['choices'] === undefined && looksLikeError(body);
  if (!body['error'] && !isBare) return undefined;
  const complaint = complaintOf(body, 0) ?? { message: 'the upstream reported an error' };
  return errorOf(complaint, complaint.status);
}

function looksLikeError(body: JsonObject): boolean {
  return (
    body['object'] === 'error' ||
    body['type'] === 'error' ||
    body['error_code'] !== undefined ||
    body['detail'] !== undefined
  );
}

interface Complaint {
  readonly message: string;
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

function errorOf(complaint: Complaint, status: number | undefined): ApiError {
  const { message, type, code, param } = complaint;
  const kind = classify({ status, words: `${type ?? ''} ${code ?? ''}`, message });
  return compact({
    kind,
    status: status ?? statusOf(kind),
    message,
    code: code ?? (type === 'invalid_request_error' ? undefined : type),
    param,
    retryAfterMs: complaint.retryAfterMs ?? retryAfterOfText(message),
  });
}

const NESTING_MAX = 4;

/** Finds what is said in `{error: …}`, in an array of it, in bare shapes, or in JSON inside a message. */
function complaintOf(value: JsonValue | undefined, depth: number): Complaint | undefined {
  if (depth > NESTING_MAX) return undefined;
  if (Array.isArray(value)) return complaintOf(listOf(value)[0], depth + 1);
  if (typeof value === 'string') return value === '' ? undefined : textComplaint(value, depth);
  if (!isObject(value)) return undefined;
  const inner = value['error'];
  if (inner !== undefined && inner !== null && typeof inner !== 'boolean') {
    const found = complaintOf(inner, depth + 1);
    if (found !== undefined) return compact({ ...ownWords(value), ...found });
  }
  return objectComplaint(value, depth);
}

function textComplaint(text: string, depth: number): Complaint {
  const nested = /^\s*[[{]/.test(text) ? complaintOf(tryParseJson(text), depth + 1) : undefined;
  return nested ?? { message: text.slice(0, MESSAGE_LENGTH_MAX) };
}

function objectComplaint(error: JsonObject, depth: number): Complaint | undefined {
  const list = objectsIn(error, 'errors')[0] ?? objectsIn(error, 'detail')[0];
  const text =
    filledIn(error, 'message') ??
    filledIn(error, 'detail') ??
    filledIn(error, 'error_message') ??
    filledIn(list ?? {}, 'message') ??
    filledIn(list ?? {}, 'msg');
  if (text === undefined) return complaintOf(error['message'], depth + 1);
  const said = textComplaint(text, depth);
  return compact({ ...said, ...ownWords(error), message: withRaw(said.message, error) });
}

/** OpenRouter's own message is "Provider returned error"; what the provider said stands beside it. */
function withRaw(message: string, error: JsonObject): string {
  const raw = filledIn(objectIn(error, 'metadata') ?? {}, 'raw');
  if (raw === undefined) return message;
  const said = complaintOf(raw, NESTING_MAX - 1)?.message ?? raw;
  return `${message}: ${said.slice(0, MESSAGE_LENGTH_MAX)}`;
}

function ownWords(error: JsonObject): Omit<Complaint, 'message'> {
  const code =
    filledIn(error, 'code') ??
    filledIn(error, 'error_code') ??
    (numberIn(error, 'code') ?? numberIn(error, 'error_code'))?.toString();
  const number = Number(code ?? numberIn(error, 'status_code') ?? numberIn(error, 'status'));
  const isStatus = Number.isInteger(number) && number >= 400 && number < 600;
  const details = objectsIn(error, 'details').flatMap((item) => filledIn(item, 'retryDelay') ?? []);
  return compact({
    type: filledIn(error, 'type') ?? filledIn(error, 'status'),
    code: isStatus ? undefined : code,
    param: filledIn(error, 'param'),
    status: isStatus ? number : (numberIn(error, 'status_code') ?? undefined),
    retryAfterMs: details[0] === undefined ? undefined : durationMs(details[0]),
  });
}

/** A page, an empty body, or bytes that are no text (compressed, say). */
function messageOfText({ status, text }: UpstreamFailure): string {
  const bare = `the upstream answered with status ${status}`;
  const trimmed = text.trim();
  if (trimmed === '') return `${bare} and an empty body`;
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what tells that it is no text
  if (/[\u0000-\u0008\ufffd]/.test(trimmed)) return `${bare} and a body that is no text`;
  if (!trimmed.startsWith('<')) return trimmed.slice(0, MESSAGE_LENGTH_MAX);
  const head = trimmed.slice(0, MESSAGE_LENGTH_MAX);
  const title = /<title[^>]*>([^<]*)</i.exec(head)?.[1]?.trim();
  return title === undefined || title === '' ? `${bare} and a page` : `${bare}: ${title}`;
}

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

/** The blank line ends an event that was cut off before. */
export function streamError(error: ApiError): string {
  return `\n\n${errorEvent(error)}`;
}

/** No `[DONE]` follows it: a naive reader must not take a cut answer for a whole one. */
export function errorEvent(error: ApiError): string {
  return `data: ${stringifyJson(encodeError(error).body)}\n\n`;
}

/** Kinds whose code clients look at: the upstream's own word would hide it from them. */
const fixedCodes: ReadonlySet<ErrorKind> = new Set([
  'authentication',
  'billing',
  'context-length',
  'rate-limited',
]);

export function encodeError(error: ApiError): {
  readonly status: number;
  readonly body: WireError;
} {
  const saying = sayings[error.kind];
  return {
    status: clientStatus(error, saying.status),
    body: {
      error: {
        message: error.message,
        type: saying.type,
        param: error.param ?? null,
        code: codeOf(error, saying),
      },
    },
  };
}

/** Words that name a class of errors at another vendor: `UNAVAILABLE`, `overloaded_error`. */
const foreignWord = /^[A-Z_]+$|_error$|^not_?found$/;

/** A code that says more than the kind is kept; another vendor's word for the kind is not. */
function codeOf({ kind, code }: ApiError, { code: usual }: Saying): string | null {
  return code === undefined || foreignWord.test(code) || fixedCodes.has(kind) ? usual : code;
}
