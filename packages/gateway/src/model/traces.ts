/** What the data plane tells of an exchange for its spans. */
import type { Target } from './channel.ts';
import type { ExchangeRecord } from './exchange.ts';
import type { Headers, RawRequest } from './http.ts';

export interface Traces {
  /** A request came in. `route`: its path without what clients choose; undefined: as far as the path tells. */
  begin(raw: RawRequest, route?: string): Trace;
}

/** One exchange. None of it waits or throws. */
export interface Trace {
  readonly traceId: string;
  /** An attempt that is about to be made; it counts once it is sent. */
  attempt(): AttemptTrace;
  /** The exchange is over; what is counted after it takes no time of it. */
  ended(): void;
  /** All is known of it. */
  settled(record: ExchangeRecord): void;
}

/** One attempt; where it does not fail it ends with the exchange. */
export interface AttemptTrace {
  /** They make the upstream's spans children of this attempt. */
  readonly headers: Headers;
  sent(target: Target, formatId: string): void;
  /** `result`: a status, or a word for what failed. */
  failed(result: string): void;
}
