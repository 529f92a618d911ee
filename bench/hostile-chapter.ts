/** What a hostile body of 20 MB does to all others: how long the event loop is not free for them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { type Chapter, shown, table } from './chapter.ts';
import { CLIENT_KEY } from './gateway.ts';
import { hostileBodies } from './hostile.ts';
import { probeIn } from './probing.ts';

const PATH = '/v1/chat/completions';
const NEIGHBOUR_PAUSE_MS = 2;

export async function hostileChapter(bench: Bench): Promise<Chapter> {
  const { repeats, every } = bench.plan.hostile;
  const shapes = Object.entries(hostileBodies).filter((_shape, index) => index % every === 0);
  const probe = probeIn(bench.folder);
  const gateway = await bench.gateway(probe.changes);
  const url = `http://127.0.0.1:${gateway.port}${PATH}`;
  const rows: (readonly string[])[] = [];
  let worst = 0;
  try {
    for (const [name, write] of shapes) {
      const body = write();
      for (const model of ['gpt-4.1', 'claude-haiku-4-5']) {
        const named = body.replace('"gpt-4.1"', `"${model}"`);
        const runs = await repeat(repeats, async () => {
          await probe.blockMs();
          const run = await sendBeside(url, named);
          return { ...run, blockMs: await probe.blockMs() };
        });
        worst = Math.max(worst, ...runs.map((run) => run.blockMs));
        rows.push(rowOf(`${name}, ${model === 'gpt-4.1' ? 'as it is' : 'converted'}`, runs));
      }
    }
  } finally {
    await gateway.stop();
  }
  const names = ['20 MB of', 'answered', 'longest block ms', "neighbour's longest wait ms"];
  return {
    title: 'Hostile bodies of 20 MB',
    paragraphs: [
      `The longest time that the event loop was not free, of ${repeats} times, as the gateway itself sees it; and how long another client waited at most for a health page meanwhile, in which the core of the load is busy with sending 20 MB too.`,
      table(names, rows),
    ],
    figures: { 'hostile.block-ms': worst },
  };
}

interface Run {
  readonly status: number;
  readonly blockMs: number;
  readonly neighbourMs: number;
}

async function repeat<T>(count: number, run: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let turn = 0; turn < count; turn += 1) results.push(await run());
  return results;
}

function rowOf(name: string, runs: readonly Run[]): readonly string[] {
  return [
    name,
    [...new Set(runs.map(({ status }) => status))].join(', '),
    shown(Math.max(...runs.map(({ blockMs }) => blockMs))),
    shown(Math.max(...runs.map(({ neighbourMs }) => neighbourMs))),
  ];
}

async function sendBeside(url: string, body: string): Promise<Omit<Run, 'blockMs'>> {
  const neighbour = askAgainAndAgain(Number(new URL(url).port));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${CLIENT_KEY}` },
    body,
  });
  await response.arrayBuffer();
  return { status: response.status, neighbourMs: await neighbour.end() };
}

interface Neighbour {
  /** Its longest wait until now. */
  end(): Promise<number>;
}

function askAgainAndAgain(port: number): Neighbour {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const over = new AbortController();
  const asking = askUntil(socket, over.signal);
  return {
    async end() {
      over.abort();
      const longestMs = await asking;
      socket.destroy();
      return longestMs;
    },
  };
}

async function askUntil(socket: Socket, over: AbortSignal): Promise<number> {
  let longestMs = 0;
  while (!over.aborted) {
    const startedAt = performance.now();
    socket.write('GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n');
    await once(socket, 'data');
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    await delay(NEIGHBOUR_PAUSE_MS);
  }
  return longestMs;
}
