/** Channels and routes for tests: whole, with what a test does not care for filled in. */
import type { ChannelSettings, RouteSettings } from '../settings.ts';

export function channelSettings(
  id: string,
  overrides: Partial<ChannelSettings> = {},
): ChannelSettings {
  return {
    id,
    provider: 'openai',
    baseUrl: undefined,
    apiKeys: [`key of ${id}`],
    weight: 1,
    enabled: true,
    models: undefined,
    headers: {},
    apiVersion: undefined,
    timeouts: {},
    ...overrides,
  };
}

export function routeSettings(
  channels: readonly string[],
  overrides: Partial<RouteSettings> = {},
): RouteSettings {
  return {
    models: ['*'],
    strategy: 'round_robin',
    channels,
    fallback: [],
    rewrite: {},
    ...overrides,
  };
}
