/** The contract of the memory of answers, which the Responses API calls stored responses. */
import type { Affinity } from './snapshot.ts';

/**
 * JSON in UTF-8. Items of a conversation are divided by commas, without the brackets around them, so that
 * pieces can be put together; a piece may be empty.
 */
type Piece = Uint8Array;

export interface StoredResponse {
  /** The conversation up to the answer, in order. */
  readonly input: readonly Piece[];
  readonly output: Piece;
  /** The text of the response object before the items of its output, and after them. */
  readonly before: Piece;
  readonly after: Piece;
}

/** `input` has what is new in it. */
export interface NewResponse extends StoredResponse {
  readonly id: string;
  /** Whose it is: nobody else finds it. */
  readonly owner: string;
  /** What it goes on from. */
  readonly previous: PreviousResponse | undefined;
}

export interface PreviousResponse {
  readonly id: string;
  /** The conversation with its answer, for when it was forgotten meanwhile. */
  readonly items: readonly Piece[];
}

/** Rejects when it cannot be asked. */
export interface ResponseStore {
  /** Undefined: there is none, or not of this owner's, or it was forgotten. */
  find(owner: string, id: string): Promise<StoredResponse | undefined>;
  /** Resolves once it can be found. What is larger than the bounds allow is not kept. */
  keep(response: NewResponse): Promise<void>;
  /** False: there was none. */
  remove(owner: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How full a memory of answers is, and what its bounds have cost since it began. */
export interface ResponseCounts {
  readonly entries: number;
  /** With the conversations before them. */
  readonly bytes: number;
  /** Answers that were forgotten before their time, or not kept at all, by the bound that was reached. */
  readonly dropped: { readonly [bound in 'bytes' | 'bytes_each' | 'per_key']: number };
}

/** What is known of the answers of earlier requests. */
export interface Responses {
  /** Of those whose providers keep none; undefined: switched off. */
  readonly store: ResponseStore | undefined;
  /** Which channel gave one that its provider keeps. */
  readonly homes: Affinity;
}
