/** What the data plane reports, into metrics and log lines. */
import { Registry } from '@prometheus-io/client';
import type { ChannelState } from '../channels/registry.ts';
import type { Log } from '../lib/log.ts';
import type { ExchangeRecord, Telemetry } from '../model/exchange.ts';
import type { BudgetWatch } from '../model/guard.ts';
import type { Readiness } from '../model/readiness.ts';
import type { UsageRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { createListedNames } from '../pricing/listed-names.ts';
import { createDegradations, type Degradation } from './degradations.ts';
import { createExchangeLine, type ExchangeLine } from './exchange-line.ts';
import { createLineSampling } from './line-sampling.ts';
import { createBudgetGauge } from './metrics/budget-gauge.ts';
import { addChannelGauges } from './metrics/channel-gauges.ts';
import { createCounter } from './metrics/counter.ts';
import { createExchangeCounts } from './metrics/exchange-counts.ts';
import { configuredModels, createModelLabels } from './metrics/label-names.ts';
import { addProcessGauges } from './metrics/process-gauges.ts';
import { createUserCounts } from './metrics/user-counts.ts';
import { usageRecord } from './usage-record.ts';

export interface Metrics extends Telemetry {
  /** A limit refused a request. */
  limitExceeded(by: string, unit: string): void;
  /** `refuses`: requests are refused for it meanwhile. */
  degraded(what: Degradation, isDegraded: boolean, refuses?: boolean): void;
  readonly budgets: BudgetWatch;
  readiness(): Readiness;
  /** Usage of every exchange that an upstream worked on goes there too. */
  keepUsage(add: ((record: UsageRecord) => void) | undefined): void;
  /** What these settings name is told apart from now on, and as many lines are written as they say. */
  configured(settings: Settings): void;
  /** Where the page learns how channels are. */
  watchChannels(states: () => Iterable<ChannelState>): void;
  /** The page in Prometheus text format. */
  page(): Promise<string>;
}

export function createTelemetry(log: Log): Metrics {
  const registry = new Registry();
  const models = createModelLabels(createListedNames());
  const exchanges = createExchangeCounts(registry, models);
  const exceeded = createCounter(registry, {
    name: 'rate_limit_exceeded_total',
    help: 'Limits that refused a request, by whom they count and what.',
    labelNames: ['by', 'unit'] as const,
  });
  const fetches = createCounter(registry, {
    name: 'dragoman_media_fetches_total',
    help: 'Media that clients named by address and upstreams took as bytes alone, by what came of fetching them.',
    labelNames: ['outcome'] as const,
  });
  const degradations = createDegradations(registry);
  const users = createUserCounts(registry);
  const sampling = createLineSampling();
  const lines = { log, lineOf: createExchangeLine() };
  let channelStates: () => Iterable<ChannelState> = () => [];
  addChannelGauges(registry, () => channelStates());
  addProcessGauges(registry);
  let addUsage: ((record: UsageRecord) => void) | undefined;

  return {
    exchangeEnded(record) {
      exchanges.count(record);
      users.count(record);
      for (const { outcome } of record.mediaFetches) fetches({ outcome }).value += 1;
      writeLine(lines, record, sampling.standsFor(record));
      const isBilled = record.channel !== undefined && record.isMetered !== false;
      if (addUsage !== undefined && isBilled) addUsage(usageRecord(record));
    },
    limitExceeded(by, unit) {
      exceeded({ by, unit }).value += 1;
    },
    degraded: degradations.report,
    budgets: createBudgetGauge(registry),
    readiness: () => degradations.readiness(channelStates()),
    keepUsage(add) {
      addUsage = add;
    },
    configured(settings) {
      models.configured(configuredModels(settings));
      users.configured(settings.metrics.users);
      sampling.share(settings.logSample);
    },
    watchChannels(states) {
      channelStates = states;
    },
    page: async () => (await registry.metrics()) + exchanges.text(),
  };
}

interface Lines {
  readonly log: Log;
  readonly lineOf: ExchangeLine;
}

/** A closed list of fields: never a body, a prompt or a key. */
function writeLine({ log, lineOf }: Lines, record: ExchangeRecord, standsFor: number): void {
  const { losses, requestId, mediaFetches } = record;
  if (standsFor === 0) return;
  if (log.isLevelEnabled('info')) log.line(lineOf(record, standsFor));
  if (!log.isLevelEnabled('debug')) return;
  for (const { path, outcome, bytes, durationMs } of mediaFetches) {
    log.debug({ requestId, path, outcome, bytes, durationMs }, 'media by address');
  }
  for (const { feature, path, action, reason, effect, detail } of losses) {
    log.debug({ requestId, feature, path, action, reason, effect, detail }, 'loss');
  }
}
