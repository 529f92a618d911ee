/** The Prometheus text format, read into samples; lines that are not of the format are left out and counted. */

export type Labels = ReadonlyMap<string, string>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Page {
  /** By what tells a series from all others. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** Also those beyond what is kept of a page. */
  readonly unreadableLines: number;
}

const SAMPLES_MAX = 200_000;
/** Longer than any series of ours, and short enough for patterns to be tried on. */
const LINE_LENGTH_MAX = 16_384;
const sampleLine =
  /^([a-zA-Z_:][\w:]*)(?:[ \t]*\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}[ \t]*|[ \t]+)(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
const labelPair = /[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|$)/gy;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** `names`: the only ones that are kept. */
export function parsePage(text: string, names: ReadonlySet<string>): Page {
  const samples = new Map<string, Sample>();
  let unreadableLines = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const sample = parseLine(line);
    if (sample === undefined || samples.size >= SAMPLES_MAX) unreadableLines += 1;
    else if (names.has(sample.name)) samples.set(seriesOf(sample), sample);
  }
  return { samples, unreadableLines };
}

function parseLine(line: string): Sample | undefined {
  if (line.length > LINE_LENGTH_MAX) return undefined;
  const [, name, pairs = '', written] = sampleLine.exec(line) ?? [];
  if (name === undefined || written === undefined) return undefined;
  const labels = parseLabels(pairs);
  const value = parseValue(written);
  return labels && value !== undefined ? { name, labels, value } : undefined;
}

function parseLabels(pairs: string): Labels | undefined {
  const labels = new Map<string, string>();
  let end = 0;
  for (const [whole, name = '', quoted = ''] of pairs.matchAll(labelPair)) {
    labels.set(name, unescapeLabel(quoted));
    end += whole.length;
  }
  return end === pairs.length ? labels : undefined;
}

function unescapeLabel(quoted: string): string {
  return quoted.replace(/\\(.)/g, (whole, next: string) => {
    if (next === 'n') return '\n';
    return next === '\\' || next === '"' ? next : whole;
  });
}

export function parseValue(written: string): number | undefined {
  if (/^\+?inf$/i.test(written)) return Number.POSITIVE_INFINITY;
  if (/^-inf$/i.test(written)) return Number.NEGATIVE_INFINITY;
  if (/^nan$/i.test(written)) return Number.NaN;
  return decimal.test(written) ? Number(written) : undefined;
}

/** The order of labels says nothing. */
function seriesOf({ name, labels }: Sample): string {
  return JSON.stringify([name, ...[...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
