/** Checked entries of the file's lists into settings, with what they leave out filled in. */
import type {
  ChannelSettings,
  KeySettings,
  LimitSettings,
  PriceSettings,
  RouteSettings,
} from '../../model/settings.ts';
import type { ChannelEntry, KeyEntry, LimitEntry, PriceEntry, RouteEntry } from './schema.ts';

const WINDOW_MS = 60 * 60_000;

export function channelOf(entry: ChannelEntry, apiKeys: readonly string[]): ChannelSettings {
  const { timeouts = {} } = entry;
  return {
    id: entry.id,
    provider: entry.provider,
    baseUrl: entry.base_url,
    apiKeys,
    weight: entry.weight ?? 1,
    enabled: entry.enabled ?? true,
    models: entry.models,
    headers: entry.headers ?? {},
    apiVersion: entry.api_version,
    timeouts: {
      ...(timeouts.connect_ms !== undefined && { connectMs: timeouts.connect_ms }),
      ...(timeouts.first_byte_ms !== undefined && { firstByteMs: timeouts.first_byte_ms }),
      ...(timeouts.first_output_ms !== undefined && { firstOutputMs: timeouts.first_output_ms }),
      ...(timeouts.idle_ms !== undefined && { idleMs: timeouts.idle_ms }),
    },
  };
}

export function routeOf({
  models,
  strategy,
  channels,
  fallback,
  rewrite,
}: RouteEntry): RouteSettings {
  return {
    models,
    strategy: strategy ?? 'round_robin',
    channels,
    fallback: fallback ?? [],
    rewrite: rewrite ?? {},
  };
}

export function keyOf(entry: KeyEntry): KeySettings {
  const { tokens_per_window: tokens, requests_per_window: requests } = entry;
  const isWindowed = tokens !== undefined || requests !== undefined;
  return {
    name: entry.name,
    hash: entry.hash,
    user: entry.user,
    channels: entry.channels,
    models: entry.models,
    limits: {
      tokensPerWindow: tokens,
      requestsPerWindow: requests,
      windowMs: isWindowed ? (entry.window ?? WINDOW_MS) : undefined,
      concurrency: entry.concurrency,
      budgetMicroUsd: entry.budget,
      budgetPeriod: entry.budget === undefined ? undefined : (entry.budget_period ?? 'total'),
    },
    expiresAt: entry.expires,
  };
}

export function limitOf(entry: LimitEntry): LimitSettings {
  const { by, match, tokens, requests, concurrency, window } = entry;
  return { by, match, tokens, requests, concurrency, windowMs: window ?? WINDOW_MS };
}

export function priceOf(entry: PriceEntry): PriceSettings {
  const { models, input, output, cache_read: cacheRead, cache_write: cacheWrite } = entry;
  return { models, input, output, cacheRead, cacheWrite };
}
