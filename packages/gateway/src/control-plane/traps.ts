/** Settings that are valid and yet probably not what was meant. */

import { compilePatterns } from '../lib/patterns.ts';
import type { ChannelSettings, RouteSettings, Settings } from '../model/settings.ts';
import { channelSettingsOf, modelsOf, vendorOf } from './channels.ts';
import { limitTraps } from './limit-traps.ts';
import { couldBe } from './overlap.ts';

/** One sentence each, naming the thing, the place and the way out. */
export function trapsOf(settings: Settings): readonly string[] {
  const channels = new Map(channelSettingsOf(settings).map((channel) => [channel.id, channel]));
  return [
    ...aliasTraps(settings),
    ...settings.routes.flatMap((route, index) => routeTraps(route, `routes[${index}]`, channels)),
    ...shadowTraps(settings.routes),
    ...unusedTraps(settings),
    ...plainTextTraps([...channels.values()]),
    ...variableTraps(settings.channels),
    ...limitTraps(settings),
  ];
}

function aliasTraps({ modelAliases }: Settings): readonly string[] {
  return Object.entries(modelAliases)
    .filter(([, model]) => Object.hasOwn(modelAliases, model))
    .map(
      ([alias, model]) =>
        `aliases.${alias}: leads to ${model}, which is an alias itself; aliases are followed once, so name the final model`,
    );
}

function routeTraps(
  route: RouteSettings,
  place: string,
  known: ReadonlyMap<string, ChannelSettings>,
): readonly string[] {
  const members = [...route.channels, ...route.fallback].flatMap((id) => known.get(id) ?? []);
  const traps: string[] = [];
  const vendors = new Set(members.map(vendorOf));
  const renamed = new Map(Object.entries(route.rewrite));
  for (const channel of members) {
    const asked = renamed.get(channel.id) ?? renamed.get('*');
    const models = modelsOf(channel);
    if (asked === undefined && models !== undefined && !route.models.some(couldBe(models)))
      traps.push(
        `${place}: channel ${channel.id} would be asked for ${route.models.join(', ')}, which it does not know; add rewrite: { ${channel.id}: <model> }`,
      );
    if (
      asked !== undefined &&
      channel.models !== undefined &&
      !compilePatterns(channel.models)(asked)
    )
      traps.push(
        `${place}: channel ${channel.id} is asked for ${asked}, which its own models leave out; it will never be used here`,
      );
    if (vendors.size > 1 && channel.apiKeys.length === 0)
      traps.push(
        `${place}: channel ${channel.id} has no api_keys and the route mixes vendors; it is skipped after another vendor's channel failed, since a client's key is nothing for another vendor to see`,
      );
  }
  if (members.length > 0 && members.every(({ enabled }) => !enabled))
    traps.push(`${place}: all its channels are switched off`);
  return traps;
}

function shadowTraps(routes: readonly RouteSettings[]): readonly string[] {
  const traps: string[] = [];
  routes.forEach((route, index) => {
    const earlier = compilePatterns(routes.slice(0, index).flatMap(({ models }) => models));
    const lost = route.models.filter(earlier);
    if (lost.length > 0)
      traps.push(
        `routes[${index}]: ${lost.join(', ')} never reached, an earlier route matches first`,
      );
  });
  return traps;
}

function unusedTraps({ channels, routes }: Settings): readonly string[] {
  const used = new Set(routes.flatMap((route) => [...route.channels, ...route.fallback]));
  return channels
    .filter(
      (channel) => !used.has(channel.id) && modelsOf(channel) === undefined && routes.length > 0,
    )
    .map(
      ({ id }) =>
        `channels: ${id} is in no route and says no models; it gets at most what nothing else serves`,
    );
}

function plainTextTraps(channels: readonly ChannelSettings[]): readonly string[] {
  return channels
    .filter(({ baseUrl }) => baseUrl?.startsWith('http:') && !isLocal(new URL(baseUrl).hostname))
    .map(
      ({ id }) => `channels: ${id} is reached without TLS; keys and prompts can be read on the way`,
    );
}

/** Only what is written as names of variables are: anything else may be a key, which is not shown. */
function variableTraps(channels: readonly ChannelSettings[]): readonly string[] {
  return channels.flatMap(({ id, apiKeys }) =>
    apiKeys
      .filter((key) => /^\$[A-Z_][A-Z0-9_]{0,63}$/.test(key))
      .map(
        (key) =>
          `channels: the key of ${id} is the text ${key} itself; for what the variable holds, write \${${key.slice(1)}}`,
      ),
  );
}

function isLocal(host: string): boolean {
  return (
    host === 'localhost' ||
    /^\[(?:::1|f[cd]|fe80)/.test(host) ||
    /^(?:127|10|192[.]168|172[.](?:1[6-9]|2\d|3[01]))[.]/.test(host) ||
    !/[.:]/.test(host)
  );
}
