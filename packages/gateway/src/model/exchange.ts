/** The stages of one exchange: what came in, where it goes, how it ended. */
import type { Call, Detection, Format, JsonObject, Loss, Usage } from 'ai-api-converter';
import type { ProviderId } from './settings.ts';

/** A client's request, read and understood as far as routing needs. */
export interface Ingress {
  readonly format: Format;
  readonly call: Call;
  readonly detection: Detection;
  /** To look at: numbers that a double cannot hold are rounded. */
  readonly body: JsonObject;
  /** To convert: every number as the client wrote it. */
  exactBody(): JsonObject;
  readonly bytes: Uint8Array;
  readonly model: string;
  readonly stream: boolean;
  readonly strict: boolean;
  readonly credential: Credential | undefined;
  header(name: string): string | undefined;
  headerNames(): readonly string[];
}

/** The client's key. Never logged, never in a URL upstream. */
export interface Credential {
  readonly scheme: 'bearer' | 'api-key';
  readonly secret: string;
}

export interface Provider {
  readonly id: ProviderId;
  readonly format: Format;
  /** Path and query of a generation call. */
  path(model: string, stream: StreamFraming | undefined): string;
  /** The headers that carry the credential, in the provider's own way. */
  authorize(credential: Credential): { readonly [name: string]: string };
  /** Headers that every request to this provider must have, unless the client sent its own. */
  readonly headers: { readonly [name: string]: string };
}

export type StreamFraming = 'sse' | 'json-array';

export interface Target {
  readonly provider: Provider;
  readonly origin: string;
  /** The model to ask for. */
  readonly model: string;
}

/** How an exchange ended. */
export type EndCause =
  | 'complete'
  | 'refused'
  | 'client-gone'
  | 'upstream-error'
  | 'upstream-cut'
  | 'timeout'
  | 'shutdown';

export interface Outcome {
  readonly status: number;
  readonly cause: EndCause;
  readonly usage: Usage | undefined;
  /** The machine-readable code of the error that the client got. */
  readonly errorCode: string | undefined;
}

/** Everything that telemetry may know of an exchange; no prompt, no answer, no key. */
export interface ExchangeRecord {
  readonly requestId: string;
  readonly method: string;
  readonly clientFormat: string | undefined;
  readonly upstreamFormat: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly detection: string | undefined;
  readonly losses: readonly Loss[];
  readonly durationMs: number;
  readonly firstByteMs: number | undefined;
  readonly outcome: Outcome;
}

/** May neither wait nor throw. */
export interface Telemetry {
  exchangeEnded(record: ExchangeRecord): void;
}
