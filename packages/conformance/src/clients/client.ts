/** A client of one format: the official SDK behind one shape, and what came over the wire to it. */
import type { Ask } from '../ask.ts';
import type { Answer, FormatId } from '../judge/meaning.ts';

/** Where the gateway is, and who asks. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly key: string;
  readonly headers: { readonly [name: string]: string };
}

export interface Asking extends Endpoint {
  readonly model: string;
  readonly ask: Ask;
  readonly stream: boolean;
  /** The user leaves. */
  readonly signal?: AbortSignal | undefined;
  /** Called when words have come, while the stream goes on. */
  readonly onWords?: (() => void) | undefined;
}

export interface Client {
  readonly format: FormatId;
  ask(asking: Asking): Promise<Exchange>;
  /** Names of models, without what the format puts in front of them. */
  listModels(endpoint: Endpoint): Promise<readonly string[]>;
  /** Undefined: the format has no such call. */
  readonly countTokens: ((asking: Asking) => Promise<number>) | undefined;
}

export interface Exchange {
  /** What the SDK made of the answer; undefined when it threw. */
  readonly answer: Answer | undefined;
  readonly failure: Failure | undefined;
  readonly wire: Wire;
  /** Asks again with this answer, and what its calls gave, in the history. */
  goOn(results: readonly string[]): Promise<Exchange>;
}

interface Failure {
  /** Thrown as the SDK's own kind of error. */
  readonly isOwn: boolean;
  readonly message: string;
}

/** The answer as it was on the wire. */
export interface Wire {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The connection broke before the end. */
  readonly cut: boolean;
}

export interface Attempt<Native> {
  readonly native: Native | undefined;
  readonly failure: Failure | undefined;
}

/** Runs an SDK, and takes what it throws for an outcome. */
export async function attempt<Native>(
  run: () => Promise<Native>,
  isOwn: (cause: unknown) => boolean,
): Promise<Attempt<Native>> {
  try {
    return { native: await run(), failure: undefined };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { native: undefined, failure: { isOwn: isOwn(cause), message } };
  }
}
