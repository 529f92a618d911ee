/** What the data plane reports, into metrics and log lines. */
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Log } from '../lib/log.ts';
import type { ExchangeRecord, Telemetry } from '../model/exchange.ts';
import type { UsageRecord } from '../model/records.ts';
import { exchangeLine } from './exchange-line.ts';
import { usageRecord } from './usage-record.ts';

/** What may not work while the gateway goes on. */
export type Degradation = 'database' | 'keys' | 'redis' | 'usage';

export interface Metrics extends Telemetry {
  /** A limit refused a request. */
  limitExceeded(by: string, unit: string): void;
  degraded(what: Degradation, isDegraded: boolean): void;
  /** Usage of every exchange that an upstream worked on goes there too. */
  keepUsage(add: (record: UsageRecord) => void): void;
  /** The page in Prometheus text format, with its media type. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
}

// From a refusal on the spot to a long reasoning stream.
const DURATION_BUCKETS_SECONDS = [
  0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

// Methods are the client's to choose: anything else would let it add series.
const knownMethods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);

interface SeriesLabels extends Record<(typeof labelNames)[number], string> {}

interface Series {
  readonly request: { inc(): void };
  readonly duration: { observe(seconds: number): void };
}

const labelNames = ['method', 'status', 'client_format', 'upstream_format'] as const;

export function createTelemetry(log: Log): Metrics {
  const registry = new Registry();
  const { requests, durations, losses, streamEnds, exceeded, degradations } =
    createMetrics(registry);
  let addUsage: ((record: UsageRecord) => void) | undefined;

  // Finding a series by its labels costs more than counting in it; there are few of them.
  const series = new Map<string, Series>();

  function seriesOf(labels: SeriesLabels): Series {
    const { method, status, client_format, upstream_format } = labels;
    const key = `${method} ${status} ${client_format} ${upstream_format}`;
    const known = series.get(key);
    if (known !== undefined) return known;
    const made = { request: requests.labels(labels), duration: durations.labels(labels) };
    series.set(key, made);
    return made;
  }

  function count(record: ExchangeRecord): void {
    const client_format = record.clientFormat ?? 'none';
    const upstream_format = record.upstreamFormat ?? 'none';
    const method = knownMethods.has(record.method) ? record.method : 'other';
    const status = String(record.outcome.status);
    const { request, duration } = seriesOf({ method, status, client_format, upstream_format });
    request.inc();
    duration.observe(record.durationMs / 1000);
    for (const { action, reason } of record.losses)
      losses.inc({ client_format, upstream_format, action, reason });
    if (record.stream) streamEnds.inc({ cause: record.outcome.cause });
  }

  return {
    exchangeEnded(record) {
      count(record);
      writeLine(log, record);
      if (addUsage !== undefined && record.channel !== undefined) addUsage(usageRecord(record));
    },
    limitExceeded: (by, unit) => exceeded.inc({ by, unit }),
    degraded: (what, isDegraded) => degradations.set({ what }, isDegraded ? 1 : 0),
    keepUsage(add) {
      addUsage = add;
    },
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Every metric, with its labels; labels come from closed lists or from the configuration. */
function createMetrics(registry: Registry) {
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by method, status and format on both sides.',
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer.',
    labelNames,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  const losses = new Counter({
    name: 'dragoman_losses_total',
    help: 'Things that conversions could not carry, by format pair, what was done and why.',
    labelNames: ['client_format', 'upstream_format', 'action', 'reason'] as const,
    registers: [registry],
  });
  const streamEnds = new Counter({
    name: 'dragoman_stream_ends_total',
    help: 'Streams ended, by cause.',
    labelNames: ['cause'] as const,
    registers: [registry],
  });

  const exceeded = new Counter({
    name: 'rate_limit_exceeded_total',
    help: 'Requests refused by a limit, by whom it counts and what.',
    labelNames: ['by', 'unit'] as const,
    registers: [registry],
  });
  const degradations = new Gauge({
    name: 'dragoman_degraded',
    help: '1 while something behind the gateway does not work and the gateway goes on without it.',
    labelNames: ['what'] as const,
    registers: [registry],
  });
  return { requests, durations, losses, streamEnds, exceeded, degradations };
}

/** A closed list of fields: never a body, a prompt or a key. */
function writeLine(log: Log, record: ExchangeRecord): void {
  const { losses, requestId } = record;
  if (log.isLevelEnabled('info')) log.line(exchangeLine(record));
  if (losses.length === 0 || !log.isLevelEnabled('debug')) return;
  for (const { feature, path, action, reason, effect, detail } of losses) {
    log.debug({ requestId, feature, path, action, reason, effect, detail }, 'loss');
  }
}
