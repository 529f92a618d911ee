/** Routes: as configured, then those that the channels' own models make. */

import { strategies } from '../balance/index.ts';
import { compilePatterns, type Matches } from '../lib/patterns.ts';
import { random } from '../lib/random.ts';
import { remember } from '../lib/remember.ts';
import type { Channel } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import type { ChannelSettings, RouteSettings, StrategyId } from '../model/settings.ts';
import type { Route } from '../model/snapshot.ts';
import type { Candidate, Strategy } from '../model/strategy.ts';
import { modelsOf, openChannelsOf } from './channels.ts';

export interface Routes {
  /** Throws GatewayError when nothing serves the model. `only`: ids of channels that go before the routes. */
  find(model: string, only?: ReadonlySet<string>): Route;
}

export interface NamedChannel {
  readonly settings: ChannelSettings;
  readonly channel: Channel;
}

/** Model names are the clients' to choose. */
const REMEMBERED_MAX = 1_000;
const AUTOMATIC_STRATEGY: StrategyId = 'round_robin';

export function compileRoutes(
  configured: readonly RouteSettings[],
  channels: readonly NamedChannel[],
): Routes {
  const byId = new Map(channels.map(({ channel }) => [channel.id, channel]));
  const rules = configured.map((route, index) => ({
    matches: compilePatterns(route.models),
    route: createRoute({ ...route, name: `routes[${index}]` }, byId),
  }));
  const automatic = automaticRoutes(channels, byId);
  const findAny = remember(
    REMEMBERED_MAX,
    (model) => rules.find(({ matches }) => matches(model))?.route ?? automatic.find(model),
  );

  return {
    find(model, only) {
      const route = findAny(model);
      const isMapped = only !== undefined && !route?.channels.some(({ id }) => only.has(id));
      const chosen = isMapped ? automatic.among(only) : route;
      if (chosen === undefined) throw unknownModel(model, channels);
      return chosen;
    },
  };
}

interface NamedRoute extends RouteSettings {
  readonly name: string;
}

function createRoute(settings: NamedRoute, byId: ReadonlyMap<string, Channel>): Route {
  const { name, strategy: strategyId, rewrite } = settings;
  const balanced = settings.channels.map((id) => named(id, byId));
  const channels = [...balanced, ...settings.fallback.map((id) => named(id, byId))];
  const strategy = strategyOf(strategyId);
  const renamed = new Map(Object.entries(rewrite));
  const models = channels.map(({ id }) => renamed.get(id) ?? renamed.get('*'));
  return {
    name,
    channels,
    balanced: balanced.length,
    strategy: strategyId,
    keepsConversations: strategy.keepsConversations && balanced.length > 1,
    picker: strategy.create(balanced.map(candidate), random),
    upstreamModel: (index, model) => models[index] ?? model,
  };
}

function candidate({ health }: Channel): Candidate {
  return { weight: health.weight, inFlight: health.inFlight, latencyMs: health.latencyMs };
}

function named(id: string, byId: ReadonlyMap<string, Channel>): Channel {
  const channel = byId.get(id);
  if (channel === undefined) throw new Error(`no channel ${id}`);
  return channel;
}

function strategyOf(id: StrategyId): Strategy {
  const strategy = strategies.find((each) => each.id === id);
  if (strategy === undefined) throw new Error(`no strategy ${id}`);
  return strategy;
}

/**
 * Models that no route names go to the channels that say they serve them, or whose provider is known
 * for them; else to those that may serve anything, OpenAI's first.
 */
interface AutomaticRoutes {
  find(model: string): Route | undefined;
  /** Undefined: none of them exists. */
  among(ids: ReadonlySet<string>): Route | undefined;
}

function automaticRoutes(
  channels: readonly NamedChannel[],
  byId: ReadonlyMap<string, Channel>,
): AutomaticRoutes {
  const made = new Map<string, Route>();
  const claims = channels.map(({ settings }) => ({ settings, matches: claimOf(settings) }));
  const open = openChannelsOf(channels.map(({ settings }) => settings));

  function among(candidates: readonly ChannelSettings[]): Route | undefined {
    const ids = candidates.map(({ id }) => id);
    if (ids.length === 0) return undefined;
    const name = `channels ${ids.join(', ')}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const route = createRoute(
      {
        name,
        models: ['*'],
        strategy: AUTOMATIC_STRATEGY,
        channels: ids,
        fallback: [],
        rewrite: {},
      },
      byId,
    );
    made.set(name, route);
    return route;
  }

  function find(model: string): Route | undefined {
    const claimed = claims.filter(({ matches }) => matches(model)).map(({ settings }) => settings);
    return among(claimed.length > 0 ? claimed : open);
  }

  return {
    find,
    among: (ids) => among(channels.map(({ settings }) => settings).filter(({ id }) => ids.has(id))),
  };
}

function claimOf(settings: ChannelSettings): Matches {
  const models = modelsOf(settings);
  return models === undefined ? () => false : compilePatterns(models);
}

function unknownModel(model: string, channels: readonly NamedChannel[]): GatewayError {
  const served = channels.map(
    ({ settings }) => `${settings.id} (${modelsOf(settings)?.join(', ') ?? 'any'})`,
  );
  return new GatewayError(
    'unknown-model',
    `no channel serves the model ${model}; served are: ${served.join('; ')}`,
    { param: 'model' },
  );
}
