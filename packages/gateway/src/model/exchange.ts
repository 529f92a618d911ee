/** The stages of one exchange: what came in, where it goes, how it ended. */
import type { Call, Detection, Format, JsonObject, Loss, Usage } from 'ai-api-converter';
import type { Caller } from './keys.ts';
import type { MediaFetch } from './media.ts';
import type { Credential } from './provider.ts';

export interface ParsedBody {
  /**
   * To look at what stands at its top: as `plain`, but long lists may lack what is long between their beginning and
   * their end, and long texts their end, which makes a long body cost half as much or less.
   */
  outline(): JsonObject;
  /** To look at: numbers that a double cannot hold are rounded. */
  plain(): JsonObject;
  /** To convert: every number as the client wrote it. */
  exact(): JsonObject;
  /** What was parsed takes more than the bytes did: it is made anew from them should anybody ask again. */
  letGo(): void;
}

/** A client's request, read and understood as far as routing needs. */
export interface Ingress {
  readonly format: Format;
  readonly call: Call;
  readonly detection: Detection;
  readonly body: ParsedBody;
  readonly bytes: Uint8Array;
  /** How many JSON values its texts that are JSON may hold, as its body may. */
  readonly valuesMax: number;
  readonly model: string;
  readonly stream: boolean;
  readonly strict: boolean;
  /** To be passed on where a channel has no key of its own; never a key of the gateway's. */
  readonly credential: Credential | undefined;
  /** Undefined: nobody asks who it is. */
  readonly caller: Caller | undefined;
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

/** The beginning of an answer: JSON, or the JSON of events, one a line, with the prefix of SSE or without. */
export interface OutputSample {
  readonly text: string;
  /** How many times as long the whole is. */
  readonly scale: number;
}

export interface Outcome {
  readonly status: number;
  readonly cause: EndCause;
  readonly usage: Usage | undefined;
  /** What was said, for when the upstream does not say what it costs. */
  readonly sample: OutputSample | undefined;
  /** Of a stream: when it had said something, on the monotonic clock. */
  readonly firstOutputAtMs?: number | undefined;
  /** Of a stream with output in two reads or more: the mean time between two of them. */
  readonly betweenOutputsMs?: number | undefined;
  /** The machine-readable code of the error that the client got. */
  readonly errorCode: string | undefined;
}

/** Everything that telemetry may know of an exchange; no prompt, no answer, no key. */
export interface ExchangeRecord {
  /** The client's own, where it sent one; not unique therefore. */
  readonly requestId: string;
  /** Unique. */
  readonly exchangeId: string;
  /** Undefined: traces are off. */
  readonly traceId: string | undefined;
  readonly method: string;
  readonly clientFormat: string | undefined;
  readonly upstreamFormat: string | undefined;
  readonly provider: string | undefined;
  readonly channel: string | undefined;
  /** Channel and result of each attempt, in order. */
  readonly attempts: readonly string[];
  readonly model: string | undefined;
  readonly upstreamModel: string | undefined;
  /** The gateway key that asked. */
  readonly keyId: string | undefined;
  readonly keyName: string | undefined;
  readonly user: string | undefined;
  /** The upstream did not report the usage; it is counted by the gateway. */
  readonly isEstimated: boolean;
  /** In millionths of a US dollar; undefined: no price is known. */
  readonly costMicroUsd: number | undefined;
  readonly stream: boolean;
  readonly detection: string | undefined;
  readonly losses: readonly Loss[];
  readonly mediaFetches: readonly MediaFetch[];
  readonly durationMs: number;
  readonly firstByteMs: number | undefined;
  /** Of a stream: how long until it had said something. */
  readonly firstOutputMs: number | undefined;
  readonly outcome: Outcome;
  /** False: nothing was generated, so that there is nothing to bill. */
  readonly isMetered?: boolean;
}

/** May neither wait nor throw. */
export interface Telemetry {
  exchangeEnded(record: ExchangeRecord): void;
}
