/** JSON requests, as many as are answered and half as many: rates, CPU, and what is added to latencies. */
import {
  type Bench,
  check,
  interleave,
  measureCounted,
  measureJson,
  type Sample,
} from './bench.ts';
import { type Chapter, type Figures, percent, shown, table } from './chapter.ts';
import { agentConversation, agentSize } from './conversations.ts';
import { median, spreadOf } from './statistics.ts';
import { comparedWorkloads, ownWorkloads, type Workload } from './workloads.ts';

const columns = [
  '',
  'requests/s',
  'spread',
  'core used',
  'CPU µs/request',
  'CPU × nginx',
  'spread',
  'requests/s × nginx',
];

type Results = ReadonlyMap<Workload, readonly Sample[]>;

/** The question of 1 KB, with all peers. */
export async function questionChapter(bench: Bench): Promise<Chapter> {
  const { workloads, skipped } = await answering(
    bench,
    comparedWorkloads([...bench.targets.keys()]),
  );
  const full = await measureFull(bench, workloads);
  const half = await measureHalf(bench, full);
  const { seconds, rounds } = bench.plan.json;
  return {
    title: 'JSON, 1 KB',
    paragraphs: [
      `As many as are answered: ${rounds} interleaved rounds of ${seconds} s with ${bench.plan.connections} connections.`,
      rateTable(full),
      ...skipped,
      margin(full),
      `The same number of requests for all, half of what Dragoman can do as it is (${shown(half.perSecond)}/s), in ${rounds} rounds: what waiting costs is not in it.`,
      halfTable(half.results),
    ],
    figures: {
      ...cpuFigures('json', full),
      ...cpuFigures('json.half', half.results),
      ...peerFigures(full),
      ...addedFigures(half.results),
    },
  };
}

/** What agents send after half an hour. */
export async function agentChapter(bench: Bench): Promise<Chapter> {
  const conversation = agentConversation(agentSize);
  const { workloads } = await answering(bench, ownWorkloads({ conversation }));
  const full = await measureFull(bench, workloads);
  return {
    title: 'JSON, 300 KB: 40 tools and 120 calls with their results',
    paragraphs: [rateTable(full), margin(full)],
    figures: cpuFigures('agent', full),
  };
}

/** A body of 20 MB, one request behind the other. */
export async function bigChapter(bench: Bench): Promise<Chapter> {
  const conversation = agentConversation({ tools: 40, turns: 200, resultSize: 98_000 });
  const { rounds, requests } = bench.plan.big;
  const results = await interleave(ownWorkloads({ conversation }), rounds, (workload) =>
    measureCounted(bench, workload, requests),
  );
  return {
    title: 'JSON, 20 MB',
    paragraphs: [
      `${rounds} rounds of ${requests} requests, one behind the other. The load writes and the mock reads 20 MB too, on one core, so only the CPU is the proxy's alone.`,
      rateTable(results),
    ],
    figures: cpuFigures('big', results),
  };
}

interface Answering {
  readonly workloads: readonly Workload[];
  readonly skipped: readonly string[];
}

/** Peers that answer wrongly are left out, with the reason. */
export async function answering(bench: Bench, all: readonly Workload[]): Promise<Answering> {
  const workloads: Workload[] = [];
  const skipped: string[] = [];
  for (const workload of all) {
    try {
      await check(bench, workload);
      workloads.push(workload);
    } catch (cause) {
      if (!['portkey', 'litellm'].includes(workload.way)) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      skipped.push(`Left out: ${why.slice(0, 160)}.`);
    }
  }
  return { workloads, skipped };
}

async function measureFull(bench: Bench, workloads: readonly Workload[]): Promise<Results> {
  const { connections } = bench.plan;
  const { rounds, seconds, warmUpSeconds } = bench.plan.json;
  await interleave(workloads, 1, (workload) =>
    measureJson(bench, workload, { connections, seconds: warmUpSeconds }),
  );
  return interleave(workloads, rounds, (workload) =>
    measureJson(bench, workload, { connections, seconds }),
  );
}

interface Half {
  readonly perSecond: number;
  readonly results: Results;
}

async function measureHalf(bench: Bench, full: Results): Promise<Half> {
  const perSecond = rateOf(full, 'dragoman') / 2;
  const { rounds, seconds } = bench.plan.json;
  const own = [...full.keys()].filter(({ way }) => ['direct', 'nginx', 'dragoman'].includes(way));
  const results = await interleave(own, rounds, (workload) => {
    // What converts can do less.
    const share = Math.min(1, rateOf(full, workload) / 2 / perSecond);
    const { connections } = bench.plan;
    return measureJson(bench, workload, { connections, seconds, perSecond: perSecond * share });
  });
  return { perSecond, results };
}

