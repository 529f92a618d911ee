/** Counts what passed and failed per pair and kind, prints the table, and runs all suites when started by itself. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';

/** The suites write their counts here when the environment names a folder. */
const folder = process.env['REPLAY_REPORT_FOLDER'];
/** How many failures and exceptions of one kind are listed. */
const SHOWN_MAX = Number(process.env['REPLAY_SHOWN_MAX'] ?? 10);

interface Row {
  readonly kind: string;
  readonly pair: string;
  passed: number;
  total: number;
}

interface Excuse {
  readonly reason: string;
  readonly ids: string[];
}

interface Counts {
  readonly rows: readonly Row[];
  readonly excuses: readonly Excuse[];
}

interface Report {
  /** Opens the count of one kind for one pair. */
  tally(kind: string, from: FormatId, to: FormatId): Tally;
  /** Something that is left out, or allowed to differ, and why. */
  excuse(reason: string, id: string): void;
  print(suite: string): void;
}

interface Tally {
  add(id: string, problems: readonly string[]): void;
  /** Throws the list of what failed. */
  settle(): void;
}

export function createReport(): Report {
  const rows: Row[] = [];
  const excuses = new Map<string, Excuse>();
  return {
    tally(kind, from, to) {
      const row: Row = { kind, pair: `${from} -> ${to}`, passed: 0, total: 0 };
      rows.push(row);
      return createTally(row);
    },
    excuse(reason, id) {
      const excuse = excuses.get(reason) ?? { reason, ids: [] };
      excuses.set(reason, excuse);
      excuse.ids.push(id);
    },
    print(suite) {
      const counts: Counts = { rows, excuses: [...excuses.values()] };
      if (folder === undefined) printCounts(counts);
      else writeFileSync(join(folder, `${basename(suite)}.json`), JSON.stringify(counts));
    },
  };
}

function createTally(row: Row): Tally {
  const failures: string[] = [];
  return {
    add(id, problems) {
      row.total++;
      if (problems.length === 0) row.passed++;
      else failures.push(`${id}\n    ${problems.slice(0, 5).join('\n    ')}`);
    },
    settle() {
      if (failures.length === 0) return;
      const more = failures.length > SHOWN_MAX ? `\n  and ${failures.length - SHOWN_MAX} more` : '';
      const list = failures.slice(0, SHOWN_MAX).join('\n  ');
      throw new Error(`${failures.length} of ${row.total} failed:\n  ${list}${more}`);
    },
  };
}

const shortNames: readonly (readonly [FormatId, string])[] = [
  ['openai-chat', 'chat'],
  ['openai-responses', 'responses'],
  ['anthropic-messages', 'messages'],
  ['gemini', 'gemini'],
];

function short(pair: string): string {
  return shortNames.reduce((text, [name, brief]) => text.replaceAll(name, brief), pair);
}

function printCounts({ rows, excuses }: Counts): void {
  for (const from of formatIds) printTable(rows.filter(({ pair }) => pair.startsWith(`${from} `)));
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const total = rows.reduce((sum, row) => sum + row.total, 0);
  console.log(`${passed} of ${total} replays passed`);
  for (const { reason, ids } of excuses) {
    console.log(`exception (${ids.length}): ${reason}`);
    for (const id of ids.slice(0, SHOWN_MAX)) console.log(`    ${id}`);
    if (ids.length > SHOWN_MAX) console.log(`    and ${ids.length - SHOWN_MAX} more`);
  }
}

/** All pairs of one provider's format: as many columns as a terminal is wide. */
function printTable(rows: readonly Row[]): void {
  if (rows.length === 0) return;
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const pairs = [...new Set(rows.map(({ pair }) => pair))].toSorted();
  console.log(['passed/total', ...pairs.map(short)].map(padded).join(' '));
  for (const kind of kinds) {
    const cells = pairs.map((pair) => cell(rows, kind, pair));
    console.log([kind, ...cells].map(padded).join(' '));
  }
}

function cell(rows: readonly Row[], kind: string, pair: string): string {
  const row = rows.find((other) => other.kind === kind && other.pair === pair);
  return row === undefined || row.total === 0 ? '-' : `${row.passed}/${row.total}`;
}

function padded(text: string, column: number): string {
  return column === 0 ? text.padEnd(13) : text.padStart(22);
}

async function runAll(): Promise<void> {
  const results = mkdtempSync(join(tmpdir(), 'replay-'));
  process.env['REPLAY_REPORT_FOLDER'] = results;
  const files = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(import.meta.dirname, name));
  const events = run({ files, concurrency: 2, execArgv: ['--conditions=source'] });
  events.on('test:fail', () => {
    process.exitCode = 1;
  });
  for await (const line of events.compose(spec)) process.stdout.write(line);
  const parts = readdirSync(results).map(
    (name) => JSON.parse(readFileSync(join(results, name), 'utf8')) as Counts,
  );
  rmSync(results, { recursive: true });
  printCounts({
    rows: parts.flatMap(({ rows }) => rows),
    excuses: parts.flatMap(({ excuses }) => excuses),
  });
}

if (import.meta.main) await runAll();
