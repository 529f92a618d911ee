/** The gateway as it is measured: bundled as it is published, with keys, limits and metrics on. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSecret } from '../packages/gateway/src/keys/secret.ts';
import { gateway as bundle, writeBundle } from '../tools/build/bundle.ts';
import { type Child, freePorts, start, stop, waitForPort } from './processes.ts';

const PEPPER = 'a pepper of the benchmark, long enough to be one';
/** `dgm_`, 43 characters, and 6 of checksum, as `dragoman keys create` makes them. */
export const CLIENT_KEY = 'dgm_0000000000000000000000000000000000000000000BENCH0';
const ENOUGH = 1_000_000_000_000;
/** As `npm start` and the container's image have it. */
const YOUNG_SPACE = '--max-semi-space-size=8';

export interface GatewaySize {
  readonly mockPort: number;
  /** Channels that can answer the model of OpenAI. */
  readonly channels?: number;
  readonly keys?: number;
}

/** Settings in a file, since keys, limits and channels have no other place; JSON is YAML too. */
function configText({ mockPort, channels = 1, keys = 1 }: GatewaySize): string {
  const address = `http://127.0.0.1:${mockPort}`;
  const ids = Array.from({ length: channels }, (_none, index) => `openai-${index}`);
  const vendor = (id: string, provider: string, path: string): object => {
    return { id, provider, base_url: address + path, api_keys: [`key-of-${id}`] };
  };
  const pepper = Buffer.from(PEPPER);
  return JSON.stringify({
    auth: 'required',
    channels: [
      ...ids.map((id) => vendor(id, 'openai', '/v1')),
      vendor('anthropic', 'anthropic', ''),
      vendor('gemini', 'gemini', ''),
      { ...vendor('compatible', 'openai-compatible', '/v1'), models: ['llama-*'] },
    ],
    routes: [
      { models: ['gpt-*'], channels: ids },
      { models: ['claude-*'], channels: ['anthropic'] },
      { models: ['gemini-*'], channels: ['gemini'] },
      { models: ['*'], channels: ['compatible'] },
    ],
    keys: [
      {
        name: 'bench',
        hash: hashSecret(pepper, CLIENT_KEY),
        user: 'user-of-bench',
        tokens_per_window: ENOUGH,
        requests_per_window: ENOUGH,
        concurrency: 1_000_000,
        budget: 1_000_000,
      },
      // Short, since the file may hold half a megabyte.
      ...Array.from({ length: keys - 1 }, (_none, index) => {
        return { name: `other-${index}`, hash: hashSecret(pepper, `other-${index}`) };
      }),
    ],
    limits: ['user', 'key', 'model', 'channel', 'all'].map((by) => {
      return { by, tokens: ENOUGH, requests: ENOUGH, concurrency: 1_000_000, window: '1m' };
    }),
    prices: [{ models: ['llama-*'], input: 0.1, output: 0.3 }],
  });
}

/** Writes the bundle into a folder, and returns the command that runs it. */
export async function bundleGateway(folder: string): Promise<string> {
  for (const name of ['bin', '']) mkdirSync(join(folder, name), { recursive: true });
  await writeBundle(bundle, join(folder, 'dist'));
  copyFileSync(join(bundle.folder, 'package.json'), join(folder, 'package.json'));
  const command = join(folder, 'bin', 'dragoman.js');
  copyFileSync(join(bundle.folder, 'bin', 'dragoman.js'), command);
  return command;
}

export interface GatewayPlan extends GatewaySize {
  readonly folder: string;
  /** As {@link bundleGateway} returns it. */
  readonly command: string;
  readonly cores: number | string;
  readonly workers?: number;
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Gateway {
  readonly child: Child;
  readonly port: number;
  readonly metricsPort: number;
  stop(): Promise<void>;
}

export async function startGateway(plan: GatewayPlan): Promise<Gateway> {
  const [port = 0, metricsPort = 0] = await freePorts(2);
  const { folder, command, cores, workers = 1, nodeOptions = [] } = plan;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, `dragoman-${port}.yaml`);
  writeFileSync(config, configText(plan));
  const child = start({
    core: cores,
    command: process.execPath,
    args: [YOUNG_SPACE, ...nodeOptions, command],
    env: {
      DRAGOMAN_CONFIG: config,
      DRAGOMAN_PEPPER: PEPPER,
      DATA_DIR: join(folder, `state-${port}`),
      PROXY_HOST: '127.0.0.1',
      PROXY_PORT: String(port),
      METRICS_PORT: String(metricsPort),
      WORKERS: String(workers),
      LOG_FORMAT: 'json',
      ...plan.env,
    },
    // Log lines are made and written as in production; the kernel throws them away.
    output: 'errors',
  });
  await waitForPort(port, child);
  await waitForPort(metricsPort, child);
  return { child, port, metricsPort, stop: () => stop(child) };
}
