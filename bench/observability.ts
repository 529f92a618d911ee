/**
 * `npm run bench:observability`: what metrics and log lines cost of a request that passes as it is.
 *
 * CPU time alone is compared, in turns, since a shared machine's wall time says nothing. Metrics cannot
 * be switched off, so what they cost is measured by themselves and held against the whole.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelemetry } from '../packages/gateway/src/control-plane/telemetry.ts';
import { exchangeRecord } from '../packages/gateway/src/control-plane/testing/exchange-record.ts';
import { createLogger } from '../packages/gateway/src/lib/log.ts';
import { defaultSettings } from '../packages/gateway/src/model/settings.ts';
import { bundleGateway, type Gateway, startGateway } from './gateway.ts';
import { type LoadRequest, putLoad } from './load.ts';
import { CORE_UNDER_TEST, cpuSeconds, endAll, watchOthers } from './processes.ts';
import { median, quantile } from './statistics.ts';
import { startUpstream } from './upstream.ts';
import { requestTo, type Workload } from './workloads.ts';

const ROUNDS = 15;
const LOAD = { seconds: 2, connections: 16 };
const WARM_UP = { seconds: 3, connections: 16 };
const CALLS = 200_000;
const CALL_ROUNDS = 9;

const question: Workload = {
  name: 'as it is',
  way: 'dragoman',
  client: 'openai-chat',
  upstream: 'openai-chat',
};
const folder = mkdtempSync(join(tmpdir(), 'dragoman-observability-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}
try {
  await main();
} finally {
  await end();
}

async function main(): Promise<void> {
  const command = await bundleGateway(join(folder, 'dragoman'));
  const { port: mockPort } = await startUpstream();
  const launch = (level: 'silent' | 'info'): Promise<Gateway> =>
    startGateway({ folder, command, mockPort, cores: CORE_UNDER_TEST, env: { LOG_LEVEL: level } });
  const silent = await launch('silent');
  const logging = await launch('info');
  const costOf = (gateway: Gateway, load = LOAD): Promise<number> => {
    const request = requestTo({ ...gateway, way: 'dragoman' }, question, mockPort);
    return cpuMicroseconds(gateway, request, load);
  };
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
      `  with a log              ${spread(rounds.map((round) => round.logging))}`,
      `  the log, by difference  ${spread(logs)}  ${share(median(logs))}`,
      `one exchange told to telemetry, by itself: median (quartiles) of ${CALL_ROUNDS} times ${CALLS}`,
      `  metrics                 ${spread(metrics)}  ${share(median(metrics))}`,
      `  metrics and log line    ${spread(both)}  ${share(median(both))}`,
      `metrics by themselves and the log by difference: ${share(median(metrics) + median(logs))}`,
      `others used ${(othersShare() * 100).toFixed(0)} % of the machine`,
    ].join('\n')}\n`,
  );
}

async function cpuMicroseconds(
  { child }: Gateway,
  request: LoadRequest,
  load: typeof LOAD,
): Promise<number> {
  const before = cpuSeconds(child);
  const { requests } = await putLoad(folder, request, load);
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

function spread(values: readonly number[]): string {
  const [middle, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(values, share).toFixed(2));
  return `${middle} (${low} to ${high})`;
}

async function end(): Promise<void> {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
}
