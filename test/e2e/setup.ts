/** A running gateway whose three providers are one scripted upstream. */
import { type Gateway, startGateway } from '../../packages/gateway/src/app.ts';
import { defaultSettings, type Settings } from '../../packages/gateway/src/model/settings.ts';
import { type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

export interface Setup {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  readonly url: string;
  readonly metricsUrl: string;
  close(): Promise<void>;
}

export async function setUp(overrides: Partial<Settings> = {}): Promise<Setup> {
  const upstream = await scriptedUpstream();
  const address = { domain: '127.0.0.1', port: upstream.port, tls: false };
  const gateway = await startGateway({
    ...defaultSettings,
    host: '127.0.0.1',
    proxyPort: 0,
    metricsPort: 0,
    logLevel: 'silent',
    workers: 1,
    upstreams: { openai: address, anthropic: address, gemini: address },
    ...overrides,
  });
  return {
    gateway,
    upstream,
    url: `http://127.0.0.1:${gateway.proxyPort}`,
    metricsUrl: `http://127.0.0.1:${gateway.metricsPort}`,
    async close() {
      await upstream.close();
      await gateway.close();
    },
  };
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Requests in each format: the shortest that is whole. */
export const ask = {
  chat: (model: string) => ({ model, messages: [{ role: 'user', content: 'hi' }] }),
  messages: (model: string) => ({
    model,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
  }),
  gemini: () => ({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
} as const;

/** The doors that a client of each format knocks at, and how it tells an error of its own format. */
export const clients = [
  {
    name: 'openai-chat',
    door: () => '/v1/chat/completions',
    body: (model: string) => ask.chat(model),
    isError: (body: Json) =>
      typeof body['error'] === 'object' && 'param' in (body['error'] as object),
    message: (body: Json) => (body['error'] as { message: string }).message,
  },
  {
    name: 'anthropic-messages',
    door: () => '/v1/messages',
    body: (model: string) => ask.messages(model),
    isError: (body: Json) =>
      body['type'] === 'error' && typeof (body['error'] as Json)['type'] === 'string',
    message: (body: Json) => (body['error'] as { message: string }).message,
  },
  {
    name: 'gemini',
    door: (model: string) => `/v1beta/models/${model}:generateContent`,
    body: () => ask.gemini(),
    isError: (body: Json) =>
      typeof (body['error'] as Json)['status'] === 'string' &&
      typeof (body['error'] as Json)['code'] === 'number',
    message: (body: Json) => (body['error'] as { message: string }).message,
  },
] as const;

type Json = { readonly [key: string]: unknown };
