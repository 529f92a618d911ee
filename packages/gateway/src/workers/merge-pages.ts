/** The metrics of several workers as one page. */

type Kind = 'sum' | 'most';

interface Family {
  /** Its lines of HELP and TYPE. */
  readonly head: string[];
  type: string;
  /** By name and labels, as they are written: all workers write them in the same order. */
  readonly samples: Map<string, number>;
}

/** Gauges of which each worker has a part; the others tell the same of all, or the worst counts. */
const partedGauges = new Set(['dragoman_channel_in_flight']);

/** Those of the process are the same in each of its workers. */
const SAME_FOR_ALL = 'process_';

/** Pages in Prometheus text format, all written by the same program. */
export function mergePages(pages: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const page of pages) add(page, families);
  let text = '';
  for (const { head, samples } of families.values()) {
    text += head.map((line) => `${line}\n`).join('');
    for (const [name, value] of samples) text += `${name} ${value}\n`;
  }
  return text;
}

/** What of the page of a worker that is gone still counts: totals must not go back. */
export function countersOf(page: string): string {
  const families = new Map<string, Family>();
  add(page, families);
  let text = '';
  for (const [name, { head, type, samples }] of families) {
    if (type === 'gauge' || name.startsWith(SAME_FOR_ALL)) continue;
    text += head.map((line) => `${line}\n`).join('');
    for (const [sample, value] of samples) text += `${sample} ${value}\n`;
  }
  return text;
}

function add(page: string, families: Map<string, Family>): void {
  let family: Family | undefined;
  let kind: Kind = 'sum';
  for (const line of page.split('\n')) {
    if (line.startsWith('#')) {
      const [, keyword, name = '', type = ''] = line.split(' ', 4);
      family = families.get(name) ?? { head: [], type: '', samples: new Map() };
      families.set(name, family);
      if (keyword === 'TYPE') {
        family.type = type;
        kind = kindOf(name, type);
      }
      if (!family.head.includes(line)) family.head.push(line);
      continue;
    }
    const space = line.lastIndexOf(' ');
    if (space === -1 || family === undefined) continue;
    const value = Number(line.slice(space + 1));
    const name = line.slice(0, space);
    const former = family.samples.get(name);
    family.samples.set(name, former === undefined ? value : merged(kind, former, value));
  }
}

function kindOf(name: string, type: string): Kind {
  if (name.startsWith(SAME_FOR_ALL)) return 'most';
  return type === 'gauge' && !partedGauges.has(name) ? 'most' : 'sum';
}

function merged(kind: Kind, former: number, value: number): number {
  return kind === 'sum' ? former + value : Math.max(former, value);
}
