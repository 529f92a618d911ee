/** Many streams at a model's pace: what an event costs, what it waits, and what a stream takes of memory. */
import { type Bench, interleave, streamCaseOf } from './bench.ts';
import { type Chapter, type Figures, percent, shown, table } from './chapter.ts';
import type { PacedPlan } from './plan.ts';
import { CORE_OF_LOAD, CORE_UNDER_TEST, memoryOf } from './processes.ts';
import { median, spreadOf } from './statistics.ts';
import { runStreams, type Streaming } from './streams.ts';
import { brokenOf, eventMicroseconds, ratiosToNginx } from './streams-chapter.ts';
import type { Target } from './target.ts';
import { ownWorkloads, type Workload } from './workloads.ts';

/** Opening a stream costs as much as dozens of events: no faster than a busy gateway takes them. */
const RAMP_PER_SECOND = 400;
/** Between the first stream's beginning and the watching, beyond the ramp. */
const SLACK_SECONDS = 4;

interface Measured {
  readonly plan: PacedPlan;
  readonly results: ReadonlyMap<Workload, readonly Streaming[]>;
  readonly lateMsMax: number;
}

export async function pacedChapter(bench: Bench): Promise<Chapter> {
  const measured: Measured[] = [];
  for (const plan of bench.plan.paced) measured.push(await measurePaced(bench, plan));
  await bench.upstream.answerLike({});
  const rows = measured.flatMap((one) =>
    [...one.results].map(([workload, runs]) => rowOf(one, workload, runs)),
  );
  const late = measured.map(
    ({ plan, lateMsMax }) => `${shown(lateMsMax, 1)} ms with ${plan.connections}`,
  );
  const pace = measured.map(({ plan }) => shown(plan.perSecond, 1)).join(', ');
  return {
    title: 'SSE at a pace',
    paragraphs: [
      `Streams that are open at once, each with ${pace} events a second: the same 25,000 events a second in all, which mock and load can do beside each other on one core. All get events while the proxy is watched, and each has to end well.`,
      table(columns, rows),
      `"Waiting" is from the mock's writing to the client's reading, so half of it is mock and load: compare with the mock alone. Every gateway here is a fresh one, and memory a stream is what it grew by. The mock itself was late by at most ${late.join(', ')} streams.`,
    ],
    figures: Object.assign({}, ...measured.map(figuresOf)),
  };
}

async function measurePaced(bench: Bench, plan: PacedPlan): Promise<Measured> {
  let lateMsMax = 0;
  const results = await interleave(
    ownWorkloads({ stream: true }),
    plan.rounds,
    async (workload) => {
      // What streams grew, the next ones would find there.
      const gateway = workload.way === 'dragoman' ? await bench.gateway() : undefined;
      const target: Target | undefined = gateway && { ...gateway, way: 'dragoman' };
      try {
        const run = await runPaced(bench, { workload, target }, plan);
        lateMsMax = Math.max(lateMsMax, await bench.upstream.lateMsMax());
        return run;
      } finally {
        await gateway?.stop();
      }
    },
  );
  return { plan, results, lateMsMax };
}

interface Asked {
  readonly workload: Workload;
  readonly target: Target | undefined;
}

export async function runPaced(
  bench: Bench,
  { workload, target }: Asked,
  plan: PacedPlan,
): Promise<Streaming> {
  const { connections, perSecond, seconds } = plan;
  const openSeconds = connections / RAMP_PER_SECOND + seconds + SLACK_SECONDS;
  const textEvents = Math.ceil(perSecond * openSeconds);
  await bench.upstream.answerLike({ perSecond, events: textEvents });
  return runStreams(streamCaseOf(bench, workload, target), {
    connections,
    textEvents,
    seconds,
    repeats: false,
    rampPerSecond: RAMP_PER_SECOND,
  });
}

const columns = [
  'streams',
  'events/s',
  'broken',
  'core used',
  'CPU µs/event',
  'CPU × nginx',
  'spread',
  'waiting p50 µs',
  'p99 µs',
  'first event p50 ms',
  'p99 ms',
  'idle MiB',
  'KiB/stream',
  'peak MiB',
];

