/** The command `npm run demo`: plays the scenes once; with `--serve` it stays, for you to try. */
import { parseArgs } from 'node:util';
import { runDemo, serveDemo } from './run.ts';

const usage = 'npm run demo [-- --serve [--port 8080]]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      serve: { type: 'boolean' },
      port: { type: 'string', default: '8080' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const output = process.stdout;
  // Whoever reads may have seen enough: `npm run demo | head`.
  output.on('error', () => process.exit());
  if (values.help === true) output.write(`${usage}\n`);
  else if (values.serve === true) await serveDemo({ output, port: Number(values.port) });
  else if (!(await runDemo({ output }))) process.exitCode = 1;
}

try {
  await main();
} catch (cause) {
  const message = cause instanceof Error ? cause.message : String(cause);
  process.stderr.write(`demo: ${message}\nusage: ${usage}\n`);
  process.exitCode = 1;
}
