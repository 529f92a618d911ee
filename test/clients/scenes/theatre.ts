/** A running gateway before one provider of every format, for the clients of one suite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGatewayProcess } from '../../truth/gateway-process.ts';
import type { LibraryId } from '../catalogue.ts';
import type { ErrorStatus } from '../dialects/dialect.ts';
import { dialects, type UpstreamFormat } from '../dialects/index.ts';
import type { Client } from './client.ts';
import type { Stage } from './features.ts';
import { startSceneProvider } from './provider.ts';

export const upstreamFormats = Object.keys(dialects) as readonly UpstreamFormat[];

/** One that each provider is asked for; of OpenAI's, one that Responses alone serves. */
const models = {
  'openai-chat': 'some-model',
  'openai-responses': 'gpt-5-codex',
  'anthropic-messages': 'claude-haiku-4-5',
  gemini: 'gemini-3-pro-preview',
} as const satisfies { readonly [format in UpstreamFormat]: string };

const providerIds = {
  'openai-chat': 'openai-compatible',
  'openai-responses': 'openai',
  'anthropic-messages': 'anthropic',
  gemini: 'gemini',
} as const satisfies { readonly [format in UpstreamFormat]: string };

const statuses: readonly ErrorStatus[] = [400, 401, 429];

export interface Theatre {
  stage(client: Client, format: UpstreamFormat): Stage;
  close(): Promise<void>;
}

export async function startTheatre(clients: readonly LibraryId[]): Promise<Theatre> {
  const providers = await Promise.all(upstreamFormats.map(startSceneProvider));
  const channels = providers.flatMap(({ format, upstream }) => {
    const at = { provider: providerIds[format], base_url: `http://127.0.0.1:${upstream.port}` };
    const refused = clients.flatMap((client) =>
      statuses.map((status) => {
        const id = refusedModel({ format, client, status });
        return { ...at, id, models: [id] };
      }),
    );
    return [mainChannel(format, at.base_url), ...refused];
  });
  const { url, close } = await startGateway(channels);
  return {
    stage: (client, format) => ({
      client,
      url,
      format,
      models,
      refusedModel: (status) => refusedModel({ format, client: client.id, status }),
      takeAsked: () =>
        providers.filter((one) => one.format === format).flatMap((one) => one.takeAsked()),
    }),
    async close() {
      await close();
      for (const { upstream } of providers) await upstream.close();
    },
  };
}

/** Before a provider of somebody else, who refuses nothing and does not tell what it was asked. */
export async function startTheatreBefore(
  addresses: Readonly<Record<UpstreamFormat, string>>,
): Promise<Theatre> {
  const channels = upstreamFormats.map((format) => mainChannel(format, addresses[format]));
  const { url, close } = await startGateway(channels);
  return {
    stage: (client, format) => ({
      client,
      url,
      format,
      models,
      refusedModel: () => models[format],
      takeAsked: () => [],
    }),
    close,
  };
}

interface Channel {
  readonly id: string;
  readonly provider: string;
  readonly base_url: string;
  readonly models: readonly string[];
}

function mainChannel(format: UpstreamFormat, base_url: string): Channel & { api_keys: string[] } {
  return {
    id: format,
    provider: providerIds[format],
    base_url,
    api_keys: ['key-of-the-channel'],
    models: [models[format]],
  };
}

async function startGateway(
  channels: readonly Channel[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-clients-'));
  const gateway = await startGatewayProcess({
    folder,
    config: { channels, routes: channels.map(({ id, models }) => ({ models, channels: [id] })) },
    env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', WORKERS: '1' },
  });
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    async close() {
      await gateway.kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/**
 * Also its key, which is the client's own: a refusal of the gateway's key would be no business of the client.
 * A channel for each: after a refusal it may rest, and the next refusal would be the gateway's own.
 */
function refusedModel({
  format,
  client,
  status,
}: {
  readonly format: UpstreamFormat;
  readonly client: LibraryId;
  readonly status: ErrorStatus;
}): string {
  return `refused-${status}-${client}-${format}`;
}
