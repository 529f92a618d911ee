/** Channels as configured, or the vendors' own where none are, made ready for the data plane. */
import type { Format } from 'ai-api-converter';
import type { ChannelRegistry } from '../channels/registry.ts';
import { compilePatterns } from '../lib/patterns.ts';
import { remember } from '../lib/remember.ts';
import type { Channel } from '../model/channel.ts';
import type { Provider } from '../model/provider.ts';
import type {
  ChannelSettings,
  ProviderId,
  Settings,
  UpstreamAddress,
  VendorId,
} from '../model/settings.ts';
import { providers } from '../providers/index.ts';

const vendors: readonly VendorId[] = ['openai', 'anthropic', 'gemini'];

/** The configured channels, or one a vendor. */
export function channelSettingsOf(settings: Settings): readonly ChannelSettings[] {
  if (settings.channels.length > 0) return settings.channels;
  return vendors.map((id) => ({
    id,
    provider: id,
    baseUrl: originOf(settings.upstreams[id]) + pathOf(providerOf(id)),
    apiKeys: settings.apiKeys[id],
    weight: 1,
    enabled: true,
    models: undefined,
    headers: {},
    apiVersion: undefined,
    timeouts: {},
  }));
}

export function compileChannel(
  configured: ChannelSettings,
  settings: Settings,
  registry: ChannelRegistry,
): Channel {
  const provider = providerOf(configured.provider);
  const url = baseUrlOf(configured);
  return {
    id: configured.id,
    provider,
    vendor: vendorOf(configured),
    origin: url.origin,
    host: url.hostname,
    basePath: url.pathname.replace(/\/+$/, ''),
    apiVersion: configured.apiVersion,
    headers: configured.headers,
    timeouts: { ...settings.timeouts, ...configured.timeouts },
    enabled: configured.enabled,
    keyCount: configured.apiKeys.length,
    passesClientKey: configured.apiKeys.length === 0,
    serves: configured.models === undefined ? () => true : compilePatterns(configured.models),
    formatFor: formatChooser(provider),
    health: registry.healthOf(configured),
  };
}

/** Of a channel's formats each. Model names are the clients' to choose. */
const REMEMBERED_MAX = 200;

/** What follows from a model's name is worked out once; what depends on the request, each time. */
function formatChooser(provider: Provider): Channel['formatFor'] {
  const chosenByName = new Map(
    provider.formats.map((format) => [
      format,
      remember(REMEMBERED_MAX, (model) => formatByName(provider, format, model)),
    ]),
  );
  return (wish) => {
    const { format, model } = wish;
    const chosen = chosenByName.get(format)?.(model) ?? format;
    return chosen === 'by-request' ? (provider.formatFor?.(wish) ?? format) : chosen;
  };
}

function formatByName(provider: Provider, format: Format, model: string): Format | 'by-request' {
  let depends = false;
  const request = (): undefined => {
    depends = true;
  };
  const chosen = provider.formatFor?.({ format, model, request }) ?? format;
  return depends ? 'by-request' : chosen;
}

/** The models that find this channel where no route names them; undefined: any. */
export function modelsOf({ models, provider }: ChannelSettings): readonly string[] | undefined {
  if (models !== undefined) return models;
  const known = providerOf(provider).models;
  return known.length === 0 ? undefined : known;
}

/** Those that get what no route and no channel's models name: OpenAI's own, else imitations of it. */
export function openChannelsOf(channels: readonly ChannelSettings[]): readonly ChannelSettings[] {
  const open = channels.filter(({ models }) => models === undefined);
  const own = open.filter(({ provider }) => provider === 'openai');
  return own.length > 0 ? own : open.filter((channel) => modelsOf(channel) === undefined);
}

/** Each host of those that imitate a vendor's API is a vendor of its own. */
export function vendorOf(channel: ChannelSettings): string {
  const { id, baseUrl } = providerOf(channel.provider);
  return baseUrl === undefined ? baseUrlOf(channel).hostname : id;
}

function baseUrlOf(channel: ChannelSettings): URL {
  const { id, provider } = channel;
  const url = addressOf(channel);
  if (url === undefined) throw new Error(`channel ${id}: ${provider} has no address of its own`);
  return new URL(url);
}

/** Undefined: its provider has none of its own and the file says none, which is a mistake in the file. */
export function addressOf({ provider, baseUrl }: ChannelSettings): string | undefined {
  return baseUrl ?? providerOf(provider).baseUrl;
}

function providerOf(id: ProviderId): Provider {
  const provider = providers.find((candidate) => candidate.id === id);
  if (provider === undefined) throw new Error(`no provider ${id}`);
  return provider;
}

function pathOf({ baseUrl }: Provider): string {
  return baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/$/, '');
}

export function originOf({ domain, port, tls }: UpstreamAddress): string {
  const host = domain.includes(':') && !domain.startsWith('[') ? `[${domain}]` : domain;
  return new URL(`${tls ? 'https' : 'http'}://${host}:${port}`).origin;
}
