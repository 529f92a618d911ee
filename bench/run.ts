/**
 * `npm run bench [-- --quick] [-- --write] [-- --only json,paced]`: the gateway beside nginx and other
 * gateways on the same mock, in the same run.
 *
 * Everything stays on this machine, and all children end with this process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, prepareBench } from './bench.ts';
import type { Chapter } from './chapter.ts';
import { curvesChapter, pictureIn } from './curves-chapter.ts';
import { hostileChapter } from './hostile-chapter.ts';
import { agentChapter, bigChapter, questionChapter } from './json-chapter.ts';
import { inFlightChapter, startChapter, workersChapter } from './life-chapter.ts';
import { manyStreamsChapter, pacedChapter } from './paced-chapter.ts';
import { pairsChapter } from './pairs-chapter.ts';
import { full, quick } from './plan.ts';
import { endAll, pinToLoad, watchOthers } from './processes.ts';
import { reportOf } from './report.ts';
import { streamsChapter } from './streams-chapter.ts';
import { versionOf, whatIsLacking } from './tools.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

/** In the order of the report. */
const chapters: Readonly<Record<string, (bench: Bench) => Promise<Chapter>>> = {
  json: questionChapter,
  pairs: pairsChapter,
  agent: agentChapter,
  big: bigChapter,
  streams: streamsChapter,
  paced: pacedChapter,
  many: manyStreamsChapter,
  inflight: inFlightChapter,
  hostile: hostileChapter,
  workers: workersChapter,
  start: startChapter,
  curves: (bench) => curvesChapter(bench, values.write ? pictureIn(root) : undefined),
};

const folder = mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}
try {
  await main();
} finally {
  await end();
}

async function main(): Promise<void> {
  const lacking = whatIsLacking(['wrk', 'nginx', 'taskset', 'timeout']);
  if (lacking !== undefined) {
    process.stderr.write(`bench: ${lacking}\n`);
    process.exitCode = 1;
    return;
  }
  pinToLoad();
  const plan = values.quick ? quick : full;
  const startedAt = performance.now();
  const othersShare = watchOthers();
  const bench = await prepareBench(folder, plan);
  const written: Chapter[] = [];
  for (const [name, write] of Object.entries(chapters)) {
    const only = values.only?.split(',');
    if (only?.includes(name) === false) continue;
    if (only === undefined && plan.leavesOut.includes(name)) continue;
    const chapter = await write(bench);
    written.push(chapter);
    process.stderr.write(`\n## ${chapter.title}\n\n${chapter.paragraphs.join('\n\n')}\n`);
  }
  const report = reportOf(written, {
    plan: plan.name,
    minutes: (performance.now() - startedAt) / 60_000,
    others: othersShare(),
    tools: [
      versionOf('nginx', '-v').replace('nginx version: ', ''),
      versionOf('wrk', '--version').replace(/ \[.*/, ''),
      ...bench.peerNames,
    ],
    skipped: bench.skipped,
  });
  process.stdout.write(`\n${report}`);
  if (!values.write) return;
  const path = join(root, 'bench', 'RESULTS.md');
  writeFileSync(path, report);
  process.stdout.write(`\nwritten to ${path}\n`);
}

async function end(): Promise<void> {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
}
