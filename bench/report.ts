/** The whole report: where it was measured, the goals, and every chapter. */
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import type { Chapter, Figures } from './chapter.ts';
import { goalsTable } from './goals.ts';

export interface Circumstances {
  readonly plan: string;
  readonly minutes: number;
  /** Share of the machine that other processes used meanwhile, 0 to 1. */
  readonly others: number;
  /** Versions of what else took part. */
  readonly tools: readonly string[];
  readonly skipped: readonly string[];
}

export function reportOf(chapters: readonly Chapter[], circumstances: Circumstances): string {
  const figures: Figures = Object.assign({}, ...chapters.map((chapter) => chapter.figures));
  const parts = [
    ...machine(circumstances),
    '## Goals',
    goalsTable(figures),
    '"Beyond" is more than a goal. A figure that was measured several ways counts by its worst. Where the rows below say otherwise, they are right.',
    ...chapters.flatMap(({ title, paragraphs }) => [`## ${title}`, ...paragraphs]),
    '## How to read this',
    ...notes,
  ];
  return `# What the gateway costs\n\n${parts.join('\n\n')}\n`;
}

function machine(circumstances: Circumstances): readonly string[] {
  const { plan, minutes, others, tools, skipped } = circumstances;
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  const kernel = `${type()} ${release().split('-')[0]} ${arch()}`;
  const lines = [
    `${new Date().toISOString().slice(0, 10)}; ${model}, ${cpus().length} cores, ${memory}; ${kernel}; ${systemName()}; Node ${process.version}`,
    tools.join('; '),
    `the ${plan} run, ${minutes.toFixed(0)} minutes, in which other processes used ${(others * 100).toFixed(0)} % of the machine`,
    ...skipped,
  ];
  return [
    'Made by `npm run bench -- --write`: the gateway as it is published, beside nginx as a bare proxy and other gateways, on the same mock and in the same run.',
    lines.map((line) => `- ${line}`).join('\n'),
  ];
}

function systemName(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^PRETTY_NAME="(.*)"$/m.exec(text)?.[1] ?? 'Linux';
}

const notes = [
  '- "CPU" is user and system time of all processes of the proxy under test, from `/proc`. The proxy has one core; mock, load and this program share the other, unless a chapter says otherwise.\n' +
    '- Ratios are taken within a round, and then their median; "spread" is the distance of the extremes as a share of the median.\n' +
    '- Dragoman runs with everything on that a request meets: a client key, limits by key, user, model, channel and all together, a price table and a budget, metrics, a log line for each request (written, and thrown away by the kernel). Usage rows in a database and traces are off. The others run with what they start with; nginx writes no log.\n' +
    '- At its fullest nginx keeps mock and load busy all the time, so that its writes wake nobody and several requests share one turn of its event loop: its CPU a request falls. A proxy that does not reach that rate pays for the waking. At half load all pay alike.\n' +
    '- Latencies hold the time that `wrk` and the mock wait for their shared core; "added" takes off what they are without a proxy at the same rate.',
];
