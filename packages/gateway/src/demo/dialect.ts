/** What a simulated provider must know of one vendor's API. */
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from './json.ts';
import type { Answer, Prompt } from './model.ts';

export type Vendor = 'openai' | 'anthropic' | 'gemini';

/** A request as it reached the provider. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body, byte for byte. */
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

export type Delivery = 'whole' | 'sse' | 'json-array';

/** A request that was understood and accepted. */
export interface Call {
  readonly prompt: Prompt;
  readonly delivery: Delivery;
  readonly body: JsonObject;
}

export interface Reply {
  readonly call: Call;
  readonly answer: Answer;
  /** Counts the provider's answers; ids are made of it. */
  readonly count: number;
  /** Seconds since 1970. */
  readonly created: number;
}

/** A piece of a stream, and how many tokens the model spent on it. */
export interface Frame {
  readonly text: string;
  readonly tokens: number;
}

/** A refusal in the vendor's own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: { readonly [name: string]: string };

  constructor(status: number, body: JsonObject, headers: { readonly [name: string]: string } = {}) {
    super(JSON.stringify(body));
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export interface Dialect {
  readonly vendor: Vendor;
  readonly models: readonly string[];
  /** Throws Refusal. */
  readonly read: (request: SeenRequest, accepted: Accepted) => Call;
  readonly whole: (reply: Reply) => JsonObject;
  readonly frames: (reply: Reply) => Iterable<Frame>;
  readonly streamType: (delivery: Delivery) => string;
  readonly headers: (count: number) => { readonly [name: string]: string };
  /** Any failure, as this vendor says it. */
  readonly failure: (status: number, message: string, retryAfterSeconds?: number) => Refusal;
  /** A failure in the middle of a stream. */
  readonly failureFrame: (refusal: Refusal) => string;
}

export interface Accepted {
  readonly key: string;
  readonly models: readonly string[];
}

/** Tokens a few at a time, as vendors send them. */
export function* bundled(tokens: readonly string[], size: number): Generator<Frame> {
  for (let start = 0; start < tokens.length; start += size) {
    const bundle = tokens.slice(start, start + size);
    yield { text: bundle.join(''), tokens: bundle.length };
  }
}