function rateOf(results: Results, which: Workload | Workload['way']): number {
  const found = [...results].find(([workload]) => workload === which || workload.way === which);
  return median(found?.[1].map((sample) => sample.perSecond) ?? []);
}

/** Of each round to nginx in the same round. */
function ratiosToNginx(results: Results, samples: readonly Sample[]): readonly number[] {
  const nginx = samplesOf(results, 'nginx');
  return samples.flatMap(({ cpuMicroseconds }, round) => {
    const floor = nginx[round]?.cpuMicroseconds;
    return cpuMicroseconds === undefined || floor === undefined ? [] : [cpuMicroseconds / floor];
  });
}

function samplesOf(results: Results, way: Workload['way']): readonly Sample[] {
  return [...results].find(([workload]) => workload.way === way)?.[1] ?? [];
}

export function rateTable(results: Results): string {
  const nginxRate = rateOf(results, 'nginx');
  const rows = [...results].map(([{ name }, samples]) => {
    const rates = samples.map(({ perSecond }) => perSecond);
    const costs = samples.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? []);
    const ratios = ratiosToNginx(results, samples);
    const share = median(samples.map(({ coreShare }) => coreShare ?? 0));
    return [
      name,
      shown(median(rates), median(rates) < 100 ? 1 : 0),
      percent(spreadOf(rates)),
      costs.length === 0 ? '-' : percent(share),
      shown(median(costs), 1),
      shown(median(ratios), 2),
      ratios.length === 0 ? '-' : percent(spreadOf(ratios)),
      shown(median(rates) / nginxRate, 2),
    ];
  });
  return table(columns, rows);
}

function halfTable(results: Results): string {
  const direct = samplesOf(results, 'direct');
  const rows = [...results].map(([{ name, way }, samples]) => {
    const ratios = ratiosToNginx(results, samples);
    const added = (key: 'p50' | 'p99'): string =>
      way === 'direct' ? '-' : shown(median(addedOf(samples, direct, key)));
    return [
      name,
      shown(median(samples.map(({ perSecond }) => perSecond))),
      shown(median(samples.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])), 1),
      shown(median(ratios), 2),
      ratios.length === 0 ? '-' : percent(spreadOf(ratios)),
      shown(median(samples.map(({ p50 }) => p50))),
      shown(median(samples.map(({ p99 }) => p99))),
      added('p50'),
      added('p99'),
    ];
  });
  const names = ['', 'requests/s', 'CPU µs/request', 'CPU × nginx', 'spread'];
  return table([...names, 'p50 µs', 'p99 µs', 'added p50 µs', 'added p99 µs'], rows);
}

function addedOf(
  samples: readonly Sample[],
  direct: readonly Sample[],
  key: 'p50' | 'p99',
): readonly number[] {
  return samples.map((sample, round) => sample[key] - (direct[round]?.[key] ?? Number.NaN));
}

/** Where several rows convert, the dearest counts. */
function cpuFigures(prefix: string, results: Results): Figures {
  const ratios = { same: 0, converted: 0 };
  for (const [{ way, client, upstream }, samples] of results) {
    if (way !== 'dragoman') continue;
    const kind = client === upstream ? 'same' : 'converted';
    ratios[kind] = Math.max(ratios[kind], median(ratiosToNginx(results, samples)));
  }
  return { [`${prefix}.same.cpu`]: ratios.same, [`${prefix}.converted.cpu`]: ratios.converted };
}

function peerFigures(results: Results): Figures {
  const own = rateOf(results, 'dragoman');
  return Object.fromEntries(
    (['portkey', 'litellm'] as const)
      .filter((way) => samplesOf(results, way).length > 0)
      .map((way) => [`json.same.rate-to-${way}`, own / rateOf(results, way)]),
  );
}

function addedFigures(results: Results): Figures {
  const direct = samplesOf(results, 'direct');
  const own = samplesOf(results, 'dragoman');
  return { 'json.half.added-p99-ms': median(addedOf(own, direct, 'p99')) / 1000 };
}

/** Whether the mock left room: what was measured must be the proxy, not the load. */
function margin(results: Results): string {
  const times = (way: Workload['way']): number => rateOf(results, 'direct') / rateOf(results, way);
  const bound =
    times('nginx') < 2 ? ', so that nginx is bound by the load and only its CPU counts' : '';
  return `Asked itself, the mock answers ${shown(times('dragoman'), 1)} times as much as Dragoman, and ${shown(times('nginx'), 1)} times as much as nginx${bound}.`;
}
