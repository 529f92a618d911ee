/** Figures into tables: medians, spreads, and ratios to nginx. */
import { readFileSync } from 'node:fs';
import { arch, cpus, release, type } from 'node:os';
import { EVENTS } from './answers.ts';
import type { Case } from './cases.ts';

/** One measurement of one case. */
export interface Round {
  readonly perSecond: number;
  /** Of the proxy under test; undefined where there is none. */
  readonly cpuMicroseconds: number | undefined;
  /** Share of its core that the proxy used, 0 to 1. */
  readonly coreShare: number | undefined;
  /** Latencies in microseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Measured {
  readonly case: Case;
  readonly rounds: readonly Round[];
  /** With one connection: nothing waits, and nothing is batched. */
  readonly alone: Round;
}

export interface Circumstances {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Share of the machine that other processes used meanwhile, 0 to 1. */
  readonly others: number;
  readonly gatewayMiB: number;
  readonly wrk: string;
  readonly nginx: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Distance of the extremes, in percent of the median. */
function spread(values: readonly number[]): string {
  const middle = median(values);
  if (middle === 0) return '-';
  return `${(((Math.max(...values) - Math.min(...values)) / middle) * 100).toFixed(0)} %`;
}

export function reportOf(all: readonly Measured[], circumstances: Circumstances): string {
  return [
    ...machine(circumstances),
    '',
    '## JSON',
    '',
    table(all.filter((one) => one.case.kind === 'json')),
    '',
    `## SSE, ${EVENTS} events a stream`,
    '',
    table(all.filter((one) => one.case.kind === 'sse')),
    '',
    ...notes(all, circumstances),
  ].join('\n');
}

function machine(circumstances: Circumstances): readonly string[] {
  const { rounds, seconds, connections, others, gatewayMiB } = circumstances;
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return [
    `- ${new Date().toISOString().slice(0, 10)}; ${model}, ${cpus().length} cores; ${type()} ${release().split('-')[0]} ${arch()}; Node ${process.version}`,
    `- ${circumstances.nginx}; ${circumstances.wrk}; ${systemName()}`,
    `- ${rounds} interleaved rounds of ${seconds} s with ${connections} connections; medians, spread = (max − min) / median`,
    `- other processes used ${(others * 100).toFixed(0)} % of the machine meanwhile; memory of the gateway after the run: ${gatewayMiB.toFixed(0)} MiB`,
  ];
}

function systemName(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^PRETTY_NAME="(.*)"$/m.exec(text)?.[1] ?? 'Linux';
}

const columns = [
  '',
  'requests/s',
  'spread',
  'core used',
  'CPU µs/request',
  'spread',
  'CPU µs/event',
  'CPU × nginx',
  'CPU × nginx alone',
  'requests/s × nginx',
  'added p50 µs',
  'added p99 µs',
];

function table(all: readonly Measured[]): string {
  const isStream = all[0]?.case.kind === 'sse';
  const shown = columns.filter((name) => isStream || name !== 'CPU µs/event');
  const nginx = all.find((one) => one.case.way === 'nginx');
  const direct = all.find((one) => one.case.way === 'direct');
  const rows = all.map((one) => {
    const cells = cellsOf(one, { nginx, direct });
    return isStream ? cells : cells.filter((_cell, index) => columns[index] !== 'CPU µs/event');
  });
  const widths = shown.map((name, index) =>
    Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, index) =>
    index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(shown), line(rule), ...rows.map(line)].join('\n');
}

interface Baselines {
  readonly nginx: Measured | undefined;
  readonly direct: Measured | undefined;
}

function cellsOf(one: Measured, { nginx, direct }: Baselines): readonly string[] {
  const rates = one.rounds.map((round) => round.perSecond);
  const costs = costsOf(one);
  const cost = median(costs);
  const hasCost = costs.length > 0;
  const share = median(one.rounds.map((round) => round.coreShare ?? 0));
  const nginxCost = nginx === undefined ? 0 : median(costsOf(nginx));
  const nginxRate = median(nginx?.rounds.map((round) => round.perSecond) ?? []);
  const added = (key: 'p50' | 'p99'): string =>
    hasCost ? String(one.alone[key] - (direct?.alone[key] ?? 0)) : '-';
  const aloneCost = one.alone.cpuMicroseconds ?? 0;
  const nginxAlone = nginx?.alone.cpuMicroseconds ?? 0;
  return [
    one.case.name,
    median(rates).toFixed(0),
    spread(rates),
    hasCost ? `${(share * 100).toFixed(0)} %` : '-',
    hasCost ? cost.toFixed(1) : '-',
    hasCost ? spread(costs) : '-',
    hasCost ? (cost / EVENTS).toFixed(2) : '-',
    hasCost && nginxCost > 0 ? (cost / nginxCost).toFixed(1) : '-',
    hasCost && nginxAlone > 0 ? (aloneCost / nginxAlone).toFixed(1) : '-',
    nginxRate > 0 ? (median(rates) / nginxRate).toFixed(2) : '-',
    added('p50'),
    added('p99'),
  ];
}

function costsOf(one: Measured): readonly number[] {
  return one.rounds.flatMap((round) => round.cpuMicroseconds ?? []);
}

function notes(all: readonly Measured[], { connections }: Circumstances): readonly string[] {
  return [
    '"CPU" is user and system time of every process of the proxy under test, which has one core to itself; mock and load share the other.',
    `"Added" is the latency of one connection less that of the mock alone; "alone" is the CPU of that run; all other columns are with ${connections} connections.`,
    'With many connections nginx keeps mock and load busy all the time, so its writes wake nobody and several requests share one turn of its event loop: its CPU a request falls to a third. A proxy that does not reach that rate pays for the waking. With one connection both pay alike.',
    ...(['json', 'sse'] as const).map((kind) =>
      margin(
        all.filter((one) => one.case.kind === kind),
        kind,
      ),
    ),
  ];
}

/** Whether the mock left room: what was measured must be the proxy, not the load. */
function margin(all: readonly Measured[], kind: string): string {
  const rate = (one: Measured): number => median(one.rounds.map((round) => round.perSecond));
  const mock = all.find((one) => one.case.way === 'direct');
  if (mock === undefined) return '';
  const times = (way: string): string => {
    const rates = all.filter((one) => one.case.way === way).map(rate);
    return (rate(mock) / Math.max(...rates)).toFixed(1);
  };
  const nginx =
    Number(times('nginx')) < 2
      ? ' (so its requests/s is bound by the load, and its CPU is what counts)'
      : '';
  return `${kind.toUpperCase()}: the mock alone is ${times('dragoman')} times as fast as the fastest row of Dragoman, and ${times('nginx')} times as fast as nginx${nginx}.`;
}
