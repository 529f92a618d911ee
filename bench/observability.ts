/**
 * `npm run bench:observability`: what metrics and log lines cost of a request that passes as it is.
 *
 * CPU time alone is compared, in turns, since a shared machine's wall time says nothing. Metrics cannot
 * be switched off, so what they cost is measured by themselves and held against the whole.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelemetry } from '../packages/gateway/src/control-plane/telemetry.ts';
import { exchangeRecord } from '../packages/gateway/src/control-plane/testing/exchange-record.ts';
import { createLogger } from '../packages/gateway/src/lib/log.ts';
import { defaultSettings } from '../packages/gateway/src/model/settings.ts';
import { cases } from './cases.ts';
import { gatewayEnvironment } from './gateway.ts';
import { putLoad, writeScript } from './load.ts';
import {
  type Child,
  CORE_OF_LOAD,
  CORE_UNDER_TEST,
  cpuSeconds,
  firstLine,
  freePorts,
  start,
  stop,
  waitForPort,
  watchOthers,
} from './processes.ts';

const ROUNDS = 15;
const LOAD = { seconds: 2, connections: 16 };
const WARM_UP = { seconds: 3, connections: 16 };
const CALLS = 200_000;
const CALL_ROUNDS = 9;

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-observability-'));
const children: Child[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}
try {
  await main();
} finally {
  await end();
}

async function main(): Promise<void> {
  const one = cases.find(({ way, kind }) => way === 'dragoman' && kind === 'json');
  if (one === undefined) throw new Error('no case passes as it is');
  const mock = launch(process.execPath, [join(root, 'bench/mock.ts')], { core: CORE_OF_LOAD });
  const mockPort = Number(await firstLine(mock));
  const script = writeScript(folder, one, 0);
  const silent = await launchGateway(mockPort, 'silent');
  const logging = await launchGateway(mockPort, 'info');
  const costOf = (gateway: Gateway, load = LOAD): Promise<number> =>
    cpuMicroseconds(gateway, { url: gateway.url + one.path, script, load });
  for (const gateway of [silent, logging]) await costOf(gateway, WARM_UP);
  const othersShare = watchOthers();
  const rounds: { readonly silent: number; readonly logging: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each goes first in turn.
    const first = round % 2 === 0 ? silent : logging;
    const before = await costOf(first);
    const after = await costOf(first === silent ? logging : silent);
    rounds.push(
      first === silent ? { silent: before, logging: after } : { silent: after, logging: before },
    );
  }
  const lines = statSync(logging.file).size;
  await end();
  const metrics = callMicroseconds('silent');
  const both = callMicroseconds('info');
  const whole = median(rounds.map((round) => round.logging));
  const logs = rounds.map((round) => round.logging - round.silent);
  const share = (part: number): string => `${((part / whole) * 100).toFixed(1)} %`;
  process.stdout.write(
    `${[
      `CPU of a request, microseconds: median (quartiles) of ${ROUNDS} rounds in turns of ${LOAD.seconds} s`,
      `  without a log           ${spread(rounds.map((round) => round.silent))}`,
      `  with a log in a file    ${spread(rounds.map((round) => round.logging))}`,
      `  the log, by difference  ${spread(logs)}  ${share(median(logs))}`,
      `one exchange told to telemetry, by itself: median (quartiles) of ${CALL_ROUNDS} times ${CALLS}`,
      `  metrics                 ${spread(metrics)}  ${share(median(metrics))}`,
      `  metrics and log line    ${spread(both)}  ${share(median(both))}`,
      `metrics by themselves and the log by difference: ${share(median(metrics) + median(logs))}`,
      `log written: ${(lines / 1e6).toFixed(0)} MB; others used ${(othersShare() * 100).toFixed(0)} % of the machine`,
    ].join('\n')}\n`,
  );
}

interface Gateway {
  readonly child: Child;
  readonly url: string;
  /** What it prints. */
  readonly file: string;
}

async function launchGateway(mockPort: number, level: 'silent' | 'info'): Promise<Gateway> {
  const [gatewayPort = 0, metricsPort = 0] = await freePorts(2);
  const file = join(folder, `${level}.log`);
  const command = [
    process.execPath,
    '--conditions=source',
    join(root, 'packages/gateway/src/main.ts'),
  ];
  const child = launch('sh', ['-c', 'exec "$@" > "$LOG_FILE"', 'sh', ...command], {
    core: CORE_UNDER_TEST,
    env: {
      ...gatewayEnvironment({ mockPort, gatewayPort, metricsPort }),
      WORKERS: '1',
      LOG_LEVEL: level,
      LOG_FILE: file,
      DATA_DIR: join(folder, level),
    },
  });
  await waitForPort(gatewayPort);
  return { child, file, url: `http://127.0.0.1:${gatewayPort}` };
}

interface Placed {
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
}

function launch(command: string, args: readonly string[], placed: Placed): Child {
  const child = start({ command, args, ...placed });
  children.push(child);
  return child;
}

interface Task {
  readonly url: string;
  readonly script: string;
  readonly load: typeof LOAD;
}

async function cpuMicroseconds({ child }: Gateway, { url, script, load }: Task): Promise<number> {
  const before = cpuSeconds(child);
  const { requests } = await putLoad(url, script, load);
  return ((cpuSeconds(child) - before) / requests) * 1e6;
}

/** Of one call, as often as it was measured. Lines are taken and thrown away. */
function callMicroseconds(level: 'silent' | 'info'): readonly number[] {
  const telemetry = createTelemetry(createLogger(level, () => undefined));
  telemetry.configured({ ...defaultSettings, logLevel: level });
  const { outcome } = exchangeRecord;
  const record = {
    ...exchangeRecord,
    upstreamFormat: 'openai-chat',
    provider: 'openai',
    attempts: ['google:200'],
    keyName: undefined,
    keyId: undefined,
    stream: false,
    firstOutputMs: undefined,
    outcome: { ...outcome, usage: { fresh: 410, text: 160 } },
  };
  const rounds: number[] = [];
  for (let round = 0; round <= CALL_ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let call = 0; call < CALLS; call += 1) telemetry.exchangeEnded(record);
    const { user, system } = process.cpuUsage(before);
    // The first one is of code that was not compiled yet.
    if (round > 0) rounds.push((user + system) / CALLS);
  }
  return rounds;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function spread(values: readonly number[]): string {
  const [middle, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(values, share).toFixed(2));
  return `${middle} (${low} to ${high})`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

async function end(): Promise<void> {
  await Promise.all(children.splice(0).map(stop));
  rmSync(folder, { recursive: true, force: true });
}
