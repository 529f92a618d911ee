/** Streams whose events come back to back: what an event costs when nothing else is waited for. */
import { TEXT_EVENTS } from './answers.ts';
import { type Bench, interleave, streamCaseOf } from './bench.ts';
import { type Chapter, percent, shown, table } from './chapter.ts';
import { answering } from './json-chapter.ts';
import { median, spreadOf } from './statistics.ts';
import { runStreams, type Streaming } from './streams.ts';
import { comparedWorkloads, type Workload } from './workloads.ts';

const RAMP_PER_SECOND = 10_000;

type Results = ReadonlyMap<Workload, readonly Streaming[]>;

export async function streamsChapter(bench: Bench): Promise<Chapter> {
  const all = comparedWorkloads([...bench.targets.keys()]).map((workload) => {
    return { ...workload, stream: true };
  });
  await bench.upstream.answerLike({});
  const { workloads, skipped } = await answering(bench, all);
  const { rounds, seconds, warmUpSeconds } = bench.plan.streams;
  const amount = {
    connections: bench.plan.connections,
    textEvents: TEXT_EVENTS,
    seconds,
    repeats: true,
    rampPerSecond: RAMP_PER_SECOND,
  };
  await interleave(workloads, 1, (workload) =>
    runStreams(streamCaseOf(bench, workload), { ...amount, seconds: warmUpSeconds }),
  );
  const results = await interleave(workloads, rounds, (workload) =>
    runStreams(streamCaseOf(bench, workload), amount),
  );
  return {
    title: `SSE, ${TEXT_EVENTS} events with text back to back`,
    paragraphs: [
      `${rounds} interleaved rounds of ${seconds} s with ${amount.connections} connections. The client counts every event and looks for the last one of its format.`,
      table(
        columns,
        [...results].map(([workload, runs]) => rowOf(results, workload, runs)),
      ),
      ...skipped,
    ],
    figures: {},
  };
}

const columns = [
  '',
  'streams/s',
  'spread',
  'broken',
  'core used',
  'CPU µs/event',
  'CPU × nginx',
  'spread',
  'first event p50 µs',
  'p99 µs',
];

function rowOf(
  results: Results,
  { name }: Workload,
  runs: readonly Streaming[],
): readonly string[] {
  const rates = runs.map(({ events, seconds }) => events / TEXT_EVENTS / seconds);
  const costs = runs.flatMap((run) => eventMicroseconds(run) ?? []);
  const ratios = ratiosToNginx(results, runs);
  const first = (key: 'p50' | 'p99'): string =>
    shown(median(runs.map(({ figures }) => figures.firstEvent[key])));
  const share = median(runs.map((run) => (run.cpuSeconds ?? 0) / run.seconds));
  return [
    name,
    shown(median(rates)),
    percent(spreadOf(rates)),
    shown(runs.reduce((sum, { figures }) => sum + brokenOf(figures), 0)),
    costs.length === 0 ? '-' : percent(share),
    shown(median(costs), 2),
    shown(median(ratios), 2),
    ratios.length === 0 ? '-' : percent(spreadOf(ratios)),
    first('p50'),
    first('p99'),
  ];
}

export function brokenOf({ errors }: Streaming['figures']): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** CPU of the proxy for an event with text. */
export function eventMicroseconds({ cpuSeconds, events }: Streaming): number | undefined {
  return cpuSeconds === undefined ? undefined : (cpuSeconds / events) * 1e6;
}

export function ratiosToNginx(results: Results, runs: readonly Streaming[]): readonly number[] {
  const nginx = [...results].find(([{ way }]) => way === 'nginx')?.[1] ?? [];
  return runs.flatMap((run, round) => {
    const floor = nginx[round];
    const costs = [run, floor].map((one) => one && eventMicroseconds(one));
    const [own, least] = costs;
    return own === undefined || least === undefined ? [] : [own / least];
  });
}
