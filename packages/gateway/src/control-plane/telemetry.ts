/** What the data plane reports, into metrics and log lines. */
import { Gauge, Registry } from '@prometheus-io/client';
import type { ChannelState } from '../channels/registry.ts';
import type { Log } from '../lib/log.ts';
import type { ExchangeRecord, Telemetry } from '../model/exchange.ts';
import type { UsageRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { createListedNames } from '../pricing/listed-names.ts';
import { exchangeLine } from './exchange-line.ts';
import { addChannelGauges } from './metrics/channel-gauges.ts';
import { createCounter } from './metrics/counter.ts';
import { createExchangeCounts } from './metrics/exchange-counts.ts';
import { configuredModels, createModelLabels } from './metrics/label-names.ts';
import { addProcessGauges } from './metrics/process-gauges.ts';
import { usageRecord } from './usage-record.ts';

/** What may not work while the gateway goes on. */
export type Degradation = 'keys' | 'redis' | 'usage';

export interface Metrics extends Telemetry {
  /** A limit refused a request. */
  limitExceeded(by: string, unit: string): void;
  degraded(what: Degradation, isDegraded: boolean): void;
  /** Usage of every exchange that an upstream worked on goes there too. */
  keepUsage(add: ((record: UsageRecord) => void) | undefined): void;
  /** Models that these settings name are told apart from now on. */
  configured(settings: Settings): void;
  /** Where the page learns how channels are. */
  watchChannels(states: () => Iterable<ChannelState>): void;
  /** The page in Prometheus text format, with its media type. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
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
  const degradations = new Gauge({
    name: 'dragoman_degraded',
    help: '1 while something behind the gateway does not work and the gateway goes on without it.',
    labelNames: ['what'] as const,
    registers: [registry],
  });
  let channelStates: () => Iterable<ChannelState> = () => [];
  addChannelGauges(registry, () => channelStates());
  addProcessGauges(registry);
  let addUsage: ((record: UsageRecord) => void) | undefined;

  return {
    exchangeEnded(record) {
      exchanges.count(record);
      writeLine(log, record);
      if (addUsage !== undefined && record.channel !== undefined) addUsage(usageRecord(record));
    },
    limitExceeded(by, unit) {
      exceeded({ by, unit }).value += 1;
    },
    degraded: (what, isDegraded) => degradations.set({ what }, isDegraded ? 1 : 0),
    keepUsage(add) {
      addUsage = add;
    },
    configured: (settings) => models.configured(configuredModels(settings)),
    watchChannels(states) {
      channelStates = states;
    },
    page: async () => ({
      contentType: registry.contentType,
      text: (await registry.metrics()) + exchanges.text(),
    }),
  };
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
