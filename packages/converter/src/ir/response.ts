/** The neutral form of an answer: what was said, why it ended, what it cost, or what went wrong. */
import type { Part } from './part.ts';

export interface ChatResponse {
  readonly id: string;
  /** The model as the upstream names it. */
  readonly model: string;
  readonly candidates: readonly Candidate[];
  readonly usage?: Usage | undefined;
}

export interface Candidate {
  readonly parts: readonly Part[];
  readonly finish: Finish;
}

export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-length'
  | 'tool-calls'
  | 'content-filter'
  | 'pause'
  | 'malformed-tool-call'
  | 'other';

export interface Finish {
  readonly reason: FinishReason;
  /** The upstream's own word. */
  readonly raw?: string | undefined;
  /** Which stop sequence was met, where the upstream says. */
  readonly stopSequence?: string | undefined;
  /** The upstream's explanation, for people. */
  readonly message?: string | undefined;
}

/**
 * Token counts in buckets that do not overlap; undefined: the upstream did not say.
 * Input is fresh + cacheRead + cacheWrite; output is text + reasoning.
 */
export interface Usage {
  readonly fresh: number;
  readonly cacheRead?: number | undefined;
  /** All cache writes, the long-lived ones included. */
  readonly cacheWrite?: number | undefined;
  /** The part of `cacheWrite` that lives for hours. */
  readonly cacheWriteLong?: number | undefined;
  /** Generated tokens other than reasoning. */
  readonly text: number;
  readonly reasoning?: number | undefined;
  /** The part of the input that was audio. */
  readonly audioInput?: number | undefined;
  /** The part of `text` that was audio. */
  readonly audioOutput?: number | undefined;
}

export type ErrorKind =
  | 'invalid-request'
  | 'context-length'
  | 'authentication'
  | 'billing'
  | 'permission'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'rate-limited'
  | 'overloaded'
  | 'timeout'
  | 'server'
  | 'cancelled';

export interface ApiError {
  readonly kind: ErrorKind;
  /** HTTP status as the upstream (or the gateway) meant it; each client half maps it to its own. */
  readonly status: number;
  readonly message: string;
  /** The upstream's machine-readable code. */
  readonly code?: string | undefined;
  /** The request field at fault, as a path such as `messages[2].content`. */
  readonly param?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}
