/** Thousands of clients that leave in every phase of a connection: nothing of them is left behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answers, chatStream, sse } from '../e2e/scripted-upstream.ts';
import { type Setup, setUp } from '../e2e/setup.ts';
import { inParallel, until } from './gateway.ts';
import { type Random, seeded, seedOfRun } from './random.ts';

const seed = seedOfRun();
/** `ODD_CONNECTIONS` drives more of them. */
const CONNECTIONS = connectionsOfRun(process.env['ODD_CONNECTIONS']);
const CONCURRENCY = 64;
/** Between two collections; a connection that is held by mistake takes several kilobytes. */
const GROWTH_BYTES_MAX = 2_000_000;

function connectionsOfRun(text: string | undefined): number {
  const given = Number(text);
  return Number.isInteger(given) && given >= 100 ? given : 1_500;
}

function request(content: string, stream: boolean): string {
  const body = JSON.stringify({
    model: 'gpt-4o',
    stream,
    messages: [{ role: 'user', content }],
  });
  return `${head(`Content-Length: ${body.length}\r\n`)}${body}`;
}

function head(fields: string): string {
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\n${fields}\r\n`;
}

interface Phase {
  readonly name: string;
  readonly bytes: string;
  /** What has to have come before the client leaves. */
  readonly untilMatch?: RegExp;
  readonly waitMs?: number;
  readonly readsNothing?: boolean;
}

const whole = request('whole', false);
const phases: readonly Phase[] = [
  { name: 'before the head', bytes: '' },
  { name: 'in the request line', bytes: 'POST /v1/ch' },
  { name: 'in the head', bytes: whole.slice(0, 60) },
  { name: 'after the head', bytes: head('Content-Length: 100\r\n') },
  { name: 'in the body', bytes: whole.slice(0, -10), waitMs: 3 },
  { name: 'in a chunk', bytes: `${head('Transfer-Encoding: chunked\r\n')}5\r\nab`, waitMs: 3 },
  {
    name: 'when told to go on',
    bytes: head('Expect: 100-continue\r\nContent-Length: 100\r\n'),
    untilMatch: /^HTTP\/1.1 100 /,
  },
  { name: 'with the last byte', bytes: whole },
  { name: 'while the upstream works', bytes: request('silent', false), waitMs: 8 },
  { name: 'before the first output', bytes: request('silent', true), waitMs: 8 },
  { name: 'during the answer', bytes: request('drip', true), untilMatch: /first/ },
  { name: 'unread', bytes: request('flood', true), waitMs: 20, readsNothing: true },
  { name: 'after the answer', bytes: whole, untilMatch: /hello/ },
  { name: 'in a second request', bytes: whole + whole.slice(0, 60), waitMs: 5 },
  { name: 'in a second answer', bytes: whole + request('drip', true), untilMatch: /first/ },
  { name: 'when refused', bytes: 'GET / HTTP/1.1\nHost: a\r\n\r\n', untilMatch: / 400 / },
  { name: 'while it is refused', bytes: `BAD\r\n\r\n${'x'.repeat(100_000)}` },
];

const leavings: readonly ((socket: Socket) => unknown)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  // Half-open: it would still read.
  (socket) => socket.end().resume(),
];

async function drive(port: number, phase: Phase, random: Random): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const { bytes, untilMatch, waitMs, readsNothing = false } = phase;
  if (bytes !== '') socket.write(bytes, 'latin1');
  if (untilMatch !== undefined) await received(socket, untilMatch, phase.name);
  else if (!readsNothing) socket.resume();
  if (waitMs !== undefined) await sleep(random.below(waitMs));
  random.pick(leavings)(socket);
  await until(() => socket.closed, `still open after it left ${phase.name}`, 20_000);
}

async function received(socket: Socket, pattern: RegExp, name: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (pattern.test(text)) resolve();
    });
    socket.on('close', () => reject(new Error(`${name}: closed after ${text}`)));
  });
}

async function answerAs(response: ServerResponse, body: string): Promise<void> {
  if (body.includes('silent')) return;
  const streams = body.includes('flood') || body.includes('drip');
  if (!streams) return tell(response);
  sse(response);
  response.write(chatStream.start + chatStream.text('first'));
  if (body.includes('flood')) return flood(response);
  while (!response.destroyed) {
    response.write(chatStream.text('more'));
    await sleep(2);
  }
}

function tell(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answers.chat));
}

function flood(response: ServerResponse): void {
  const piece = chatStream.text('x'.repeat(10_000));
  const fill = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', fill);
  fill();
}

/** There are some whenever one looks. */
const passing = new Set(['Immediate', 'Timeout', 'CloseReq']);

/** How many there are of each kind of thing that keeps a process up. */
function resources(): { readonly [kind: string]: number } {
  const counts: { [kind: string]: number } = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (!passing.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function listeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
}

async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  for (let round = 0; round < 3; round++) {
    collect();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe(`clients that leave in every phase of a connection (FAULT_SEED=${seed})`, () => {
  let setup: Setup;
  let open = 0;

  before(async () => {
    setup = await setUp();
    setup.upstream.answer((response, asked) => {
      setup.upstream.asked.length = 0;
      open += 1;
      // Kept for a second after its use, and then nothing may be left.
      response.setHeader('connection', 'keep-alive').setHeader('keep-alive', 'timeout=2');
      response.on('close', () => {
        open -= 1;
      });
      return answerAs(response, asked.body.toString());
    });
  });
  after(() => setup.close());

  async function driveAll(from: number, to: number): Promise<void> {
    const { proxyPort } = setup.gateway;
    await inParallel(to - from, CONCURRENCY, async (index) => {
      const number = from + index;
      const phase = phases[number % phases.length];
      assert.ok(phase !== undefined);
      await drive(proxyPort, phase, seeded(seed, number));
    });
    await until(() => open === 0, 'the upstream still works for nobody', 20_000);
  }

  it('leave no work, no memory, no handles and no listeners behind', async (t) => {
    const atFirst = { resources: resources(), listeners: listeners() };
    const warmUp = Math.floor(CONNECTIONS / 5);
    await driveAll(0, warmUp);
    const warmBytes = await heapBytes();
    const startedMs = performance.now();
    await driveAll(warmUp, CONNECTIONS);
    t.diagnostic(`${CONNECTIONS - warmUp} in ${Math.round(performance.now() - startedMs)} ms`);
    const grownBytes = (await heapBytes()) - warmBytes;
    t.diagnostic(`the heap grew by ${grownBytes} bytes`);
    assert.ok(grownBytes < GROWTH_BYTES_MAX, `${grownBytes} bytes more`);

    const [served] = phases.filter(({ name }) => name === 'after the answer');
    assert.ok(served !== undefined);
    await drive(setup.gateway.proxyPort, served, seeded(seed));
    const noSockets = (): boolean => resources()['TCPSocketWrap'] === undefined;
    await until(noSockets, 'there are still sockets', 20_000);
    assert.deepEqual({ resources: resources(), listeners: listeners() }, atFirst);
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    assert.ok(timers.length < 10, `${timers.length} timers`);

    const metrics = await (await fetch(`${setup.metricsUrl}/metrics`)).text();
    const running = metrics.match(/^dragoman_channel_in_flight\{.*\} (?!0$).*$/gm) ?? [];
    assert.match(metrics, /^dragoman_channel_in_flight\{/m);
    assert.deepEqual(running, []);
  });
});
