/**
 * `npm run bench:memory [-- --soak]`: whether a gateway holds more memory after a million requests of all
 * kinds than after a hundred thousand; with `--soak` for ten minutes instead. Ends with 1 when it does.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { InUse } from './in-use.ts';
import { heldMiB, watchForLeaks } from './leak-watch.ts';
import { endAll } from './processes.ts';
import { whatIsLacking } from './tools.ts';

const STEP = 100_000;
const REQUESTS = 1_000_000;
const SOAK_STEP = 20_000;
const SOAK_MS = 600_000;
const GROWTH_MIB_MAX = 10;

const { values } = parseArgs({
  options: { soak: { type: 'boolean', default: false }, requests: { type: 'string' } },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(1)));
}
const lacking = whatIsLacking(['taskset', 'timeout']);
if (lacking === undefined) await main();
else {
  process.stderr.write(`bench: ${lacking}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const watch = await watchForLeaks(mkdtempSync(join(tmpdir(), 'dragoman-memory-')));
  try {
    const looks = values.soak ? await soak(watch) : await count(watch);
    const [first] = looks;
    const last = looks.at(-1);
    if (first === undefined || last === undefined) throw new Error('nothing was measured');
    const heldGrowth = heldMiB(last.inUse) - heldMiB(first.inUse);
    const residentGrowth = last.inUse.residentMiB - first.inUse.residentMiB;
    process.stdout.write(
      `\nbetween ${first.requests} and ${last.requests} requests: heap and buffers ${signed(heldGrowth)} MiB, resident ${signed(residentGrowth)} MiB; allowed +${GROWTH_MIB_MAX}\n`,
    );
    if (Math.max(heldGrowth, residentGrowth) > GROWTH_MIB_MAX) process.exitCode = 1;
  } finally {
    await watch.end();
  }
}

interface Look {
  readonly requests: number;
  readonly inUse: InUse;
}

type Watch = Awaited<ReturnType<typeof watchForLeaks>>;

async function count(watch: Watch): Promise<readonly Look[]> {
  const all = Number(values.requests ?? REQUESTS);
  const step = Math.min(STEP, Math.ceil(all / 10));
  const looks: Look[] = [];
  for (let requests = step; requests <= all; requests += step) {
    looks.push(show({ requests, inUse: await watch.after(step) }));
  }
  return looks;
}

/** The first look counts when the gateway is warm. */
async function soak(watch: Watch): Promise<readonly Look[]> {
  const looks: Look[] = [];
  await watch.after(SOAK_STEP);
  const until = performance.now() + SOAK_MS;
  for (let requests = 2 * SOAK_STEP; performance.now() < until; requests += SOAK_STEP) {
    looks.push(show({ requests, inUse: await watch.after(SOAK_STEP) }));
  }
  return looks;
}

function show(look: Look): Look {
  const { residentMiB, heapUsedMiB, heapTotalMiB, externalMiB } = look.inUse;
  const figures = {
    resident: residentMiB,
    heap: heapUsedMiB,
    taken: heapTotalMiB,
    external: externalMiB,
  };
  const cells = Object.entries(figures).map(
    ([name, mib]) => `${name} ${mib.toFixed(1).padStart(6)}`,
  );
  process.stdout.write(`${String(look.requests).padStart(8)} requests, MiB: ${cells.join('  ')}\n`);
  return look;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
}
