/** The gateway as its users run it: the command in a process of its own, with what it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface GatewayProcess {
  readonly port: number;
  readonly metricsPort: number;
  /** All that was printed until now, both streams. */
  printed(): string;
  /** Lines of the log that are about no single exchange. */
  events(): readonly LogEvent[];
  metrics(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Ends it as an operator does; the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

interface LogEvent {
  readonly level: number;
  readonly msg: string;
  readonly text: string;
}

interface Options {
  /** For its configuration file and what it keeps. */
  readonly folder: string;
  readonly config: object;
  readonly env: Readonly<Record<string, string>>;
  /** A module that is loaded first, in every thread. */
  readonly preload?: string;
}

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');
const START_TRIES = 800;

export async function startGatewayProcess({
  folder,
  config,
  env,
  preload,
}: Options): Promise<GatewayProcess> {
  const file = join(folder, 'dragoman.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const options = ['--conditions=source', ...(preload === undefined ? [] : ['--import', preload])];
  const child = spawn(process.execPath, [...options, main, '--config', file], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      PROXY_HOST: '127.0.0.1',
      PROXY_PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: folder,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // It would outlive a suite that ends early.
  process.once('exit', () => child.kill('SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const exited = once(child, 'close');

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  const ports = await portsOf(() => {
    if (child.exitCode !== null) throw new Error(`it ended: ${printed}`);
    return printed;
  }).catch(async (cause: unknown) => {
    // A child that is left would keep this process from ending.
    await end('SIGKILL');
    throw cause;
  });
  return {
    ...ports,
    printed: () => printed,
    events: () => eventsIn(printed),
    metrics: async () => (await fetch(`http://127.0.0.1:${ports.metricsPort}/metrics`)).text(),
    signal: (name) => void child.kill(name),
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
  };
}

interface Ports {
  readonly port: number;
  readonly metricsPort: number;
}

async function portsOf(printed: () => string): Promise<Ports> {
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    const { proxy, metrics } =
      /proxyPort"?[:=](?<proxy>\d+)[, ]"?metricsPort"?[:=](?<metrics>\d+)/.exec(printed())
        ?.groups ?? {};
    if (proxy !== undefined) return { port: Number(proxy), metricsPort: Number(metrics) };
    await sleep(25);
  }
  throw new Error(`not listening: ${printed()}`);
}

function eventsIn(printed: string): readonly LogEvent[] {
  const events: LogEvent[] = [];
  // The last line may not be whole yet.
  for (const text of printed.split('\n').slice(0, -1)) {
    const { level, msg } = text.startsWith('{') ? JSON.parse(text) : { level: 0, msg: text };
    if (msg !== 'exchange') events.push({ level: Number(level), msg: String(msg), text });
  }
  return events;
}
