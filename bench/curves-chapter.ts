/** What a request costs as the work grows: one thing at a time, as curves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, measureJson, targetOf } from './bench.ts';
import { type Chapter, shown, table } from './chapter.ts';
import { type Curve, drawCurves, type Panel } from './chart.ts';
import { agentConversation, question } from './conversations.ts';
import type { GatewaySize } from './gateway.ts';
import type { Conversation } from './requests.ts';
import { median } from './statistics.ts';
import type { Target } from './target.ts';
import type { Workload } from './workloads.ts';

const CONNECTIONS = 8;

interface Growth {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly number[];
  readonly conversation?: (point: number) => Conversation;
  readonly size?: (point: number) => Partial<GatewaySize>;
}

const growths: readonly Growth[] = [
  {
    title: 'size of the question',
    unit: 'KiB',
    points: [1, 4, 16, 64, 256, 1024, 4096],
    conversation: (kib) => ({
      ...question,
      turns: [{ role: 'user', text: 'a "word" and the next,\n'.repeat((kib * 1024) / 23) }],
    }),
  },
  {
    title: 'tools',
    unit: 'tools',
    points: [1, 4, 16, 64, 128],
    conversation: (tools) => agentConversation({ tools, turns: 0, resultSize: 0 }),
  },
  {
    title: 'history',
    unit: 'calls of tools',
    points: [1, 4, 16, 64, 256, 1024],
    conversation: (turns) => agentConversation({ tools: 1, turns, resultSize: 200 }),
  },
  {
    title: 'channels of the route',
    unit: 'channels',
    points: [1, 10, 100, 1000],
    size: (channels) => ({ channels }),
  },
  {
    title: 'keys of clients',
    unit: 'keys',
    points: [1, 10, 100, 1000, 4000],
    size: (keys) => ({ keys }),
  },
];

const kinds = [
  { name: 'as it is', client: 'openai-chat', upstream: 'openai-chat' },
  { name: 'converted', client: 'openai-chat', upstream: 'anthropic-messages' },
] as const;

/** `picture`: where it is written; undefined: it is not. */
export async function curvesChapter(bench: Bench, picture: string | undefined): Promise<Chapter> {
  const panels: Panel[] = [];
  for (const growth of growths) panels.push(await measureGrowth(bench, growth));
  if (picture !== undefined) writeFileSync(picture, drawCurves(panels, 'CPU µs/request'));
  const tables = panels.map(({ title, curves }) => {
    const points = curves[0]?.points.map(({ x }) => x) ?? [];
    const rows = curves.map(({ name, points }) => [name, ...points.map(({ y }) => shown(y))]);
    return table([title, ...points.map(String)], rows);
  });
  const paragraphs =
    picture === undefined ? [] : ['![CPU of a request as the work grows](curves.svg)'];
  return {
    title: 'As the work grows: CPU µs a request',
    paragraphs: [...paragraphs, ...tables],
    figures: {},
  };
}

async function measureGrowth(bench: Bench, growth: Growth): Promise<Panel> {
  const every = bench.plan.curves.every;
  const last = growth.points.length - 1;
  const points = growth.points.filter((_point, index) => index % every === 0 || index === last);
  const curves: Curve[] = kinds.map(({ name }) => ({ name, points: [] }));
  for (const point of points) {
    const size = growth.size?.(point);
    const gateway = size === undefined ? undefined : await bench.gateway(size);
    const target: Target =
      gateway === undefined ? targetOf(bench, 'dragoman') : { ...gateway, way: 'dragoman' };
    try {
      for (const [index, kind] of kinds.entries()) {
        const conversation = growth.conversation?.(point) ?? question;
        const workload: Workload = { ...kind, way: 'dragoman', conversation };
        curves[index]?.points.push({ x: point, y: await costOf(bench, workload, target) });
      }
    } finally {
      await gateway?.stop();
    }
  }
  return { title: growth.title, unit: growth.unit, curves };
}

async function costOf(bench: Bench, workload: Workload, target: Target): Promise<number> {
  const { seconds, rounds } = bench.plan.curves;
  const amount = { connections: CONNECTIONS, seconds, target };
  await measureJson(bench, workload, amount);
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { cpuMicroseconds } = await measureJson(bench, workload, amount);
    if (cpuMicroseconds !== undefined) costs.push(cpuMicroseconds);
  }
  return median(costs);
}

export function pictureIn(root: string): string {
  return join(root, 'bench', 'curves.svg');
}
