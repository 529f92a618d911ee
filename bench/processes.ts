/** Child processes of the benchmark: pinned to a core, measured in /proc, and never left behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The proxy under test has this core for itself. */
export const CORE_UNDER_TEST = 0;
export const CORE_OF_LOAD = 1;

/** Even when this process is killed, its children end after that many seconds; `timeout` insists. */
const LIFETIME_SECONDS = 2400;
const PORT_WAIT_MS = 60_000;
const PORT_RETRY_MS = 5;

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
}

const running = new Set<Child>();

export interface Command {
  /** As `taskset` takes them. */
  readonly core: number | string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its standard output is read, and its errors are shown; both where nothing else is said. */
  readonly output?: 'pipe' | 'errors' | 'none';
}

export function start({ core, command, args, env = {}, output = 'pipe' }: Command): Child {
  const bounded = ['--kill-after=5', String(LIFETIME_SECONDS), 'taskset', '-c', String(core)];
  const child = spawn('timeout', [...bounded, command, ...args], {
    env: { ...process.env, ...env },
    stdio: [
      'pipe',
      output === 'pipe' ? 'pipe' : 'ignore',
      output === 'none' ? 'ignore' : 'inherit',
    ],
  });
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  const started = { process: child, pid: child.pid };
  running.add(started);
  child.once('exit', () => running.delete(started));
  return started;
}

/** Whatever else happened, none of them outlives this process. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

export async function stop({ process: child }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Runs a command to its end and returns what it printed. */
export async function runToEnd(command: Command): Promise<string> {
  const { process: child } = start(command);
  child.stdin?.end();
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code]: (number | null)[] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.command} ended with ${code}:\n${output}`);
  return output;
}

/** The first line that a child prints. */
export async function firstLine({ process: child }: Child): Promise<string> {
  for await (const chunk of child.stdout ?? []) return String(chunk).trim();
  throw new Error('a child ended without a word');
}

export async function waitForPort(port: number, { process: child }: Child): Promise<void> {
  const until = performance.now() + PORT_WAIT_MS;
  while (performance.now() < until && child.exitCode === null) {
    if (await isOpen(port)) return;
    await delay(PORT_RETRY_MS);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Ports that are free now; the kernel hands them out in turn, so they stay so for a while. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const { createServer } = await import('node:net');
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

// Linux counts in ticks of 10 ms wherever Node runs.
const TICK_SECONDS = 0.01;

/** CPU seconds that a child and all its descendants have used. */
export function cpuSeconds({ pid }: Child): number {
  const ticks = treeOf(pid).flatMap((member) => statOf(member).slice(11, 13));
  return ticks.reduce((sum, value) => sum + value, 0) * TICK_SECONDS;
}

/**
 * The fields of a process's `stat` behind its name, which may hold spaces and parentheses. The 12th
 * to 15th are user and system time, its own and of its children that have ended.
 */
function statOf(pid: number): readonly number[] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
  return fields.split(' ').map(Number);
}

export interface Memory {
  readonly residentMiB: number;
  /** The most that it ever was. */
  readonly peakMiB: number;
}

/** Of a child and all its descendants. */
export function memoryOf({ pid }: Child): Memory {
  const pages = treeOf(pid).map((member) => readFileSync(`/proc/${member}/status`, 'utf8'));
  const sum = (field: RegExp): number =>
    pages.reduce((all, page) => all + Number(field.exec(page)?.[1] ?? 0), 0) / 1024;
  return { residentMiB: sum(/VmRSS:\s*(\d+)/), peakMiB: sum(/VmHWM:\s*(\d+)/) };
}

/** This process works for the load, so it stays off the core under test. */
export function pinToLoad(): void {
  execFileSync('taskset', ['-cp', String(CORE_OF_LOAD), String(process.pid)], { stdio: 'ignore' });
}

function treeOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => treeOf(Number(child))),
  ];
}

/** Call the result for the share of the machine that others used meanwhile, 0 to 1. */
export function watchOthers(): () => number {
  const before = machineTimes();
  return () => {
    const after = machineTimes();
    const others = after.busy - before.busy - (after.own - before.own);
    return Math.max(0, others / (after.all - before.all));
  };
}

/** In ticks: what all processes used, what this one and its children did, and all there is. */
function machineTimes(): { readonly busy: number; readonly own: number; readonly all: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  const times = line.split(/\s+/).slice(1, 9).map(Number);
  const all = times.reduce((sum, time) => sum + time, 0);
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = times;
  const own = treeOf(process.pid).flatMap((member) => statOf(member).slice(11, 15));
  // Interrupts belong to nobody, and most of them are the load's own packets.
  return {
    busy: user + nice + system + stolen,
    own: own.reduce((sum, time) => sum + time, 0),
    all,
  };
}
