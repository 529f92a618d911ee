/** A client library behind one shape: a conversation that a user of it would program. */
import type { LibraryId } from '../catalogue.ts';

export interface Wishes {
  /** The gateway's address, without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly streams: boolean;
  /** Whether the tool is offered; its calls are answered until none is left. */
  readonly tools: boolean;
  readonly reasons: boolean;
  /** Whether the answer is to follow the schema. */
  readonly schema: boolean;
}

export interface Reply {
  readonly text: string;
  /** In how many pieces the text came. */
  readonly pieces: number;
  readonly reasoning: string;
  /** What the library made of an answer by the schema. */
  readonly value: unknown;
  /** Of the last answer. */
  readonly usage: { readonly input: number; readonly output: number };
}

export interface Conversation {
  /** `picture`: shown beside the text. */
  say(
    prompt: string,
    options: { readonly model: string; readonly picture: boolean },
  ): Promise<Reply>;
}

/** What a library says of a failure. */
export interface Failure {
  readonly kind: 'bad-request' | 'authentication' | 'rate-limit' | 'foreign';
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
}

export interface Client {
  readonly id: LibraryId;
  open(wishes: Wishes): Conversation;
  failureOf(error: unknown): Failure;
}

export const kindOfStatus = (status: unknown): Failure['kind'] =>
  status === 400
    ? 'bad-request'
    : status === 401
      ? 'authentication'
      : status === 429
        ? 'rate-limit'
        : 'foreign';

/** Seconds that a body in Gemini's format says. */
export function retryDelayIn(body: string): string | undefined {
  return /"retryDelay":\s*"(?<seconds>\d+)s"/.exec(body)?.groups?.['seconds'];
}
