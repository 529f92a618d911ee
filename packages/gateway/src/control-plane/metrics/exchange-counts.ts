/** What is counted of every exchange, in series that one look finds. */
import type { Registry } from '@prometheus-io/client';
import type { Usage } from 'ai-api-converter';
import { rememberPath } from '../../lib/remember.ts';
import type { ExchangeRecord } from '../../model/exchange.ts';
import { createAttemptCounts } from './attempt-counts.ts';
import { type Cell, createCounter } from './counter.ts';
import { createHistogram, type Distribution } from './histogram.ts';
import { createKeyLabels, type ModelLabels, NONE, OTHER } from './label-names.ts';

// From a refusal on the spot to a long reasoning stream.
const DURATION_BUCKETS_SECONDS = [
  0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];
// From a fast small model to a slow upstream's pauses.
const BETWEEN_OUTPUTS_BUCKETS_SECONDS = [
  0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5,
];
const FIRST_OUTPUT_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];

/** Combinations of all labels; beyond them models and keys are told apart no more. */
const SERIES_MAX = 10_000;

// Methods are the client's to choose: anything else would let it add series.
const knownMethods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);

type TokenType = 'input' | 'output' | 'cache_read' | 'cache_write' | 'reasoning';

const answeredNames = ['client_format', 'upstream_format', 'channel', 'model', 'key'] as const;
const durationNames = ['method', 'status', 'client_format', 'upstream_format', 'channel'] as const;
const requestNames = ['method', 'status', ...answeredNames] as const;

type Path = readonly [
  method: string,
  status: number,
  client: string,
  upstream: string,
  channel: string,
  model: string,
  key: string,
];

type Labels = Readonly<Record<(typeof requestNames)[number], string>>;

interface Series {
  readonly requests: Cell;
  readonly duration: Distribution;
  firstOutput(): Distribution;
  betweenOutputs(): Distribution;
  conversion(): Cell;
  tokens(type: TokenType): Cell;
  cost(): Cell;
  estimated(): Cell;
}

export interface ExchangeCounts {
  count(record: ExchangeRecord): void;
  /** The histograms, in Prometheus text format. */
  text(): string;
}

export function createExchangeCounts(registry: Registry, models: ModelLabels): ExchangeCounts {
  const families = createFamilies(registry);
  const countAttempts = createAttemptCounts(registry);
  const keyLabelOf = createKeyLabels();
  const all = new Map<string, Series>();

  function addSeries(path: Path): Series {
    const place = path.join('\n');
    const known = all.get(place);
    if (known !== undefined) return known;
    const [method, status, client, upstream, channel, model, key] = path;
    const isFull = all.size >= SERIES_MAX;
    const series = createSeries(families, {
      method,
      status: statusLabel(status),
      client_format: client,
      upstream_format: upstream,
      channel,
      model: isFull ? OTHER : model,
      key: isFull ? OTHER : key,
    });
    if (!isFull) all.set(place, series);
    return series;
  }

  const seriesAt = rememberPath(SERIES_MAX, addSeries);

  function seriesOf(record: ExchangeRecord): Series {
    const { outcome } = record;
    const isProven = outcome.status < 300 && outcome.usage !== undefined && !record.isEstimated;
    return seriesAt([
      knownMethods.has(record.method) ? record.method : OTHER,
      outcome.status,
      record.clientFormat ?? NONE,
      record.upstreamFormat ?? NONE,
      record.channel ?? NONE,
      models.labelOf(record.upstreamModel ?? record.model, isProven),
      keyLabelOf(record.keyName),
    ]);
  }

  return {
    count(record) {
      const series = seriesOf(record);
      series.requests.value += 1;
      series.duration.observe(record.durationMs / 1_000);
      if (record.firstOutputMs !== undefined)
        series.firstOutput().observe(record.firstOutputMs / 1_000);
      if (record.outcome.betweenOutputsMs !== undefined)
        series.betweenOutputs().observe(record.outcome.betweenOutputsMs / 1_000);
      if (record.attempts.length > 0) series.conversion().value += 1;
      if (record.outcome.usage !== undefined) countTokens(series, record.outcome.usage);
      if (record.costMicroUsd !== undefined) series.cost().value += record.costMicroUsd;
      if (record.isEstimated) series.estimated().value += 1;
      countAttempts(record.attempts);
      if (record.stream) families.streamEnds({ cause: record.outcome.cause }).value += 1;
      if (record.losses.length > 0) countLosses(record, families.losses);
    },
    text: () =>
      families.durations.text() + families.firstOutputs.text() + families.betweenOutputs.text(),
  };
}

