/** `npm run check [step ...]`: everything a machine can say about the code, one exit status. */
import { run } from './run.ts';

interface Step {
  readonly name: string;
  readonly runs: readonly (readonly [tool: string, ...args: string[]])[];
}

const steps: readonly Step[] = [
  {
    name: 'types',
    runs: [
      ['tsc', '--noEmit'],
      ['tsc', '--noEmit', '-p', 'packages/converter'],
    ],
  },
  {
    name: 'lint',
    runs: [['oxlint', '--type-aware', '--report-unused-disable-directives-severity=error']],
  },
  { name: 'format', runs: [['biome', 'check', '.']] },
  { name: 'boundaries', runs: [['tools/boundaries.ts']] },
  { name: 'tidy', runs: [['tools/tidy.ts']] },
  { name: 'dead-code', runs: [['knip', '--no-config-hints']] },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  const names = steps.map(({ name }) => name).join(', ');
  process.stderr.write(`no step named ${unknown.join(', ')}; there are ${names}\n`);
  process.exit(2);
}

const failed = new Set<string>();
for (const { name, runs } of steps) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`\n# ${name}\n`);
  for (const [tool, ...args] of runs) {
    await run(tool, args).catch(() => failed.add(name));
  }
}
process.stdout.write(
  failed.size === 0 ? '\ncheck: clean\n' : `\ncheck: failed ${[...failed].join(', ')}\n`,
);
if (failed.size > 0) process.exitCode = 1;
