/**
 * `npm run bench [-- --quick] [-- --write]`: the gateway beside nginx on the same mock, in the same run.
 *
 * Everything stays on this machine, and all children end with this process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases, type Way } from './cases.ts';
import { gatewayEnvironment } from './gateway.ts';
import { putLoad, writeScript } from './load.ts';
import { writeNginxConfig } from './nginx.ts';
import {
  type Child,
  CORE_OF_LOAD,
  CORE_UNDER_TEST,
  cpuSeconds,
  firstLine,
  freePorts,
  residentMiB,
  start,
  stop,
  waitForPort,
  watchOthers,
} from './processes.ts';
import { type Measured, type Round, reportOf } from './report.ts';

const root = join(import.meta.dirname, '..');

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly latencySeconds: number;
  readonly connections: number;
}

const full: Plan = { rounds: 5, seconds: 4, warmUpSeconds: 3, latencySeconds: 3, connections: 16 };
const quick: Plan = { rounds: 3, seconds: 1, warmUpSeconds: 1, latencySeconds: 1, connections: 16 };

interface Bench {
  readonly urls: Readonly<Record<Way, string>>;
  /** What is under test on each way. */
  readonly proxies: { readonly [way in Way]?: Child };
  readonly scripts: ReadonlyMap<Case, string>;
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' } },
});
const children: Child[] = [];
const folder = mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}
try {
  await main(values.quick === true ? quick : full);
} finally {
  await end();
}

async function main(plan: Plan): Promise<void> {
  const lacking = whatIsLacking();
  if (lacking !== undefined) {
    process.stderr.write(`bench: ${lacking}\n`);
    process.exitCode = 1;
    return;
  }
  const bench = await prepare();
  for (const one of cases) await check(bench, one);
  const othersShare = watchOthers();
  const measured = await measure(bench, plan);
  const gateway = bench.proxies.dragoman;
  const report = reportOf(measured, {
    ...plan,
    others: othersShare(),
    gatewayMiB: gateway === undefined ? 0 : residentMiB(gateway),
    wrk: versionOf('wrk', '--version').replace(/ \[.*/, ''),
    nginx: versionOf('nginx', '-v').replace('nginx version: ', ''),
  });
  process.stdout.write(`\n${report}\n`);
  if (values.write !== true) return;
  const path = join(root, 'bench', 'RESULTS.md');
  writeFileSync(
    path,
    `# Gateway beside nginx\n\nMade by \`npm run bench -- --write\`.\n\n${report}\n`,
  );
  process.stdout.write(`\nwritten to ${path}\n`);
}

function whatIsLacking(): string | undefined {
  if (process.platform !== 'linux')
    return 'reads /proc and pins processes, so it runs on Linux only';
  if (cpus().length < 2) return 'needs two cores: one for the proxy, one for mock and load';
  for (const tool of ['wrk', 'nginx', 'taskset', 'timeout']) {
    if (versionOf(tool, tool === 'nginx' ? '-v' : '--version') !== '') continue;
    return `${tool} is not installed: apt-get install wrk nginx-light util-linux coreutils`;
  }
  return undefined;
}

/** The first line that a tool says about itself, empty when it is not there. */
function versionOf(tool: string, option: string): string {
  try {
    // nginx writes its version to standard error, and wrk ends with 1 after it.
    return (
      execFileSync('sh', [
        '-c',
        `command -v ${tool} >/dev/null && { ${tool} ${option} 2>&1; true; }`,
      ])
        .toString()
        .split('\n')[0] ?? ''
    );
  } catch {
    return '';
  }
}

async function prepare(): Promise<Bench> {
  const mock = launch({
    core: CORE_OF_LOAD,
    command: process.execPath,
    args: [join(root, 'bench/mock.ts')],
  });
  const mockPort = Number(await firstLine(mock));
  const [nginxPort = 0, gatewayPort = 0, metricsPort = 0] = await freePorts(3);
  const config = writeNginxConfig(join(folder, 'nginx'), { own: nginxPort, upstream: mockPort });
  const nginx = launch({
    core: CORE_UNDER_TEST,
    command: 'nginx',
    args: ['-e', 'stderr', '-c', config],
  });
  const gateway = launch({
    core: CORE_UNDER_TEST,
    command: process.execPath,
    args: ['--conditions=source', join(root, 'packages/gateway/src/main.ts')],
    env: gatewayEnvironment({ mockPort, gatewayPort, metricsPort }),
  });
  // The log is written as it is in production, and nobody keeps it.
  gateway.process.stdout?.resume();
  await waitForPort(nginxPort);
  await waitForPort(gatewayPort);
  return {
    urls: { direct: urlOf(mockPort), nginx: urlOf(nginxPort), dragoman: urlOf(gatewayPort) },
    proxies: { nginx, dragoman: gateway },
    scripts: new Map(cases.map((one, index) => [one, writeScript(folder, one, index)])),
  };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function launch(command: Parameters<typeof start>[0]): Child {
  const child = start(command);
  children.push(child);
  return child;
}

/** A fast error is no result: one answer of each case is read before any is timed. */
async function check(bench: Bench, one: Case): Promise<void> {
  const response = await fetch(bench.urls[one.way] + one.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...one.headers },
    body: one.body,
  });
  const text = await response.text();
  if (response.ok && one.expected.test(text)) return;
  throw new Error(`${one.name} (${one.kind}) answered ${response.status}: ${text.slice(0, 400)}`);
}

async function measure(bench: Bench, plan: Plan): Promise<readonly Measured[]> {
  const { connections } = plan;
  const results = cases.map((one) => ({ case: one, rounds: new Array<Round>() }));
  for (const one of cases) {
    await loadOf(bench, one, { seconds: plan.warmUpSeconds, connections });
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const result of results) {
      result.rounds.push(await measureOnce(bench, result.case, plan));
      const rate = result.rounds.at(-1)?.perSecond.toFixed(0) ?? '';
      process.stderr.write(
        `round ${round + 1}  ${result.case.kind}  ${result.case.name}: ${rate}/s\n`,
      );
    }
  }
  const measured: Measured[] = [];
  for (const result of results) {
    const load = { seconds: plan.latencySeconds, connections: 1 };
    measured.push({ ...result, alone: await measureOnce(bench, result.case, load) });
  }
  return measured;
}

async function measureOnce(bench: Bench, one: Case, load: Amount): Promise<Round> {
  const proxy = bench.proxies[one.way];
  const before = proxy === undefined ? 0 : cpuSeconds(proxy);
  const { requests, seconds, p50, p99 } = await loadOf(bench, one, load);
  const figures = { perSecond: requests / seconds, p50, p99 };
  if (proxy === undefined) return { ...figures, cpuMicroseconds: undefined, coreShare: undefined };
  const used = cpuSeconds(proxy) - before;
  return { ...figures, cpuMicroseconds: (used / requests) * 1e6, coreShare: used / seconds };
}

interface Amount {
  readonly seconds: number;
  readonly connections: number;
}

function loadOf(bench: Bench, one: Case, load: Amount): ReturnType<typeof putLoad> {
  return putLoad(bench.urls[one.way] + one.path, bench.scripts.get(one) ?? '', load);
}

async function end(): Promise<void> {
  await Promise.all(children.splice(0).map(stop));
  rmSync(folder, { recursive: true, force: true });
}
