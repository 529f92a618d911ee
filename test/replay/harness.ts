/** One gateway with one replaying upstream behind all its providers. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { startGateway } from '../../packages/gateway/src/app.ts';
import {
  type ChannelSettings,
  defaultSettings,
  type Settings,
} from '../../packages/gateway/src/model/settings.ts';
import { type Ask, chatOnly, modelFor, plainBody, type RawReply, send } from './client.ts';
import { type Cut, whole } from './cuts.ts';
import type { AnswerCase } from './load.ts';
import { type ReplayUpstream, startUpstream } from './upstream.ts';

export interface Harness {
  readonly port: number;
  readonly upstream: ReplayUpstream;
  close(): Promise<void>;
}

/** `only`: the one channel that there is, with a key of its own, for every model; undefined: all of them. */
export async function startHarness(only?: string): Promise<Harness> {
  const upstream = await startUpstream();
  const channels = channelsTo(`http://127.0.0.1:${upstream.port}`);
  const gateway = await startGateway({
    ...defaultSettings,
    host: '127.0.0.1',
    proxyPort: 0,
    metricsPort: 0,
    ...(only === undefined ? { channels } : onlyChannel(channels, only)),
    logLevel: 'silent',
    workers: 1,
  });
  return {
    port: gateway.proxyPort,
    upstream,
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}

function onlyChannel(
  channels: readonly ChannelSettings[],
  only: string,
): Pick<Settings, 'channels' | 'routes'> {
  const route = { models: ['*'], channels: [only], fallback: [], rewrite: {} };
  return {
    channels: channels
      .filter(({ id }) => id === only)
      .map((channel) => ({ ...channel, apiKeys: ['key-of-the-channel'] })),
    routes: [{ ...route, strategy: 'failover' }],
  };
}

const usual = {
  apiKeys: [],
  weight: 1,
  enabled: true,
  models: undefined,
  headers: {},
  apiVersion: undefined,
  timeouts: {},
};

/** The vendors, and one server that speaks Chat Completions alone. */
function channelsTo(origin: string): readonly ChannelSettings[] {
  return [
    { ...usual, id: 'openai', provider: 'openai', baseUrl: `${origin}/v1` },
    { ...usual, id: 'anthropic', provider: 'anthropic', baseUrl: origin },
    { ...usual, id: 'gemini', provider: 'gemini', baseUrl: origin },
    {
      ...usual,
      id: 'chat-only',
      provider: 'openai-compatible',
      baseUrl: `${origin}/v1`,
      models: [`${chatOnly}*`],
    },
  ];
}

export const jsonHeaders: { readonly [name: string]: string } = {
  'content-type': 'application/json',
};
export const sseHeaders: { readonly [name: string]: string } = {
  'content-type': 'text/event-stream; charset=utf-8',
};

/** Lays out a recorded answer and lets a client of another format ask for it. */
export function replay(
  harness: Harness,
  answer: AnswerCase,
  { to, cut = whole }: { readonly to: FormatId; readonly cut?: Cut | undefined },
): Promise<RawReply> {
  layOut(harness, answer, cut);
  return send(harness.port, askFor(answer, to));
}

export function layOut(harness: Harness, { mode, text }: AnswerCase, cut: Cut = whole): void {
  const headers = mode === 'stream' ? sseHeaders : jsonHeaders;
  harness.upstream.answer({ status: 200, headers, pieces: cut(Buffer.from(text)) });
}

export function askFor(answer: AnswerCase, to: FormatId): Ask {
  return {
    format: to,
    model: modelFor(to, answer.format),
    stream: answer.mode === 'stream',
    body: plainBody(to),
  };
}
