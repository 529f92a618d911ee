/** Loads of streams: runs the client that counts them, and reads the proxy's CPU while all are open. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { endMarks, type FormatId } from './answers.ts';
import { CORE_OF_LOAD, cpuSeconds, memoryOf, start, stop } from './processes.ts';
import type { Target } from './target.ts';

export interface StreamPlan {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFile: string;
  readonly connections: number;
  /** New ones a second until all are there. */
  readonly rampPerSecond: number;
  readonly textEvents: number;
  readonly endMark: string;
  /** So long each connection begins a stream when one has ended; undefined: each has one stream. */
  readonly seconds: number | undefined;
}

interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Times in microseconds. */
export interface StreamFigures {
  readonly streams: number;
  readonly textEvents: number;
  readonly seconds: number;
  /** How often each mistake was made. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the request to the first event with text. */
  readonly firstEvent: Spread;
  /** Between two pieces of a stream. */
  readonly gap: Spread;
  /** From the mock's writing to the client's reading. */
  readonly delay: Spread;
}

export interface StreamCase {
  readonly target: Target;
  readonly folder: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clientFormat: FormatId;
}

export interface Streaming {
  readonly figures: StreamFigures;
  /** While it was watched. */
  readonly events: number;
  readonly seconds: number;
  /** Of the proxy meanwhile; undefined where there is none. */
  readonly cpuSeconds: number | undefined;
  readonly memory: {
    readonly beforeMiB: number;
    readonly openMiB: number;
    readonly peakMiB: number;
  };
}

interface Amount {
  readonly connections: number;
  readonly textEvents: number;
  /** How long the proxy is watched. */
  readonly seconds: number;
  /** Streams that end while it is watched are followed by others. */
  readonly repeats: boolean;
  readonly rampPerSecond: number;
}

const SETTLING_MS = 500;
const SAMPLE_MS = 250;

export async function runStreams(one: StreamCase, amount: Amount): Promise<Streaming> {
  const bodyFile = join(one.folder, 'stream-body.json');
  writeFileSync(bodyFile, one.body);
  const { connections, textEvents, seconds, repeats, rampPerSecond } = amount;
  const plan: StreamPlan = {
    port: one.target.port,
    path: one.path,
    headers: one.headers,
    bodyFile,
    connections,
    rampPerSecond,
    textEvents,
    endMark: endMarks[one.clientFormat],
    seconds: repeats ? seconds + SETTLING_MS / 1000 : undefined,
  };
  const { child } = one.target;
  const resident = (): number => (child === undefined ? 0 : memoryOf(child).residentMiB);
  const beforeMiB = resident();
  let peakMiB = beforeMiB;
  const sampling = setInterval(() => (peakMiB = Math.max(peakMiB, resident())), SAMPLE_MS);
  const client = launchClient(plan);
  try {
    await client.next('open');
    if (!repeats) await delay(SETTLING_MS);
    const first = await look(client, one);
    await delay(seconds * 1000);
    const last = await look(client, one);
    const openMiB = resident();
    const figures: StreamFigures = JSON.parse(await client.next('{'));
    return {
      figures,
      events: last.textEvents - first.textEvents,
      seconds: (last.atMicroseconds - first.atMicroseconds) / 1e6,
      cpuSeconds: child === undefined ? undefined : last.cpu - first.cpu,
      memory: { beforeMiB, openMiB, peakMiB },
    };
  } finally {
    clearInterval(sampling);
    await client.end();
  }
}

interface Look {
  readonly textEvents: number;
  readonly atMicroseconds: number;
  readonly cpu: number;
}

async function look(client: Client, { target: { child } }: StreamCase): Promise<Look> {
  client.ask();
  const count: Omit<Look, 'cpu'> = JSON.parse(await client.next('{"textEvents"'));
  return { ...count, cpu: child === undefined ? 0 : cpuSeconds(child) };
}

interface Client {
  /** The next line that begins so; others are passed over. */
  next(beginning: string): Promise<string>;
  ask(): void;
  end(): Promise<void>;
}

function launchClient(plan: StreamPlan): Client {
  const path = join(import.meta.dirname, 'stream-client.ts');
  const child = start({
    core: CORE_OF_LOAD,
    command: process.execPath,
    args: [path, JSON.stringify(plan)],
  });
  const { stdout, stdin } = child.process;
  if (stdout === null || stdin === null) throw new Error('the client of streams has no pipes');
  stdin.on('error', () => undefined);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async next(beginning) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`the client of streams ended before "${beginning}"`);
        const line: string = value;
        if (line.startsWith(beginning)) return line;
        if (line.startsWith('{"streams"')) {
          throw new Error(`the streams ended before "${beginning}": ${line}`);
        }
      }
    },
    ask: () => stdin.write('\n'),
    end: () => stop(child),
  };
}
