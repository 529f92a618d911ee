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
  readonly url: string;
  stage(client: Client, format: UpstreamFormat): Stage;
  close(): Promise<void>;
}

export async function startTheatre(clients: readonly LibraryId[]): Promise<Theatre> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-clients-'));
  const providers = await Promise.all(upstreamFormats.map(startSceneProvider));
  const channels = providers.flatMap(({ format, upstream }) => {
    const at = {
      provider: providerIds[format],
      base_url: `http://127.0.0.1:${upstream.port}`,
    };
    const refused = clients.flatMap((client) =>
      statuses.map((status) => {
        const id = refusedModel({ format, client, status });
        return { ...at, id, models: [id] };
      }),
    );
    return [
      { ...at, id: format, api_keys: ['key-of-the-channel'], models: [models[format]] },
      ...refused,
    ];
  });
  const gateway = await startGatewayProcess({
    folder,
    config: {
      channels,
      routes: channels.map(({ id, models }) => ({ models, channels: [id] })),
    },
    env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', WORKERS: '1' },
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  return {
    url,
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
      await gateway.kill();
      for (const { upstream } of providers) await upstream.close();
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
