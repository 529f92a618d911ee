/** Settings into the snapshot that the data plane reads. */
import type { ChannelRegistry } from '../channels/registry.ts';
import type { Settings } from '../model/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { channelSettingsOf, compileChannel } from './channels.ts';
import { compileRoutes } from './routes.ts';

export function compile(settings: Settings, registry: ChannelRegistry): Snapshot {
  const aliases = new Map(Object.entries(settings.modelAliases));
  const channels = channelSettingsOf(settings).map((configured) => ({
    settings: configured,
    channel: compileChannel(configured, settings, registry),
  }));
  const routes = compileRoutes(settings.routes, channels);

  return Object.freeze({
    route(asked: string) {
      const model = aliases.get(asked) ?? asked;
      return { route: routes.find(model), model };
    },
    strict: settings.strict,
    bodyBytesMax: settings.bodyBytesMax,
    timeouts: settings.timeouts,
    attemptsMax: settings.attemptsMax,
    affinity: settings.affinity ? registry.affinity : undefined,
    explainFormat: settings.logLevel === 'debug' || settings.logLevel === 'trace',
  });
}
