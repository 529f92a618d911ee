/** What kind of error it is: from its status, its type and code, and where both are vague its message. */
import { kindOfStatus } from '../failure-hints.ts';
import type { ErrorKind } from '../ir/response.ts';

export interface Evidence {
  /** Undefined for errors inside a stream that name none. */
  readonly status: number | undefined;
  /** Type and code, in any vendor's words. */
  readonly words: string;
  readonly message: string;
}

export function classify(evidence: Evidence): ErrorKind {
  const { status, words } = evidence;
  if (isContextLength(evidence)) return 'context-length';
  const byWords = kindOfWords(words);
  if (byWords === 'billing') return byWords;
  const byStatus = status === undefined ? undefined : kindOfStatus(status);
  if (byStatus === undefined) return byWords ?? 'server';
  if (byStatus === 'invalid-request') return byWords ?? kindOfMessage(evidence) ?? byStatus;
  const isBusy = byWords === 'overloaded' || byWords === 'rate-limited' || byWords === 'timeout';
  return byStatus === 'server' && isBusy ? byWords : byStatus;
}

const statusOfKinds: { readonly [kind in ErrorKind]: number } = {
  'invalid-request': 400,
  'context-length': 400,
  authentication: 401,
  billing: 402,
  permission: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'rate-limited': 429,
  overloaded: 503,
  timeout: 504,
  server: 502,
  cancelled: 499,
};

export function statusOf(kind: ErrorKind): number {
  return statusOfKinds[kind];
}

/** In order: the first that fits counts. */
const wordKinds: readonly (readonly [RegExp, ErrorKind])[] = [
  [/insufficient_quota|billing|payment|insufficient_(balance|credits?|funds)/i, 'billing'],
  [/image|_policy|invalid_prompt|data_residency/i, 'invalid-request'],
  [/rate_?limit|usage_limit|too_many_requests|resource_?exhausted|throttl/i, 'rate-limited'],
  [/overloaded|unavailable|insufficient_system_resource|no_capacity|slow_down/i, 'overloaded'],
  [/invalid_api_key|authentication|unauthorized|unauthenticated/i, 'authentication'],
  [/permission|forbidden/i, 'permission'],
  [/not_?found/i, 'not-found'],
  [/too_large/i, 'too-large'],
  [/time_?out|timed_out|deadline/i, 'timeout'],
  [/invalid|bad_?request|unprocessable|unsupported|tool_use_failed/i, 'invalid-request'],
];

function kindOfWords(words: string): ErrorKind | undefined {
  return wordKinds.find(([pattern]) => pattern.test(words))?.[1];
}

/** Only for a bare 400, with which Google's compatible endpoint answers to a bad key. */
function kindOfMessage({ status, message }: Evidence): ErrorKind | undefined {
  const isBadKey = status === 400 && /\bapi key (not valid|expired|not found)/i.test(message);
  return isBadKey ? 'authentication' : undefined;
}

const contextCodes =
  /context_length|context_window|prompt_too_long|max_prompt|string_above_max_context/i;

const contextMessages: readonly RegExp[] = [
  /maximum (context|prompt) length/i,
  /context (length|window|size)\b.{0,80}(exceed|limit|too|larger|is only)/i,
  /(exceeds?|exceeded|larger than|too long for|beyond|over) .{0,60}context (length|window|size|limit)/i,
  /(prompt|input|request) (is|was) too long/i,
  /input token count.{0,60}exceeds/i,
  /too many (input |prompt )?tokens\b(?!.{0,30}per)/i,
  /token limit (reached|exceeded)/i,
  /reduce the length of the (messages|prompt|input)/i,
];

function isContextLength({ status, words, message }: Evidence): boolean {
  if (contextCodes.test(words)) return true;
  // Limits a minute speak of too many tokens too.
  if (status === 429 || status === 401 || status === 403) return false;
  return contextMessages.some((pattern) => pattern.test(message));
}
