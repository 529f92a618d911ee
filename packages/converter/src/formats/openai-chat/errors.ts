/** Errors: whatever an upstream says into the neutral form, and that into this format's words. */

import { compact } from '../../compact.ts';
import { durationMs, retryAfterOfHeaders, retryAfterOfText } from '../../failure-hints.ts';
import type { UpstreamFailure } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import {
  isObject,
  type JsonObject,
  type JsonValue,
  stringifyJson,
  tryParseJson,
} from '../../json.ts';
import { classify, statusOf } from '../../openai/error-kinds.ts';
import { encodeError } from '../../openai/error-words.ts';
import { MESSAGE_LENGTH_MAX, messageOfText } from '../../openai/failure-text.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';

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

/** The blank line ends an event that was cut off before. */
export function streamError(error: ApiError): string {
  return `\n\n${errorEvent(error)}`;
}

/** No `[DONE]` follows it: a naive reader must not take a cut answer for a whole one. */
export function errorEvent(error: ApiError): string {
  return `data: ${stringifyJson(encodeError(error).body)}\n\n`;
}
