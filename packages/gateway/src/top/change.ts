/** How the counters of a page, or those of one channel, model or key, grew between two scrapes. */
import { type MetricName, metric } from './metric-names.ts';
import type { Labels } from './parse.ts';
import { type Increase, increases, quantile, type Scrape } from './rates.ts';

export interface Change {
  readonly seconds: number;
  readonly grown: ReadonlyMap<string, readonly Increase[]>;
}

export type Dimension = 'channel' | 'model' | 'key' | 'result';

export function changeBetween(earlier: Scrape, later: Scrape): Change {
  return {
    seconds: (later.takenAtMs - earlier.takenAtMs) / 1_000,
    grown: increases(earlier, later),
  };
}

/** In a second, over all series whose labels pass. */
export function rate(
  { seconds, grown }: Change,
  name: MetricName,
  test: (labels: Labels) => boolean = () => true,
): number {
  if (seconds <= 0) return 0;
  const passing = (grown.get(name) ?? []).filter(({ labels }) => test(labels));
  return passing.reduce((sum, { amount }) => sum + amount, 0) / seconds;
}

export function quantileOf({ grown }: Change, name: MetricName, share: number): number | undefined {
  return quantile(share, grown.get(name) ?? []);
}

const splitMetrics = [
  metric.requests,
  metric.tokens,
  metric.cost,
  metric.attempts,
  metric.firstOutput,
] as const;

/** By the value of a label. Each series is looked at once: there may be thousands of keys. */
export function split({ seconds, grown }: Change, label: Dimension): ReadonlyMap<string, Change> {
  const parts = new Map<string, Map<string, Increase[]>>();
  for (const name of splitMetrics) {
    for (const increase of grown.get(name) ?? []) {
      const value = increase.labels.get(label);
      if (value === undefined) continue;
      const part = parts.get(value) ?? new Map<string, Increase[]>();
      parts.set(value, part);
      const list = part.get(name) ?? [];
      part.set(name, list);
      list.push(increase);
    }
  }
  return new Map(Array.from(parts, ([value, part]) => [value, { seconds, grown: part }]));
}
