/** What happened between two scrapes: counters that may have begun anew, and quantiles of histograms. */
import type { Labels, Page } from './parse.ts';

export interface Scrape {
  readonly page: Page;
  /** On a clock that never goes back. */
  readonly takenAtMs: number;
}

export interface Increase {
  readonly labels: Labels;
  readonly amount: number;
}

const START = 'process_start_time_seconds';

/** Increases by metric name; a series that the earlier page lacks began at nought. */
export function increases(
  earlier: Scrape,
  later: Scrape,
): ReadonlyMap<string, readonly Increase[]> {
  const before = isRestarted(earlier.page, later.page) ? new Map() : earlier.page.samples;
  const byName = new Map<string, Increase[]>();
  for (const [series, { name, labels, value }] of later.page.samples) {
    const list = byName.get(name) ?? [];
    list.push({ labels, amount: growth(before.get(series)?.value ?? 0, value) });
    byName.set(name, list);
  }
  return byName;
}

/** All counters began anew; some may be past what they were by now. */
function isRestarted(earlier: Page, later: Page): boolean {
  const [before, after] = [earlier, later].map(({ samples }) =>
    samples.values().find(({ name }) => name === START),
  );
  return before?.value !== after?.value;
}

/** A counter only grows, so a smaller value is all that was counted since it began anew. */
function growth(before: number, after: number): number {
  if (!Number.isFinite(after)) return 0;
  return after < before || !Number.isFinite(before) ? after : after - before;
}

/** As histogram_quantile of Prometheus: linear within a bucket; undefined where nothing was observed. */
export function quantile(share: number, buckets: readonly Increase[]): number | undefined {
  const byBound = new Map<number, number>();
  for (const { labels, amount } of buckets) {
    const bound = boundOf(labels.get('le'));
    if (!Number.isNaN(bound)) byBound.set(bound, (byBound.get(bound) ?? 0) + amount);
  }
  const total = byBound.get(Number.POSITIVE_INFINITY) ?? 0;
  if (total <= 0 || byBound.size < 2) return undefined;
  const rank = share * total;
  let low = 0;
  let below = 0;
  for (const [bound, count] of [...byBound].toSorted(([a], [b]) => a - b)) {
    if (bound === Number.POSITIVE_INFINITY) break;
    if (count >= rank && count > below)
      return low + ((bound - low) * (rank - below)) / (count - below);
    low = bound;
    below = Math.max(below, count);
  }
  return low;
}

function boundOf(le: string | undefined): number {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}
