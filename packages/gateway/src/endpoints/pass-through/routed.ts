/** Where a request that passes through goes: as its model does, or, without one, to one channel every time. */
import { openaiResponses } from 'ai-api-converter';
import type { Channel } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { SurfaceCall } from '../../model/provider.ts';
import type { Affinity, Route, Routed, Snapshot } from '../../model/snapshot.ts';
import type { Surface } from './surfaces.ts';

export interface Asking {
  readonly surface: Surface;
  /** As the client wrote it, behind the base of the API. */
  readonly path: string;
}

interface Surroundings {
  readonly snapshot: Snapshot;
  /** Which channel gave a response that its provider keeps. */
  readonly homes: Affinity;
}

/** Throws GatewayError where no channel has it. */
export function routeFor(
  ingress: Ingress,
  asking: Asking,
  { snapshot, homes }: Surroundings,
): Routed {
  const { model, caller, credential } = ingress;
  const { surface, path } = asking;
  if (surface.model !== undefined) return snapshot.route(model, caller?.key);
  const allowed = snapshot.channels.filter(
    ({ id, enabled }) => enabled && (caller?.key?.channels?.has(id) ?? true),
  );
  const having = allowed.filter(
    (channel) => pathAt(channel, { surface, path, model: undefined }) !== undefined,
  );
  const usable = having.filter(
    ({ passesClientKey }) => !passesClientKey || credential !== undefined,
  );
  // Who imitates a vendor has files of its own at best.
  const usual = usable.find(isVendors) ?? usable[0] ?? having[0];
  const channel = homeOf(asking, usable, homes) ?? usual;
  if (channel === undefined) throw nowhere(asking);
  return { route: onlyTo(channel), model };
}

/** Of a response, where it is remembered. */
function homeOf(
  { surface, path }: Asking,
  channels: readonly Channel[],
  homes: Affinity,
): Channel | undefined {
  const [, , id] = path.split('/');
  if (surface.format !== openaiResponses || id === undefined) return undefined;
  const place = homes.recall(id, channels);
  return place === undefined ? undefined : channels[place];
}

interface Wanted extends Asking {
  /** Undefined: it is about none. */
  readonly model: string | undefined;
}

/** Path and query at a channel; undefined: it has no such thing. */
export function pathAt(channel: Channel, { surface, path, model }: Wanted): string | undefined {
  const { provider, basePath, apiVersion } = channel;
  if (!provider.formats.includes(surface.format)) return undefined;
  const call: SurfaceCall = { path, basePath, apiVersion, model };
  return provider.surfacePath?.(call);
}

/** Its provider has an address of its own. */
function isVendors({ provider }: Channel): boolean {
  return provider.baseUrl !== undefined;
}

function nowhere({ surface, path }: Asking): GatewayError {
  return new GatewayError(
    'unknown-path',
    `no channel that may be used here has ${path} in the format ${surface.format.id}; whoever runs the gateway can add one of a provider that speaks it`,
  );
}

/** What one account holds no other has: whoever comes for it again finds the same channel and the same key. */
function onlyTo(channel: Channel): Route {
  const { health } = channel;
  const kept: Channel = {
    ...channel,
    serves: () => true,
    health: {
      ...health,
      obstacle: (asker, nowMs) => health.obstacle({ ...asker, keepsKey: true }, nowMs),
      begin: (asker, isRetry) => health.begin({ ...asker, keepsKey: true }, isRetry),
    },
  };
  return {
    name: `channel ${channel.id}`,
    channels: [kept],
    balanced: 1,
    strategy: 'failover',
    picker: { pick: ({ isEligible }) => (isEligible(0) ? 0 : undefined) },
    keepsConversations: false,
    upstreamModel: (_index, model) => model,
  };
}
