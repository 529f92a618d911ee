/** The load of JSON: `wrk` with a script for the request, and its figures. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_OF_LOAD, runToEnd } from './processes.ts';

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Amount {
  readonly seconds: number;
  readonly connections: number;
  /** Requests a second of all connections; left out: as many as are answered. */
  readonly perSecond?: number;
}

/** Longest pause between two requests of a connection, in milliseconds: `wrk` knows whole ones only. */
const PAUSE_MS = 20;
/** Answers may be slow to come when the proxy is pushed to its end, and count all the same. */
const TIMEOUT = '30s';

/** Where scripts are written. */
export async function putLoad(folder: string, request: LoadRequest, amount: Amount): Promise<Load> {
  const script = writeScript(folder, request, amount);
  const connections = connectionsOf(amount);
  const settings = ['-t1', `-c${connections}`, `-d${amount.seconds}s`, '--timeout', TIMEOUT];
  const output = await runToEnd({
    core: CORE_OF_LOAD,
    command: 'wrk',
    args: [...settings, '-s', script, request.url],
  });
  const figures = /FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(output)?.slice(1).map(Number);
  const [requests = 0, microseconds = 0, failed = 0, p50 = 0, p99 = 0, max = 0] = figures ?? [];
  if (requests === 0) throw new Error(`wrk got no answer from ${request.url}:\n${output}`);
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${request.url} failed`);
  return { requests, seconds: microseconds / 1e6, p50, p99, max };
}

/** A connection that pauses for 1 to {@link PAUSE_MS} makes so many requests a second. */
function connectionsOf({ connections, perSecond }: Amount): number {
  if (perSecond === undefined) return connections;
  return Math.max(1, Math.round((perSecond * (PAUSE_MS + 1)) / 2 / 1000));
}

function writeScript(folder: string, { url, headers, body }: LoadRequest, amount: Amount): string {
  const bodyFile = join(folder, 'wrk-body.json');
  writeFileSync(bodyFile, body);
  const fields = { 'Content-Type': 'application/json', ...headers };
  const { pathname, search } = new URL(url);
  const lines = [
    'wrk.method = "POST"',
    `wrk.path = ${quoted(pathname + search)}`,
    `wrk.body = io.open(${quoted(bodyFile)}):read("*a")`,
    ...Object.entries(fields).map(
      ([name, value]) => `wrk.headers[ ${quoted(name)} ] = ${quoted(value)}`,
    ),
    ...(amount.perSecond === undefined
      ? []
      : [`function delay() return math.random(1, ${PAUSE_MS}) end`]),
    'done = function(summary, latency)',
    '  local failed = summary.errors.status + summary.errors.connect + summary.errors.read',
    '    + summary.errors.write + summary.errors.timeout',
    '  io.write(string.format("FIGURES %d %d %d %d %d %d\\n", summary.requests, summary.duration,',
    '    failed, latency:percentile(50), latency:percentile(99), latency.max))',
    'end',
  ];
  const path = join(folder, 'wrk.lua');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A long bracket of Lua takes anything that does not hold its own end. */
function quoted(text: string): string {
  return `[==[${text}]==]`;
}
