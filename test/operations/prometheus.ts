/** A Prometheus of a test's own: on a free port, in a folder of its own, ended by its process id. */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

interface RuleHealth {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface Prometheus {
  /** Throws what Prometheus says where it cannot be evaluated. */
  query(expression: string): Promise<readonly Sample[]>;
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  rules(): Promise<readonly RuleHealth[]>;
  close(): Promise<void>;
}

const TOOL = 'promtool';
const SERVER = 'prometheus';
const START_TRIES = 500;

/** Undefined when the tests that need them can run; else why they cannot. */
export function whyNoPrometheus(): string | undefined {
  const missing = [TOOL, SERVER].find((name) => spawnSync(name, ['--version']).error !== undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
}

export function promtool(args: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync(TOOL, args, { input, encoding: 'utf8' });
}

/** `config`: JSON is YAML. */
export async function startPrometheus(config: object): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    SERVER,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'series')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  // It would outlive a suite that ends early.
  process.once('exit', () => child.kill('SIGKILL'));
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });

  async function close(): Promise<void> {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }

  if (!(await isReady(`http://${address}`, child))) {
    await close();
    throw new Error(`prometheus did not start: ${printed}`);
  }
  return { ...reader(`http://${address}/api/v1`), close };
}

function reader(api: string): Omit<Prometheus, 'close'> {
  return {
    async query(expression) {
      const body = new URLSearchParams({ query: expression });
      const { result } = await answerOf<{ result: readonly Row[] }>(`${api}/query`, body);
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    labelValues: (label, selector) =>
      answerOf(`${api}/label/${label}/values?${encoded({ 'match[]': selector })}`),
    async rules() {
      const { groups } = await answerOf<{ groups: readonly { rules: readonly RuleHealth[] }[] }>(
        `${api}/rules`,
      );
      return groups.flatMap(({ rules }) => rules);
    },
  };
}

const encoded = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

interface Row {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

async function answerOf<Answer>(url: string, body?: URLSearchParams): Promise<Answer> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  const { data, error } = (await response.json()) as { data: Answer; error?: string };
  if (error !== undefined) throw new Error(error);
  return data;
}

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < START_TRIES && child.exitCode === null; tries += 1) {
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    await response?.text();
    if (response?.ok === true) return true;
    await sleep(20);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
