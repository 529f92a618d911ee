/** All that is started for a benchmark, and the simplest things done with it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { endMarks } from './answers.ts';
import { nowMicroseconds } from './clock.ts';
import { bundleGateway, type Gateway, type GatewayPlan, startGateway } from './gateway.ts';
import { type Amount, type Load, putLoad } from './load.ts';
import { startNginx } from './nginx.ts';
import { startPeers } from './peers.ts';
import type { Plan } from './plan.ts';
import { CORE_UNDER_TEST, cpuSeconds, stop } from './processes.ts';
import { quantile } from './statistics.ts';
import type { StreamCase } from './streams.ts';
import type { Target, Way } from './target.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { requestTo, type Workload } from './workloads.ts';

export interface Bench {
  readonly plan: Plan;
  readonly folder: string;
  readonly upstream: Upstream;
  readonly targets: ReadonlyMap<Way, Target>;
  /** Peers that are not there, and why. */
  readonly skipped: readonly string[];
  readonly peerNames: readonly string[];
  /** Another gateway on the same mock; its caller ends it. */
  gateway(changes?: Partial<GatewayPlan>): Promise<Gateway>;
  end(): Promise<void>;
}

export async function prepareBench(folder: string, plan: Plan): Promise<Bench> {
  mkdirSync(folder, { recursive: true });
  const command = await bundleGateway(join(folder, 'dragoman'));
  const upstream = await startUpstream();
  const mockPort = upstream.port;
  const gateway: Bench['gateway'] = (changes = {}) =>
    startGateway({ folder, command, mockPort, cores: CORE_UNDER_TEST, ...changes });
  const own = await gateway();
  const nginx = await startNginx(join(folder, 'nginx'), mockPort);
  const peers = await startPeers({ mockPort, wish: plan.peers });
  const all: readonly Target[] = [
    { way: 'direct', port: mockPort, child: undefined },
    nginx,
    { way: 'dragoman', port: own.port, child: own.child },
    ...peers.targets,
  ];
  return {
    plan,
    folder,
    upstream,
    targets: new Map(all.map((target) => [target.way, target])),
    skipped: peers.skipped,
    peerNames: peers.targets.map(({ name }) => name),
    gateway,
    async end() {
      const children = [...all.flatMap(({ child }) => child ?? []), upstream.child];
      await Promise.all(children.map(stop));
    },
  };
}

export function targetOf({ targets }: Bench, way: Way): Target {
  const target = targets.get(way);
  if (target === undefined) throw new Error(`${way} was not started`);
  return target;
}

export interface Sample {
  readonly perSecond: number;
  /** Of the proxy under test for a request; undefined where there is none. */
  readonly cpuMicroseconds: number | undefined;
  /** Share of a core that the proxy used, 0 to 1. */
  readonly coreShare: number | undefined;
  /** Latencies in microseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function measureJson(
  bench: Bench,
  workload: Workload,
  { target = targetOf(bench, workload.way), ...amount }: Amount & { readonly target?: Target },
): Promise<Sample> {
  const request = requestTo(target, workload, bench.upstream.port);
  return sample(target, () => putLoad(bench.folder, request, amount));
}

/** So many requests, one behind the other: for those of which few are answered in a second. */
export async function measureCounted(
  bench: Bench,
  workload: Workload,
  requests: number,
): Promise<Sample> {
  const target = targetOf(bench, workload.way);
  const { url, headers, body } = requestTo(target, workload, bench.upstream.port);
  const bytes = Buffer.from(body);
  return sample(target, async () => {
    const latencies: number[] = [];
    for (let index = 0; index < requests; index += 1) {
      const askedAt = nowMicroseconds();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: bytes,
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${workload.name} answered ${response.status}`);
      latencies.push(nowMicroseconds() - askedAt);
    }
    const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
    const seconds = latencies.reduce((sum, latency) => sum + latency, 0) / 1e6;
    return { requests, seconds, p50, p99 };
  });
}

/** The CPU of the target while a load is put on it. */
async function sample({ child }: Target, put: () => Promise<Omit<Load, 'max'>>): Promise<Sample> {
  const before = child === undefined ? 0 : cpuSeconds(child);
  const { requests, seconds, p50, p99 } = await put();
  const figures = { perSecond: requests / seconds, p50, p99 };
  if (child === undefined) return { ...figures, cpuMicroseconds: undefined, coreShare: undefined };
  const used = cpuSeconds(child) - before;
  return { ...figures, cpuMicroseconds: (used / requests) * 1e6, coreShare: used / seconds };
}

export function streamCaseOf(
  bench: Bench,
  workload: Workload,
  target: Target = targetOf(bench, workload.way),
): StreamCase {
  const { url, headers, body } = requestTo(target, workload, bench.upstream.port);
  const { pathname, search } = new URL(url);
  return {
    target,
    folder: bench.folder,
    path: pathname + search,
    headers,
    body,
    clientFormat: workload.client,
  };
}

/** A fast error is no result: one answer of each is read before any is timed. */
export async function check(bench: Bench, workload: Workload): Promise<void> {
  const target = targetOf(bench, workload.way);
  const { url, headers, body } = requestTo(target, workload, bench.upstream.port);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  const isWhole =
    workload.stream === true
      ? text.includes(endMarks[workload.client])
      : text.includes('are scattered more');
  if (response.ok && isWhole) return;
  throw new Error(`${workload.name} answered ${response.status}: ${text.slice(0, 400)}`);
}

/** Each in turn, so that what the machine does meanwhile meets all alike. */
export async function interleave<T>(
  workloads: readonly Workload[],
  rounds: number,
  measure: (workload: Workload) => Promise<T>,
): Promise<ReadonlyMap<Workload, readonly T[]>> {
  const results = new Map(workloads.map((workload) => [workload, new Array<T>()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [workload, found] of results) found.push(await measure(workload));
  }
  return results;
}
