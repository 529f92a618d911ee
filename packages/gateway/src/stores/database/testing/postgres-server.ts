/** A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket, gone with the suite. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { nowMs } from '../../../lib/clock.ts';
import { environment } from '../../../lib/env.ts';

export interface PostgresServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The server and every process that it started. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

const WAIT_MS = 30_000;

/** The newest version on this machine; undefined: there is none. */
export function findPostgres(): string | undefined {
  const onPath = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
    ...globSync('/usr/pgsql-*/bin').toSorted().toReversed(),
    ...onPath,
  ];
  return folders.find((folder) => globSync(join(folder, '{initdb,postgres}')).length === 2);
}

export async function createPostgresServer(binaries: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-postgres-'));
  const owner = notRoot();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const cluster = join(folder, 'cluster');
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', cluster, '-U', 'dragoman', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...owner, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`initdb failed: ${made.stderr}`);
  }
  const url = `postgres://dragoman:pass-word@localhost/postgres?host=${encodeURIComponent(folder)}`;
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off'];
    const started = spawn(
      join(binaries, 'postgres'),
      ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, cwd: folder, stdio: 'ignore' },
    );
    server = started;
    // It would outlive a suite that ends early.
    process.once('exit', () => started.kill('SIGQUIT'));
    const until = nowMs() + WAIT_MS;
    while (!(await answers(url))) {
      if (started.exitCode !== null) throw new Error('postgres ended while it was starting');
      if (nowMs() > until) throw new Error('postgres did not start in time');
      await pause(50);
    }
  }

  async function stop(): Promise<void> {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    // SIGINT: ends sessions and does not wait for them.
    running.kill('SIGINT');
    await ended;
  }

  function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = server?.pid;
    if (pid === undefined) throw new Error('postgres does not run');
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, name);
  }

  await start();
  return {
    url,
    start,
    stop,
    signal,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL does not run as root. */
function notRoot(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres' || name === 'nobody') ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
