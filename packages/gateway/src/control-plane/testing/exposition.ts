/** A strict reader of the Prometheus text format: throws on whatever a scraper could stumble over. */
import assert from 'node:assert/strict';

export interface Sample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

export type Page = ReadonlyMap<string, Family>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const sampleLine = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const number = /^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|\+Inf)$/;

export function parsePage(text: string): Page {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const page = new Map<string, Family>();
  const seen = new Set<string>();
  let name = '';
  let help: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, word, about, rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP' && about !== undefined) {
      assert.equal(page.has(about), false, `${about} is there once`);
      name = about;
      help = rest;
    } else if (word === 'TYPE') {
      assert.equal(about, name, 'help comes before the type');
      assert.ok(help !== undefined && /^(counter|gauge|histogram)$/.test(rest), line);
      page.set(name, { type: rest, help, samples: [] });
    } else {
      const family = page.get(name);
      assert.ok(family !== undefined, line);
      const sample = parseSample(line);
      const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      assert.ok(suffixes.map((suffix) => name + suffix).includes(sample.name), line);
      const identity = JSON.stringify([
        sample.name,
        Object.entries(sample.labels).map(String).toSorted(),
      ]);
      assert.equal(seen.has(identity), false, `twice: ${line}`);
      seen.add(identity);
      family.samples.push(sample);
    }
  }
  for (const [about, family] of page) checkFamily(about, family);
  return page;
}

function parseSample(line: string): Sample {
  const [, name, pairs = ''] = sampleLine.exec(line) ?? [];
  const value = line.slice(line.lastIndexOf(' ') + 1);
  assert.ok(name !== undefined && number.test(value), `not a sample: ${line}`);
  const labels: { [name: string]: string } = {};
  for (const [, label = '', quoted = ''] of pairs.matchAll(new RegExp(LABEL, 'g'))) {
    assert.equal(label in labels, false, `label twice: ${line}`);
    labels[label] = quoted.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}

function checkFamily(name: string, { type, samples }: Family): void {
  if (type === 'counter') assert.match(name, /_total$/);
  if (type !== 'gauge') assert.ok(samples.every(({ value }) => value >= 0));
  if (type !== 'histogram') return;
  const series = Map.groupBy(samples, ({ labels }) => JSON.stringify({ ...labels, le: undefined }));
  for (const own of series.values()) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = '' } }) =>
      le === '+Inf' ? Infinity : Number(le),
    );
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(
      bounds,
      bounds.toSorted((one, other) => one - other),
    );
    assert.deepEqual(
      counts,
      counts.toSorted((one, other) => one - other),
    );
    assert.equal(bounds.at(-1), Infinity);
    assert.equal(counts.at(-1), own.find((sample) => sample.name === `${name}_count`)?.value);
    assert.ok(own.some((sample) => sample.name === `${name}_sum`));
  }
}

/** The sum of the samples with these labels. */
export function total(page: Page, name: string, labels: Sample['labels'] = {}): number {
  const family = page.get(name) ?? page.get(name.replace(/_(count|sum|bucket)$/, ''));
  assert.ok(family !== undefined, `no metric ${name}`);
  return family.samples
    .filter((sample) => sample.name === name)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
