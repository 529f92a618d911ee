/** A gateway's own life: how fast it starts, what it holds of requests in flight, what a second worker brings. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, measureJson, type Sample } from './bench.ts';
import { type Chapter, shown, table } from './chapter.ts';
import { agentConversation, agentSize } from './conversations.ts';
import type { Gateway } from './gateway.ts';
import { probeIn } from './probing.ts';
import { CORE_OF_LOAD, CORE_UNDER_TEST, memoryOf } from './processes.ts';
import { median } from './statistics.ts';
import type { Target } from './target.ts';
import { requestTo, type Workload } from './workloads.ts';

const question: Workload = {
  name: 'Dragoman',
  way: 'dragoman',
  client: 'openai-chat',
  upstream: 'openai-chat',
};
const SETTLING_MS = 1_000;
const SAMPLE_MS = 50;
const KIB = 1024;
const READY_RETRY_MS = 5;

/** From the start of the process until it says that it is ready. */
export async function startChapter(bench: Bench): Promise<Chapter> {
  const times: number[] = [];
  const idle: number[] = [];
  for (let turn = 0; turn < bench.plan.starts; turn += 1) {
    const startedAt = performance.now();
    const gateway = await bench.gateway();
    while (!(await isReady(gateway))) await delay(READY_RETRY_MS);
    times.push(performance.now() - startedAt);
    await delay(SETTLING_MS);
    idle.push(memoryOf(gateway.child).residentMiB);
    await gateway.stop();
  }
  return {
    title: 'Start',
    paragraphs: [
      `From the process's start to its word that it is ready: ${shown(median(times))} ms (${shown(Math.min(...times))} to ${shown(Math.max(...times))}, ${times.length} starts on one core). Idle it takes ${shown(median(idle))} MiB.`,
    ],
    figures: { 'start.ready-ms': median(times), 'start.idle-mib': median(idle) },
  };
}

async function isReady({ metricsPort }: Gateway): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/readyz`);
  await response.arrayBuffer();
  return response.ok;
}

/** Large bodies whose answers are waited for. */
export async function inFlightChapter(bench: Bench): Promise<Chapter> {
  const conversation = agentConversation(agentSize);
  const rows: string[][] = [];
  const figures: { [name: string]: number } = {};
  for (const upstream of ['openai-chat', 'anthropic-messages'] as const) {
    const workload: Workload = { ...question, upstream, conversation };
    const kind = upstream === question.client ? 'same' : 'converted';
    const held = await measureInFlight(bench, workload);
    figures[`in-flight.${kind}.bodies`] = held.peakKiB / held.bodyKiB;
    rows.push([
      kind === 'same' ? 'as it is' : 'converted to Messages',
      shown(held.bodyKiB),
      shown(held.peakKiB),
      shown(held.peakKiB / held.bodyKiB, 2),
      shown(held.liveKiB),
      shown(held.liveKiB / held.bodyKiB, 2),
    ]);
  }
  await bench.upstream.answerLike({});
  const names = ['', 'body KiB', 'resident KiB/request', '× body', 'live KiB/request', '× body'];
  return {
    title: 'Memory of requests in flight, 300 KB each',
    paragraphs: [
      `${bench.plan.inFlight.requests} requests at once whose answers come after ${bench.plan.inFlight.answerDelayMs / 1000} s. "Resident" is what the process grew by at most, garbage that was not collected yet included; "live" is what the heap and its buffers hold after a collection.`,
      table(names, rows),
    ],
    figures,
  };
}

interface Held {
  readonly bodyKiB: number;
  readonly peakKiB: number;
  readonly liveKiB: number;
}

async function measureInFlight(bench: Bench, workload: Workload): Promise<Held> {
  const probe = probeIn(bench.folder);
  const gateway = await bench.gateway(probe.changes);
  const target: Target = { ...gateway, way: 'dragoman' };
  const { requests: count, answerDelayMs } = bench.plan.inFlight;
  try {
    await bench.upstream.answerLike({});
    const warmUp = { connections: 4, seconds: 1, target };
    await measureJson(bench, { ...question, upstream: workload.upstream }, warmUp);
    const before = await probe.memory();
    const residentBefore = memoryOf(gateway.child).residentMiB;
    await bench.upstream.answerLike({ delayMs: answerDelayMs });
    const { url, headers, body } = requestTo(target, workload, bench.upstream.port);
    const all = { 'content-type': 'application/json', ...headers };
    const answers = Promise.all(
      Array.from({ length: count }, async () => {
        const response = await fetch(url, { method: 'POST', headers: all, body });
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`a request in flight was answered ${response.status}`);
      }),
    );
    let peak = residentBefore;
    for (let slept = 0; slept < answerDelayMs * 0.8; slept += SAMPLE_MS) {
      await delay(SAMPLE_MS);
      peak = Math.max(peak, memoryOf(gateway.child).residentMiB);
    }
    const during = await probe.memory();
    await answers;
    const live = (one: typeof before): number => one.heapUsedMiB + one.externalMiB;
    return {
      bodyKiB: Buffer.byteLength(body) / KIB,
      peakKiB: ((peak - residentBefore) * KIB) / count,
      liveKiB: ((live(during) - live(before)) * KIB) / count,
    };
  } finally {
    await gateway.stop();
  }
}

/** One worker, and two with the same load each; and all that they can do. */
export async function workersChapter(bench: Bench): Promise<Chapter> {
  const cores = `${CORE_UNDER_TEST},${CORE_OF_LOAD}`;
  const one = await bench.gateway({ cores, workers: 1 });
  const two = await bench.gateway({ cores, workers: 2 });
  try {
    const seconds = bench.plan.workersSeconds;
    const run = (gateway: Gateway, amount: object = {}): Promise<Sample> => {
      const target: Target = { ...gateway, way: 'dragoman' };
      return measureJson(bench, question, { connections: 32, seconds, target, ...amount });
    };
    for (const gateway of [one, two]) await run(gateway);
    const full = [await run(one), await run(two)];
    // A worker with less to do writes less at once, which costs more: so each has the same.
    const share = (full[0]?.perSecond ?? 0) / 4;
    const equal: Sample[][] = [[], []];
    for (const turn of [0, 1, 0, 1, 0, 1])
      equal[turn]?.push(
        await run(turn === 0 ? one : two, { perSecond: turn === 0 ? share : 2 * share }),
      );
    const costs = equal.map((samples) => median(samples.map((one) => one.cpuMicroseconds ?? 0)));
    const [single = Number.NaN, double = Number.NaN] = costs;
    const rows = costs.map((cost, index) => [
      String(index + 1),
      shown(median(equal[index]?.map((sample) => sample.perSecond) ?? [])),
      shown(cost, 1),
      shown(median(equal[index]?.map((sample) => sample.p99) ?? [])),
      shown(full[index]?.perSecond),
    ]);
    const names = ['workers', 'requests/s', 'CPU µs/request', 'p99 µs', 'requests/s at most'];
    return {
      title: 'One worker and two',
      paragraphs: [
        `This machine has two cores, which gateway, mock and load share here, so twice the throughput cannot be shown on it. What can: whether a request costs more when a second worker does as much beside the first. Two then do ${shown((2 * single) / double, 2)} times the work of one, where each has a core. "At most" is bound by mock and load.`,
        table(names, rows),
      ],
      figures: { 'workers.scaling': (2 * single) / double },
    };
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
}
