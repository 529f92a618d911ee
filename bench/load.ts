/** The load: `wrk` with a script for the request, and its figures. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './cases.ts';
import { CORE_OF_LOAD, runToEnd } from './processes.ts';

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Writes the script of a case, and returns its path. */
export function writeScript(folder: string, one: Case, index: number): string {
  const headers = { 'Content-Type': 'application/json', ...one.headers };
  const lines = [
    'wrk.method = "POST"',
    `wrk.path = ${quoted(one.path)}`,
    `wrk.body = ${quoted(one.body)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `wrk.headers[ ${quoted(name)} ] = ${quoted(value)}`,
    ),
    'done = function(summary, latency)',
    '  local failed = summary.errors.status + summary.errors.connect + summary.errors.read',
    '    + summary.errors.write + summary.errors.timeout',
    '  io.write(string.format("FIGURES %d %d %d %d %d\\n", summary.requests, summary.duration,',
    '    failed, latency:percentile(50), latency:percentile(99)))',
    'end',
  ];
  const path = join(folder, `case-${index}.lua`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A long bracket of Lua takes anything that does not hold its own end. */
function quoted(text: string): string {
  return `[==[${text}]==]`;
}

export async function putLoad(
  url: string,
  script: string,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<Load> {
  const settings = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  const output = await runToEnd({
    core: CORE_OF_LOAD,
    command: 'wrk',
    args: [...settings, '-s', script, url],
  });
  const figures = /FIGURES (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(output)?.slice(1).map(Number);
  const [requests = 0, microseconds = 0, failed = 0, p50 = 0, p99 = 0] = figures ?? [];
  if (requests === 0) throw new Error(`wrk got no answer from ${url}:\n${output}`);
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${url} failed`);
  return { requests, seconds: microseconds / 1e6, p50, p99 };
}
