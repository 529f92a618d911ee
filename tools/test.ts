/** `npm test [path ...]`: runs the suites that stand beside the code and counts single tests. */
import { globSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { type EventData, run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');
const coverage = process.argv.includes('--coverage');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const files = globSync(['packages/*/**/*.test.ts', 'tools/**/*.test.ts', 'test/**/*.test.ts'], {
  cwd: root,
  exclude: (name) => name === 'node_modules' || name === 'dist',
})
  .map((file) => file.split(sep).join('/'))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(local(filter))))
  .toSorted();

const skips: string[] = [];
const empty: string[] = [];
let counts = { passed: 0, failed: 0, skipped: 0 };

const events = run({
  cwd: root,
  files: files.map((file) => join(root, file)),
  concurrency: 2,
  timeout: 120_000,
  execArgv: ['--conditions=source'],
  coverage,
  coverageExcludeGlobs: ['**/*.test.ts', '**/testing/**', 'tools/**', 'test/**'],
});
events.on('test:pass', ({ name, file, skip, todo }) => {
  // Node reports a file in which no test ran as one passed test that bears the file's name.
  if (name === file) empty.push(relative(root, file));
  const reason = skip ?? todo;
  if (reason === undefined) return;
  skips.push(`${relative(root, file ?? '')}: ${name}: ${reason === true ? 'NO REASON' : reason}`);
});
events.on('test:summary', ({ file, counts: all }: EventData.TestSummary) => {
  if (file !== undefined) return;
  const skipped = all.skipped + all.todo;
  counts = { passed: all.passed, failed: all.tests - all.passed - skipped, skipped };
});
const printed = events.compose(spec);
printed.pipe(process.stdout);
printed.on('end', () => {
  for (const skip of skips) process.stdout.write(`skipped  ${skip}\n`);
  for (const file of empty) process.stdout.write(`failed   ${file}: no test ran\n`);
  const passed = counts.passed - empty.length;
  const failed = counts.failed + empty.length;
  process.stdout.write(`${passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
});

/** A filter may be given as a path from anywhere or as a part of one. */
function local(filter: string): string {
  return /^[./]/.test(filter) ? relative(root, resolve(filter)).split(sep).join('/') : filter;
}
