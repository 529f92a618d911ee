/** The contract of what is served beside generation. */
import type { Format } from 'ai-api-converter';
import type { Abort } from '../data-plane/abort.ts';
import type { Explained } from '../data-plane/explain.ts';
import type { Journal } from '../data-plane/journal.ts';
import type { Visit } from '../data-plane/visit.ts';
import type { Headers, RawRequest } from '../model/http.ts';
import type { Meter } from '../model/metering.ts';
import type { Trace } from '../model/traces.ts';

/** What it takes to say how an upstream would be asked. */
export interface Estimating {
  readonly meter: Pick<Meter, 'inputTokens'>;
}

export interface Endpoint {
  /** By path and headers alone; undefined: the request is not for it. */
  open(raw: RawRequest): ExchangeDoor | SideDoor | undefined;
  /** What `explain` needs of a request that it opens to; missing: none of them is explained. */
  explained?(raw: RawRequest, services: Estimating): Explained | undefined;
}

/**
 * What passes it is an exchange like a generation: admitted, tried, metered. Never rejects: whatever
 * happens becomes the client's answer and one record.
 */
type ExchangeDoor = (visit: Visit) => Promise<void>;

/** What passes it is answered, and costs nothing. */
export interface SideDoor {
  /** Of the client. */
  readonly format: Format;
  readonly methods: readonly string[];
  /** Rejects as the phases of a generation do, with what the client is told. */
  answer(asked: Asked): Promise<Answered>;
}

export interface Asked extends Pick<Visit, 'raw' | 'snapshot' | 'services'> {
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
