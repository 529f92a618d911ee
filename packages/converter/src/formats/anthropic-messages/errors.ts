/** Errors in both directions: whatever an upstream answers outside 2xx, and what clients of this format expect. */
import { clientStatus } from '../../errors.ts';
import {
  kindOfStatus,
  retryAfterOfHeaders,
  retryAfterOfText,
  tellingKindOf,
} from '../../failure-hints.ts';
import type { UpstreamFailure } from '../../format.ts';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue, tryParseJson } from '../../json.ts';
import type { WireError, WireErrorType } from './wire.ts';

const NESTED_MESSAGES_MAX = 3;
const MESSAGE_CHARACTERS_MAX = 2_000;

const kindsByType: ReadonlyMap<string, ErrorKind> = new Map([
  ['invalid_request_error', 'invalid-request'],
  ['authentication_error', 'authentication'],
  ['billing_error', 'billing'],
  ['permission_error', 'permission'],
  ['not_found_error', 'not-found'],
  ['conflict_error', 'conflict'],
  ['request_too_large', 'too-large'],
  ['rate_limit_error', 'rate-limited'],
  ['timeout_error', 'timeout'],
  ['api_error', 'server'],
  ['overloaded_error', 'overloaded'],
]);

export function decodeError(failure: UpstreamFailure): ApiError {
  const body = tryParseJson(failure.text);
  const wire = errorIn(body);
  const status = failure.status >= 400 ? failure.status : undefined;
  const error = wire === undefined ? unreadable(failure) : errorOf(wire, status);
  const inBody = isObject(body) ? text(body['request_id']) : undefined;
  return {
    ...error,
    retryAfterMs: retryAfterOfHeaders(failure) ?? error.retryAfterMs ?? retryInfo(failure.text),
    requestId: failure.header('request-id') ?? failure.header('x-request-id') ?? inBody,
  };
}

/** The error in a body or event that came with a good status; undefined when it holds none. */
export function errorInBody(body: JsonObject): ApiError | undefined {
  const holdsError = body['error'] !== undefined && body['error'] !== null;
  if (body['type'] !== 'error' && !holdsError) return undefined;
  const wire = errorIn(body);
  const requestId = text(body['request_id']);
  return { ...errorOf(wire ?? {}, undefined), ...(requestId !== undefined && { requestId }) };
}

/** An event that says by its name alone that it is an error. */
export function plainError(words: string): ApiError {
  return { kind: 'server', status: 502, message: words.slice(0, MESSAGE_CHARACTERS_MAX) };
}

