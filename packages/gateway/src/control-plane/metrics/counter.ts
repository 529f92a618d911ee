/** Counters that are plain numbers while requests run, and become lines of the page when it is read. */
import { Counter, type Registry } from '@prometheus-io/client';

/** Whoever counts often keeps it: finding one by its labels costs more than counting in it. */
export interface Cell {
  value: number;
}

interface Options<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** What one counted thing is in the unit of the page. */
  readonly worth?: number;
}

/** The function returns the same cell for the same labels. */
export function createCounter<Label extends string>(
  registry: Registry,
  { name, help, labelNames, worth = 1 }: Options<Label>,
): (labels: Readonly<Record<Label, string>>) => Cell {
  const series = new Map<
    string,
    { readonly labels: { [name: string]: string }; readonly cell: Cell }
  >();
  const counter = new Counter<string>({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    collect() {
      this.reset();
      for (const { labels, cell } of series.values()) this.inc(labels, cell.value * worth);
    },
  });
  registry.registerMetric(counter);

  return (labels) => {
    const key = JSON.stringify(labelNames.map((label) => labels[label]));
    const known = series.get(key);
    if (known !== undefined) return known.cell;
    const cell: Cell = { value: 0 };
    // Those given may be more than this counter has.
    const own = Object.fromEntries(labelNames.map((label) => [label, labels[label]]));
    series.set(key, { labels: own, cell });
    return cell;
  };
}
