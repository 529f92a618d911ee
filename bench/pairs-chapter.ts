/** All sixteen pairs of formats with the same short question. */
import type { FormatId } from './answers.ts';
import { type Bench, check, interleave, measureJson } from './bench.ts';
import { type Chapter, shown, table } from './chapter.ts';
import { median } from './statistics.ts';
import { formatNames, type Workload } from './workloads.ts';

const formats: readonly FormatId[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
];

export async function pairsChapter(bench: Bench): Promise<Chapter> {
  const { rounds, seconds, warmUpSeconds } = bench.plan.pairs;
  const pairs = formats.flatMap((client) =>
    formats.map((upstream): Workload => {
      const name = `${formatNames[client]} → ${formatNames[upstream]}`;
      return { name, way: 'dragoman', client, upstream };
    }),
  );
  for (const pair of pairs) await check(bench, pair);
  const { connections } = bench.plan;
  const amount = { connections, seconds };
  await interleave(pairs, warmUpSeconds > 0 ? 1 : 0, (pair) =>
    measureJson(bench, pair, { connections, seconds: warmUpSeconds }),
  );
  const results = await interleave(pairs, rounds, (pair) => measureJson(bench, pair, amount));
  const cost = (client: FormatId, upstream: FormatId): number => {
    const found = [...results].find(
      ([pair]) => pair.client === client && pair.upstream === upstream,
    );
    return median(found?.[1].map(({ cpuMicroseconds }) => cpuMicroseconds ?? Number.NaN) ?? []);
  };
  const rows = formats.map((client) => [
    `${formatNames[client]} client`,
    ...formats.map((upstream) => shown(cost(client, upstream), 0)),
  ]);
  return {
    title: 'JSON, 1 KB: CPU µs a request of every pair of formats',
    paragraphs: [
      `${rounds} interleaved rounds of ${seconds} s with ${connections} connections; medians.`,
      table(['', ...formats.map((format) => `${formatNames[format]} upstream`)], rows),
    ],
    figures: {},
  };
}
