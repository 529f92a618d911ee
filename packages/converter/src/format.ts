/** The contract of a wire format: a client half, with which clients speak to us, and an upstream half. */
import type { MediaPart } from './ir/part.ts';
import type { AnsweredRequest, ChatRequest } from './ir/request.ts';
import type { ApiError, ChatResponse, Usage } from './ir/response.ts';
import type { Emit, StreamPart } from './ir/stream.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Report } from './loss.ts';
import type { SseEvent } from './sse/parser.ts';

export interface Format {
  /** Stable id in lower-case kebab, also the folder's name. */
  readonly id: string;
  readonly client: ClientSide;
  readonly upstream: UpstreamSide;
}

/**
 * What looks at a body undecoded may be given its outline (`outlineOf`), and says the same of it, but for whether a
 * conversation is continued, where all who could tell are in the middle.
 */
export interface ClientSide {
  /** The client's own names of settings that have a name in the neutral form, such as `sampling.topK`. */
  readonly fieldNames: ReadonlyMap<string, string>;
  /** What the request's path and method, headers and body say for this format. */
  recognize(probe: Probe): Recognition;
  /**
   * Checks the few things without which no provider of this format could answer (such as `messages`
   * being an array), for bodies that pass through undecoded. Throws ConversionError.
   */
  checkShape(body: JsonObject): void;
  /** What a conversation keeps from its first request on, undecoded. Never throws. */
  conversation(body: JsonObject): ConversationStart;
  /** Whom the client names as its user, undecoded. */
  user(body: JsonObject): string | undefined;
  /** The most tokens that the answer may have, undecoded; undefined where the request does not say. */
  outputTokensMax(body: JsonObject): number | undefined;
  /** Throws ConversionError for malformed input and for what cannot be carried and must not be dropped. */
  decodeRequest(body: JsonObject, call: Call, report: Report): ChatRequest;
  encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject;
  encodeStream(context: AnswerContext): StreamEncoder;
  encodeError(error: ApiError): { readonly status: number; readonly body: JsonValue };
  /** An error inside a stream that has begun and passes through: ends a cut event first, then says why. */
  streamError(error: ApiError, framing: Framing): string;
  /** What to write during silence in a stream that passes through; never in the middle of an event. */
  keepAlive(framing: Framing): string;
}

export interface ConversationStart {
  /** Instructions and the user's first message, of the first 16 of them. */
  readonly start: readonly JsonValue[];
  /** The other side has spoken already. */
  readonly isContinued: boolean;
  /** The client's own name for what shares a prompt cache. */
  readonly cacheKey?: string | undefined;
}

export type Framing = 'sse' | 'json-array';

export interface UpstreamSide {
  /** Media at an address that this API does not read, while it takes the bytes behind it. */
  needsBytes(part: MediaPart): boolean;
  /** The request has been adapted: what it holds, the target model can do. */
  encodeRequest(request: ChatRequest, report: Report): JsonObject;
  /** Throws ConversionError when the body is an error or no answer at all. */
  decodeResponse(body: JsonObject, report: Report): ChatResponse;
  decodeStream(report: Report): StreamDecoder;
  /** Understands whatever stands in an answer outside 2xx: JSON, an array, HTML, nothing. */
  decodeError(failure: UpstreamFailure): ApiError;
  /** Watches a stream that passes through untouched. */
  observeStream(): StreamObserver;
  /** The member of an answer that holds its usage. */
  readonly usageField: string;
  readUsage(body: JsonObject): Usage | undefined;
  /** Takes other providers' envelopes out of a body that passes through; same object if none. */
  withoutForeignSeals(body: JsonObject): JsonObject;
}

/** What is known of a request before anyone decoded it. `body`: undefined where there is no object. */
export interface Probe {
  readonly method: string;
  /** The path without query, percent-decoded where needed by the reader. */
  readonly path: string;
  readonly query: { get(name: string): string | null };
  header(name: string): string | undefined;
  readonly body: JsonObject | undefined;
}

/** Read lazily: who knows the path needs no look at the body. */
export interface Recognition {
  /** The path is one of this format's generation endpoints. */
  path(): Call | undefined;
  /** The path is another of this format's API: nothing is served there, yet the client is known by it. */
  sibling(): boolean;
  /** Headers that only this format's clients send. */
  header(): string | undefined;
  /** Names of body fields that only this format has. */
  body(): readonly string[];
}

/** What the URL says of a generation request; undefined where the body says it. */
export interface Call {
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
  /** How a stream is framed when it is not SSE. */
  readonly framing?: 'json-array' | undefined;
}

/** Everything that an encoder of answers may need beside the answer itself. */
export interface AnswerContext {
  readonly request: AnsweredRequest;
  /** The model that the upstream was asked for; seals are bound to it. */
  readonly upstreamModel: string;
  /** A fresh random id, such as `msg_` and 24 letters or digits. */
  newId(prefix: string): string;
  nowSeconds(): number;
  readonly report: Report;
  /** Undefined: nobody keeps the answer. */
  readonly kept?: Kept | undefined;
}

/** How an answer that is kept, to be asked for again or gone on from, is told to the client. */
export interface Kept {
  readonly id: string;
  /** Of the kept answer that this one goes on from. */
  readonly previousId?: string | undefined;
  /** An id for one of its items, by which a later request may refer to it; undefined: any fresh one. */
  newItemId?(prefix: string): string;
}

/** An answer outside 2xx, before anyone understood it. */
export interface UpstreamFailure {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

/** One per stream; synchronous; emits zero or more parts an event. Failures are `stream-error` parts. */
export interface StreamDecoder {
  push(event: SseEvent, emit: Emit): void;
  /** The upstream closed the stream: emits `message-end`, or `stream-error` when it was cut. Idempotent. */
  end(emit: Emit): void;
}

export interface StreamEncoder {
  /** Media type of the stream's body. */
  readonly contentType: string;
  push(part: StreamPart, write: (text: string) => void): void;
  /** What to write during silence, so that nobody on the way gives up waiting; empty when nothing may be. */
  keepAlive(): string;
}

/** Reads what metering and failover need from a stream whose bytes are not touched. */
export interface StreamObserver {
  push(event: SseEvent): void;
  /** The first output, or the first sign that the answer is not an error, was seen. */
  begun(): boolean;
  /** Enough was seen that an end of the connection is a good end and not a cut. */
  finished(): boolean;
  usage(): Usage | undefined;
  error(): ApiError | undefined;
}
