/** Errors of an upstream of this format, and of what stands before it, into the neutral form. */

import { compact } from '../../compact.ts';
import { retryAfterOfHeaders, retryAfterOfText } from '../../failure-hints.ts';
import type { UpstreamFailure } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue, tryParseJson } from '../../json.ts';
import { classify, statusOf } from '../../openai/error-kinds.ts';
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

/** An answer that says of itself that it failed; undefined for all others. */
export function errorInResponse(response: JsonObject): ApiError | undefined {
  const status = filledIn(response, 'status');
  const isAnswer = response['object'] === 'response' || Array.isArray(response['output']);
  if (response['error'] || status === 'failed' || (!isAnswer && looksLikeError(response))) {
    const complaint = complaintOf(response['error'], 0) ?? complaintOf(response, 0);
    return errorOf(complaint ?? { message: 'the upstream reported that it failed' });
  }
  if (status !== 'cancelled') return undefined;
  return errorOf({ message: 'the upstream cancelled its answer' });
}

/** Flat as the API has it, or with the error inside as some of its streams have it. */
export function errorInEvent(event: JsonObject): ApiError {
  const complaint = complaintOf(event['error'], 0) ?? complaintOf(event, 0);
  return errorOf(complaint ?? { message: 'the upstream reported an error' });
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

function errorOf(complaint: Complaint, told?: number): ApiError {
  const { message, type, code, param } = complaint;
  const status = told ?? complaint.status;
  const kind = classify({ status, words: `${type ?? ''} ${code ?? ''}`, message });
  return compact({
    kind,
    status: status ?? statusOf(kind),
    message,
    code: [code, type].find((word) => word !== undefined && !isGeneral(word)),
    param,
    retryAfterMs: complaint.retryAfterMs ?? retryAfterOfText(message),
  });
}

/** Words that say less than the kind does. */
function isGeneral(word: string): boolean {
  return word === 'invalid_request_error' || word === 'error';
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
  const list = objectsIn(error, 'errors')[0] ?? objectsIn(error, 'detail')[0] ?? {};
  const text =
    filledIn(error, 'message') ??
    filledIn(error, 'detail') ??
    filledIn(error, 'error_message') ??
    filledIn(list, 'message') ??
    filledIn(list, 'msg');
  if (text === undefined) {
    const nested = objectIn(error, 'message') ?? objectIn(error, 'detail');
    const found = complaintOf(nested, depth + 1);
    // A bare code is worth telling.
    const code = filledIn(error, 'code');
    return found ?? (code === undefined ? undefined : { ...ownWords(error), message: code });
  }
  return compact({ ...textComplaint(text, depth), ...ownWords(error) });
}

function ownWords(error: JsonObject): Omit<Complaint, 'message'> {
  const code =
    filledIn(error, 'code') ??
    filledIn(error, 'error_code') ??
    (numberIn(error, 'code') ?? numberIn(error, 'error_code'))?.toString();
  const number = Number(code ?? numberIn(error, 'status_code') ?? numberIn(error, 'status'));
  const isStatus = Number.isInteger(number) && number >= 400 && number < 600;
  const resetSeconds = numberIn(error, 'resets_in_seconds');
  return compact({
    type: filledIn(error, 'type'),
    code: isStatus ? undefined : code,
    param: filledIn(error, 'param'),
    status: isStatus ? number : undefined,
    retryAfterMs: resetSeconds === undefined ? undefined : Math.round(resetSeconds * 1000),
  });
}
