/** A client's request, and what it meets at the gateway. */
import type { Detection, Environment } from 'ai-api-converter';
import type { Logger } from '../lib/log.ts';
import type { Telemetry } from '../model/exchange.ts';
import type { IncomingRequest, Reply, UpstreamClient } from '../model/http.ts';
import type { FetchMedia } from '../model/media.ts';
import type { Meter } from '../model/metering.ts';
import type { Responses } from '../model/responses.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Traces } from '../model/traces.ts';
import type { Shutdown } from './abort.ts';

export interface Visit {
  readonly raw: IncomingRequest;
  readonly reply: Reply;
  readonly snapshot: Snapshot;
  readonly services: Services;
  /** Whose generation is asked for, by the path alone; undefined: it is none's. */
  readonly byPath: Detection | undefined;
}

export interface Services {
  readonly client: UpstreamClient;
  readonly fetchMedia: FetchMedia;
  readonly telemetry: Telemetry;
  readonly meter: Meter;
  readonly responses: Responses;
  readonly environment: Environment;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Undefined: they are off. */
  readonly traces: Traces | undefined;
}
