/**
 * Histograms that are plain numbers. The library's look their series up by its labels with every
 * value, which cost more than all other counting of a request together.
 */

export interface Distribution {
  observe(value: number): void;
}

export interface HistogramFamily<Label extends string> {
  /** The same one for the same labels. */
  of(labels: Readonly<Record<Label, string>>): Distribution;
  /** In Prometheus text format. */
  text(): string;
}

interface Options<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

interface Series extends Distribution {
  lines(): string;
}

export function createHistogram<Label extends string>({
  name,
  help,
  labelNames,
  buckets,
}: Options<Label>): HistogramFamily<Label> {
  const known = new Map<string, Series>();
  return {
    of(labels) {
      const pairs = labelNames.map((label) => `${label}="${escaped(labels[label])}"`).join(',');
      const series = known.get(pairs) ?? createSeries(name, pairs, buckets);
      known.set(pairs, series);
      return series;
    },
    text() {
      let text = `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
      for (const series of known.values()) text += series.lines();
      return text;
    },
  };
}

function createSeries(name: string, pairs: string, buckets: readonly number[]): Series {
  const counts = new Float64Array(buckets.length);
  let sum = 0;
  let count = 0;
  return {
    observe(value) {
      sum += value;
      count += 1;
      for (let index = 0; index < buckets.length; index += 1) {
        if (value > (buckets[index] ?? 0)) continue;
        counts[index] = (counts[index] ?? 0) + 1;
        return;
      }
    },
    lines() {
      let text = '';
      let below = 0;
      for (const [index, bound] of buckets.entries()) {
        below += counts[index] ?? 0;
        text += `${name}_bucket{${pairs},le="${bound}"} ${below}\n`;
      }
      text += `${name}_bucket{${pairs},le="+Inf"} ${count}\n`;
      return `${text}${name}_sum{${pairs}} ${sum}\n${name}_count{${pairs}} ${count}\n`;
    },
  };
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