function countTokens(series: Series, usage: Usage): void {
  const { fresh, text, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
  series.tokens('input').value += fresh;
  series.tokens('output').value += text;
  if (cacheRead > 0) series.tokens('cache_read').value += cacheRead;
  if (cacheWrite > 0) series.tokens('cache_write').value += cacheWrite;
  if (reasoning > 0) series.tokens('reasoning').value += reasoning;
}

function countLosses(record: ExchangeRecord, losses: Families['losses']): void {
  const client_format = record.clientFormat ?? NONE;
  const upstream_format = record.upstreamFormat ?? NONE;
  for (const { action, reason } of record.losses)
    losses({ client_format, upstream_format, action, reason }).value += 1;
}

/** An upstream may answer with any number. */
function statusLabel(status: number): string {
  return Number.isInteger(status) && status >= 100 && status < 600 ? String(status) : OTHER;
}

/** What few exchanges need is looked for when one needs it. */
function createSeries(families: Families, labels: Labels): Series {
  const tokens: { [type in TokenType]?: Cell } = {};
  let firstOutput: Distribution | undefined;
  let betweenOutputs: Distribution | undefined;
  let conversion: Cell | undefined;
  let cost: Cell | undefined;
  let estimated: Cell | undefined;
  return {
    requests: families.requests(labels),
    duration: families.durations.of(labels),
    firstOutput() {
      firstOutput ??= families.firstOutputs.of(labels);
      return firstOutput;
    },
    betweenOutputs() {
      betweenOutputs ??= families.betweenOutputs.of(labels);
      return betweenOutputs;
    },
    conversion() {
      conversion ??= families.conversions({ ...labels, kind: conversionKind(labels) });
      return conversion;
    },
    tokens(type) {
      const cell = tokens[type] ?? families.tokens({ ...labels, type });
      tokens[type] = cell;
      return cell;
    },
    cost() {
      cost ??= families.costs(labels);
      return cost;
    },
    estimated() {
      estimated ??= families.estimates(labels);
      return estimated;
    },
  };
}

function conversionKind({ client_format, upstream_format }: Labels): 'pass' | 'convert' {
  return client_format === upstream_format ? 'pass' : 'convert';
}

type Families = ReturnType<typeof createFamilies>;

/** Every metric of exchanges; labels come from closed lists or from the configuration. */
function createFamilies(registry: Registry) {
  return {
    requests: createCounter(registry, {
      name: 'http_requests_total',
      help: 'Requests answered.',
      labelNames: requestNames,
    }),
    durations: createHistogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request line to the last byte of the answer.',
      labelNames: durationNames,
      buckets: DURATION_BUCKETS_SECONDS,
    }),
    firstOutputs: createHistogram({
      name: 'dragoman_time_to_first_output_seconds',
      help: 'Time from the request line to the first output of a stream.',
      labelNames: ['channel', 'model'] as const,
      buckets: FIRST_OUTPUT_BUCKETS_SECONDS,
    }),
    betweenOutputs: createHistogram({
      name: 'dragoman_time_between_outputs_seconds',
      help: 'Mean time between two pieces of output of a stream, once a stream.',
      labelNames: ['channel', 'model'] as const,
      buckets: BETWEEN_OUTPUTS_BUCKETS_SECONDS,
    }),
    conversions: createCounter(registry, {
      name: 'dragoman_conversions_total',
      help: 'Requests that an upstream was asked for, by format pair, passed as they are or converted.',
      labelNames: ['client_format', 'upstream_format', 'kind'] as const,
    }),
    tokens: createCounter(registry, {
      name: 'token_usage_total',
      help: 'Tokens used; no token is of two types.',
      labelNames: ['type', ...answeredNames] as const,
    }),
    costs: createCounter(registry, {
      name: 'dragoman_cost_dollars_total',
      help: 'What exchanges cost in US dollars, where a price is known.',
      labelNames: ['channel', 'model', 'key'] as const,
      worth: 1e-6,
    }),
    estimates: createCounter(registry, {
      name: 'dragoman_estimated_usage_total',
      help: 'Exchanges whose tokens the gateway counted, since the upstream did not say.',
      labelNames: ['channel', 'model'] as const,
    }),
    losses: createCounter(registry, {
      name: 'dragoman_losses_total',
      help: 'Things that conversions could not carry, by format pair, what was done and why.',
      labelNames: ['client_format', 'upstream_format', 'action', 'reason'] as const,
    }),
    streamEnds: createCounter(registry, {
      name: 'dragoman_stream_ends_total',
      help: 'Requests for streams ended, by cause.',
      labelNames: ['cause'] as const,
    }),
  };
}
