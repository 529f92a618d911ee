/** The stages of one exchange: what came in, where it goes, how it ended. */
import type { Call, Detection, Format, JsonObject, Loss, Usage } from 'ai-api-converter';
import type { Credential } from './provider.ts';

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
  /** When the client stops waiting for the answer's beginning, on the monotonic clock. */
  readonly deadlineMs: number;
  header(name: string): string | undefined;
  headerNames(): readonly string[];
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
  readonly channel: string | undefined;
  /** Channel and result of each attempt, in order. */
  readonly attempts: readonly string[];
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
