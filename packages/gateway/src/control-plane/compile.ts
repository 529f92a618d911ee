/** Settings into the snapshot that the data plane reads. */
import { openaiResponses } from 'ai-api-converter';
import type { ChannelRegistry } from '../channels/registry.ts';
import type { Guard } from '../model/guard.ts';
import type { KnownKey } from '../model/keys.ts';
import type { PriceTable } from '../model/pricing.ts';
import type { Settings } from '../model/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { channelSettingsOf, compileChannel } from './channels.ts';
import { configuredModels } from './metrics/label-names.ts';
import { compileRoutes, type NamedChannel } from './routes.ts';

/** What a snapshot refers to and does not own. */
export interface Surroundings {
  readonly registry: ChannelRegistry;
  readonly guard: Guard | undefined;
  readonly prices: PriceTable;
}

export function compile(settings: Settings, { registry, guard, prices }: Surroundings): Snapshot {
  const aliases = new Map(Object.entries(settings.modelAliases));
  const channels = channelSettingsOf(settings).map((configured) => ({
    settings: configured,
    channel: compileChannel(configured, settings, registry),
  }));
  const routes = compileRoutes(settings.routes, channels);

  return Object.freeze({
    route(asked: string, key?: KnownKey) {
      const model = aliases.get(asked) ?? asked;
      return { route: routes.find(model, key?.channels), model };
    },
    guard,
    prices,
    strict: settings.strict,
    bodyBytesMax: settings.bodyBytesMax,
    media: settings.media.mode === 'off' ? undefined : settings.media,
    timeouts: settings.timeouts,
    attemptsMax: settings.attemptsMax,
    corsOrigins: new Set(settings.corsOrigins),
    channels: channels.map(({ channel }) => channel),
    hasSeveralHomes: channels.filter(keepsAnswers).length > 1,
    namedModels: configuredModels(settings),
    affinity: settings.affinity ? registry.affinity : undefined,
    explainFormat: settings.logLevel === 'debug' || settings.logLevel === 'trace',
  });
}

function keepsAnswers({ channel: { enabled, provider } }: NamedChannel): boolean {
  return enabled && provider.formats.includes(openaiResponses);
}
