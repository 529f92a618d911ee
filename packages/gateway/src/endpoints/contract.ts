/** The contract of what is served beside generation. */
import type { Format } from 'ai-api-converter';
import type { Abort } from '../data-plane/abort.ts';
import type { Journal } from '../data-plane/journal.ts';
import type { Visit } from '../data-plane/visit.ts';
import type { Headers, RawRequest } from '../model/http.ts';

export interface Endpoint {
  /** By path and headers alone; undefined: the request is not for it. */
  open(raw: RawRequest): ExchangeDoor | SideDoor | undefined;
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
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** JSON. */
  readonly body: Uint8Array | string;
}