function rowOf(
  { plan, results }: Measured,
  { name, way }: Workload,
  runs: readonly Streaming[],
): readonly string[] {
  const of = (figure: (run: Streaming) => number): number => median(runs.map(figure));
  const ratios = ratiosToNginx(results, runs);
  const memory = (figure: (run: Streaming) => number): string =>
    way === 'direct' ? '-' : shown(of(figure), 0);
  return [
    `${plan.connections}, ${name}`,
    shown(of(({ events, seconds }) => events / seconds)),
    shown(runs.reduce((sum, { figures }) => sum + brokenOf(figures), 0)),
    way === 'direct' ? '-' : percent(of((run) => (run.cpuSeconds ?? 0) / run.seconds)),
    shown(median(runs.flatMap((run) => eventMicroseconds(run) ?? [])), 1),
    shown(median(ratios), 2),
    ratios.length === 0 ? '-' : percent(spreadOf(ratios)),
    shown(of(({ figures }) => figures.delay.p50)),
    shown(of(({ figures }) => figures.delay.p99)),
    shown(
      of(({ figures }) => figures.firstEvent.p50 / 1000),
      1,
    ),
    shown(
      of(({ figures }) => figures.firstEvent.p99 / 1000),
      1,
    ),
    memory((run) => run.memory.beforeMiB),
    memory((run) => kibOfStream(run, plan)),
    memory((run) => run.memory.peakMiB),
  ];
}

function kibOfStream({ memory }: Streaming, { connections }: PacedPlan): number {
  return ((memory.openMiB - memory.beforeMiB) * 1024) / connections;
}

function figuresOf({ plan, results }: Measured): Figures {
  const figures: { [name: string]: number } = {};
  for (const [{ way, client, upstream }, runs] of results) {
    if (way !== 'dragoman') continue;
    const kind = client === upstream ? 'same' : 'converted';
    figures[`paced.${plan.connections}.${kind}.cpu`] = median(ratiosToNginx(results, runs));
  }
  return figures;
}

/** As many streams as fit, on all cores, with two workers. */
export async function manyStreamsChapter(bench: Bench): Promise<Chapter> {
  const plan = bench.plan.many;
  const rows: string[][] = [];
  const figures: { [name: string]: number } = {};
  for (const workload of ownWorkloads({ stream: true })) {
    if (workload.way !== 'dragoman') continue;
    const gateway = await bench.gateway({
      cores: `${CORE_UNDER_TEST},${CORE_OF_LOAD}`,
      workers: 2,
    });
    try {
      const target: Target = { ...gateway, way: 'dragoman' };
      const run = await runPaced(bench, { workload, target }, plan);
      const peak = memoryOf(gateway.child).peakMiB;
      const kind = workload.client === workload.upstream ? 'same' : 'converted';
      figures[`many.${plan.connections}.${kind}.broken`] = brokenOf(run.figures);
      figures[`many.${plan.connections}.${kind}.peak-mib`] = peak;
      rows.push([
        workload.name,
        shown(run.figures.streams),
        shown(brokenOf(run.figures)),
        shown(run.events / run.seconds),
        shown(eventMicroseconds(run), 1),
        shown(run.figures.delay.p99 / 1000, 1),
        shown(run.memory.beforeMiB),
        shown(run.memory.openMiB),
        shown(kibOfStream(run, plan)),
        shown(peak),
      ]);
    } finally {
      await gateway.stop();
    }
  }
  await bench.upstream.answerLike({});
  const names = ['', 'ended well', 'broken', 'events/s', 'CPU µs/event', 'waiting p99 ms'];
  return {
    title: `SSE, ${plan.connections} streams at once, two workers`,
    paragraphs: [
      `Each has ${shown(plan.perSecond, 1)} events a second. Gateway, mock and load share both cores.`,
      table([...names, 'idle MiB', 'open MiB', 'KiB/stream', 'peak MiB'], rows),
    ],
    figures,
  };
}