/** An object, a list that holds one, or the bare error; unpacks errors written into messages. */
function errorIn(body: JsonValue | undefined, depth = 0): JsonObject | undefined {
  if (Array.isArray(body)) {
    return body.map((entry) => errorIn(entry, depth)).find((error) => error !== undefined);
  }
  if (!isObject(body)) return undefined;
  const { error } = body;
  if (typeof error === 'string') return { message: error };
  const bare = body['message'] ?? body['detail'];
  const wire = isObject(error)
    ? error
    : bare === undefined
      ? undefined
      : { ...body, message: bare };
  const message = wire?.['message'];
  if (typeof message !== 'string' || depth >= NESTED_MESSAGES_MAX) return wire;
  const inner = /^\s*[{[]/.test(message) ? errorIn(tryParseJson(message), depth + 1) : undefined;
  return inner === undefined ? wire : { ...wire, ...inner };
}

function errorOf(wire: JsonObject, httpStatus: number | undefined): ApiError {
  const type = text(wire['type']);
  const named = type === undefined ? undefined : kindsByType.get(type);
  const message = text(wire['message']) ?? type ?? 'the upstream gave no reason';
  const byStatus = httpStatus === undefined ? undefined : tellingKindOf(httpStatus);
  // These two types say least: where the status says more, it is right.
  const isVague = named === 'invalid-request' || named === 'server' || named === undefined;
  const told = (isVague ? byStatus : undefined) ?? named ?? kindOfStatus(httpStatus ?? 500);
  const kind = refined(told, message);
  const details = isObject(wire['details']) ? wire['details'] : {};
  return {
    kind,
    status: httpStatus ?? statusOf(kind),
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    code: text(details['error_code']) ?? type,
    param: fieldIn(message),
    retryAfterMs: retryAfterOfText(message),
  };
}

/** What types and numbers leave open stands in the message. */
function refined(kind: ErrorKind, message: string): ErrorKind {
  if (kind !== 'invalid-request' && kind !== 'permission') return kind;
  if (/credit balance is too low|insufficient (credits?|funds|balance)/i.test(message)) {
    return 'billing';
  }
  return isTooLongForModel(message) ? 'context-length' : kind;
}

const tooLongWords: readonly RegExp[] = [
  /prompt is too long/i,
  /exceeds? (the )?context/i,
  /context[ _-](length|window)/i,
  /maximum context/i,
  /token count .*exceeds/i,
  /too many (input )?tokens/i,
];

function isTooLongForModel(message: string): boolean {
  return tooLongWords.some((words) => words.test(message));
}

const fields: ReadonlySet<string | undefined> = new Set([
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'metadata',
  'model',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
]);

/** `messages.3.content.8: …` names its place first. */
function fieldIn(message: string): string | undefined {
  const [, place, field] = /^((\w+)(?:\.\w+)*):/.exec(message) ?? [];
  return fields.has(field) ? place?.replace(/\.(\d+)(?=\.|$)/g, '[$1]') : undefined;
}

/** Google's clouds serve this format too and keep their own hint in it. */
function retryInfo(body: string): number | undefined {
  const [, seconds] = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body) ?? [];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

/** A page of a proxy, plain words, nothing, or bytes that are no text at all. */
function unreadable({ status, text: body }: UpstreamFailure): ApiError {
  const kind = status < 400 ? 'server' : kindOfStatus(status);
  const message = `the upstream answered ${status}${explanation(body)}`;
  return { kind, status: status < 400 ? statusOf(kind) : status, message };
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

const answers: Readonly<Record<ErrorKind, readonly [status: number, type: WireErrorType]>> = {
  'invalid-request': [400, 'invalid_request_error'],
  'context-length': [400, 'invalid_request_error'],
  authentication: [401, 'authentication_error'],
  billing: [402, 'billing_error'],
  permission: [403, 'permission_error'],
  'not-found': [404, 'not_found_error'],
  conflict: [409, 'conflict_error'],
  'too-large': [413, 'invalid_request_error'],
  'rate-limited': [429, 'rate_limit_error'],
  overloaded: [529, 'overloaded_error'],
  timeout: [504, 'timeout_error'],
  server: [500, 'api_error'],
  cancelled: [499, 'api_error'],
};

function statusOf(kind: ErrorKind): number {
  return answers[kind][0];
}

export function encodeError(error: ApiError): {
  readonly status: number;
  readonly body: WireError;
} {
  const [status, type] = answers[error.kind];
  return {
    status: clientStatus(error, status),
    body: {
      type: 'error',
      error: { type, message: messageOf(error) },
      request_id: error.requestId ?? null,
    },
  };
}

/** Agents shorten their conversation when they read these words, and no others. */
function messageOf({ kind, message }: ApiError): string {
  const isPlain = kind !== 'context-length' || /prompt is too long/i.test(message);
  return isPlain ? message : `prompt is too long: ${message}`;
}

/** As the last event of a stream; nothing follows it. */
export function errorEvent(error: ApiError): string {
  return `event: error\ndata: ${JSON.stringify(encodeError(error).body)}\n\n`;
}

/** The blank line ends an event that was cut off before. */
export function streamError(error: ApiError): string {
  return `\n\n${errorEvent(error)}`;
}
