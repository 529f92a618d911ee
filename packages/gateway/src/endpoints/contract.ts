/** The contract of what is served beside generation. */
import type { Format } from 'ai-api-converter';
import type { Abort } from '../data-plane/abort.ts';
import type { Services } from '../data-plane/handle.ts';
import type { Journal } from '../data-plane/journal.ts';
import type { Kind } from '../data-plane/kind.ts';
import type { Headers, IncomingRequest, RawRequest, Reply } from '../model/http.ts';
import type { Meter } from '../model/metering.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Trace } from '../model/traces.ts';

export interface Endpoint {
  /** By path and headers alone; undefined: the request is not for it. */
  open(raw: RawRequest): Door | PassingDoor | undefined;
}

export type Door = SideDoor | ExchangeDoor;

/** What passes it is an exchange like a generation: admitted, tried, metered. */
export interface ExchangeDoor {
  kind(services: { readonly meter: Pick<Meter, 'inputTokens'> }): Kind;
}

/** What passes it is answered, and costs nothing. */
export interface SideDoor {
  /** Of the client. */
  readonly format: Format;
  readonly methods: readonly string[];
  /** Rejects as the phases of a generation do, with what the client is told. */
  answer(asked: Asked): Promise<Answered>;
}

/** One that does all of it by itself, for answers that are not there as a whole. */
export interface PassingDoor extends Pick<SideDoor, 'format' | 'methods'> {
  /** Never rejects: whatever happens becomes the client's answer and one record. */
  pass(visit: PassingVisit, surroundings: Surroundings): Promise<void>;
}

export interface PassingVisit {
  readonly raw: IncomingRequest;
  readonly reply: Reply;
}

export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly services: Services;
}

export interface Asked extends Surroundings {
  readonly raw: RawRequest;
  readonly journal: Journal;
  readonly abort: Abort;
  /** For what is asked upstream; undefined: traces are off. */
  readonly trace: Trace | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** JSON. */
  readonly body: Uint8Array | string;
}
