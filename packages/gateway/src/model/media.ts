/** Media that a request names by address and its upstream takes as bytes alone: the rules, and who fetches them. */
import type { FetchedMedia, NeededMedia } from 'ai-api-converter';

export interface MediaRules {
  /** `https`: public addresses by https alone; `http`: by both. */
  readonly mode: 'off' | 'https' | 'http';
  /** Patterns of hosts, in lower case, that are fetched from; none: any. */
  readonly hosts: readonly string[];
  /** `host` or `host:port`, in lower case: fetched from whatever address they have, by http too. */
  readonly privateHosts: readonly string[];
  readonly itemBytesMax: number;
  /** All media of one request together. */
  readonly totalBytesMax: number;
  readonly itemsMax: number;
  /** For all media of one request, which are fetched side by side. */
  readonly timeoutMs: number;
}

/**
 * `refused`: its address is none that is fetched from. `failed`: it could not be reached, or its server
 * did not give it out. `wrong_type`: it is no media of the kind that its place is for. `cancelled`: the
 * client left, or another of the same request could not be had.
 */
export type MediaOutcome =
  | 'fetched'
  | 'refused'
  | 'failed'
  | 'timeout'
  | 'too_large'
  | 'wrong_type'
  | 'cancelled';

/** For telemetry: nothing of the address, which is part of the prompt. */
export interface MediaFetch {
  /** The place in the client's request. */
  readonly path: string;
  readonly outcome: MediaOutcome;
  readonly bytes: number;
  readonly durationMs: number;
}

export type MediaByUrl = ReadonlyMap<string, FetchedMedia>;

export interface MediaOrder {
  readonly rules: MediaRules;
  /** What the request has already; counts against its bounds. */
  readonly known: MediaByUrl;
  /** Aborted with what is to be thrown. */
  readonly signal: AbortSignal;
  ended(fetch: MediaFetch): void;
}

/** Resolves with what is known and what was needed; rejects with GatewayError for the client. */
export type FetchMedia = (needed: readonly NeededMedia[], order: MediaOrder) => Promise<MediaByUrl>;
