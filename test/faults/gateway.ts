/** A running gateway over channels that the fault injector plays, and what its suites share. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, startGateway } from '../../packages/gateway/src/app.ts';
import {
  type ChannelSettings,
  defaultSettings,
  type RouteSettings,
  type Settings,
  type VendorId,
} from '../../packages/gateway/src/model/settings.ts';
import type { FormatId } from './dialects.ts';
import { ask, type Exchange, type Question, type Received } from './stream-client.ts';

/** The provider of each format, and a model that belongs to it. */
export const vendors: {
  readonly [format in FormatId]: { readonly provider: VendorId; readonly model: string };
} = {
  'openai-chat': { provider: 'openai', model: 'gpt-4o' },
  'anthropic-messages': { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  gemini: { provider: 'gemini', model: 'gemini-2.5-flash' },
};

export function channel(
  format: FormatId,
  port: number,
  settings: Partial<ChannelSettings> & Pick<ChannelSettings, 'id'>,
): ChannelSettings {
  const { provider } = vendors[format];
  return {
    provider,
    baseUrl: `http://127.0.0.1:${port}${provider === 'openai' ? '/v1' : ''}`,
    apiKeys: [],
    weight: 1,
    enabled: true,
    models: undefined,
    headers: {},
    apiVersion: undefined,
    timeouts: {},
    ...settings,
  };
}

export function route(
  models: readonly string[],
  channels: readonly string[],
  overrides: Partial<RouteSettings> = {},
): RouteSettings {
  return { models, strategy: 'round_robin', channels, fallback: [], rewrite: {}, ...overrides };
}

export interface GatewayUnderTest extends Gateway {
  ask(question: Omit<Question, 'port'>): Exchange;
  /** The whole answer. */
  tell(question: Omit<Question, 'port'>): Promise<Received>;
}

export async function startUnderTest(overrides: Partial<Settings>): Promise<GatewayUnderTest> {
  const gateway = await startGateway({
    ...defaultSettings,
    host: '127.0.0.1',
    proxyPort: 0,
    metricsPort: 0,
    logLevel: 'silent',
    workers: 1,
    ...overrides,
  });
  const port = gateway.proxyPort;
  return {
    ...gateway,
    ask: (question) => ask({ ...question, port }),
    tell: (question) => ask({ ...question, port }).received,
  };
}

/** Everything that is measured in, so that a fault shows within a test's patience. */
export function patience(overrides: Partial<Settings['timeouts']> = {}): Settings['timeouts'] {
  return {
    ...defaultSettings.timeouts,
    connectMs: 1_000,
    firstByteMs: 400,
    firstOutputMs: 500,
    idleMs: 400,
    drainMs: 2_000,
    ...overrides,
  };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const canary = await startCanary();
  await canary.close();
  return canary.port;
}

/** A listener that must hear nothing. */
export interface Canary {
  readonly port: number;
  readonly url: string;
  connections(): number;
  close(): Promise<void>;
}

export async function startCanary(): Promise<Canary> {
  let connections = 0;
  const server = createServer((socket: Socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Runs `work` for 0 … count − 1, at most `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

/** Waits until it holds, within a bound that is there only to end a test that would hang. */
export async function until(holds: () => boolean, what: string, withinMs = 5_000): Promise<void> {
  const sinceMs = performance.now();
  while (!holds()) {
    if (performance.now() - sinceMs > withinMs) throw new Error(`after ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}

/** The value below which this share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
