/**
 * The load of streams, a process of its own: opens them, counts their events, and makes sure that each
 * ended as it should. Its plan is its only argument. Prints `open` when all streams have begun, a count
 * whenever a line comes, and its figures at the end.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LAST_CHUNK, TEXT_MARK } from './answers.ts';
import { nowMicroseconds } from './clock.ts';
import { quantile } from './statistics.ts';
import type { StreamFigures, StreamPlan } from './streams.ts';

const MARK = TEXT_MARK.charCodeAt(0);
const STAMP = new RegExp(`${TEXT_MARK}(\\d{6,})`, 'g');
const RAMP_MS = 20;
const SAMPLES_MAX = 200_000;
const SAMPLED_STREAMS = 100;

const plan: StreamPlan = JSON.parse(process.argv[2] ?? '{}');
const body = readFileSync(plan.bodyFile);
const request = Buffer.concat([Buffer.from(headOf(plan, body.length)), body]);
/** All sockets read into it: what came is looked at before the next one reads. */
const buffer = Buffer.allocUnsafe(256 * 1024);
const firstEvents: number[] = [];
const gaps: number[] = [];
const delays: number[] = [];
const errors = new Map<string, number>();
let streams = 0;
let textEvents = 0;
let begun = 0;
let open = plan.connections;
let isOver = false;
const startedAt = nowMicroseconds();

process.stdin.resume().on('data', () => print({ textEvents, atMicroseconds: nowMicroseconds() }));
for (let index = 0; index < plan.connections; index += 1) {
  openStream(index);
  if ((index + 1) % Math.max(1, Math.round(plan.rampPerSecond * (RAMP_MS / 1000))) === 0) {
    await delay(RAMP_MS);
  }
}

function headOf({ path, headers, port }: StreamPlan, length: number): string {
  const fields = { host: `127.0.0.1:${port}`, 'content-type': 'application/json', ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${length}\r\n\r\n`;
}

function openStream(index: number): void {
  const isSampled = index % Math.ceil(plan.connections / SAMPLED_STREAMS) === 0;
  let counted = 0;
  let askedAt = 0;
  let lastAt = 0;
  /** What came since the last text, to see the end in. */
  let tail = '';
  let isEnded = false;
  const onread = { buffer, callback: take };
  const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true, onread });
  socket.on('connect', ask);
  socket.on('error', ({ message }) => fail(message));
  socket.on('close', () => fail('closed before its end'));

  function ask(): void {
    counted = 0;
    tail = '';
    askedAt = nowMicroseconds();
    lastAt = 0;
    socket.write(request);
  }

  function take(length: number): boolean {
    const now = nowMicroseconds();
    const found = counted < plan.textEvents ? countMarks(length) : 0;
    if (found > 0) note(found, now, length);
    if (counted < plan.textEvents) {
      if (counted === 0) tail += buffer.toString('latin1', 0, length);
      const refusal = refusalIn(tail);
      if (refusal !== undefined) fail(refusal);
      return true;
    }
    tail += buffer.toString('latin1', 0, length);
    if (tail.endsWith(LAST_CHUNK)) finish();
    return true;
  }

  function note(found: number, now: number, length: number): void {
    if (counted === 0) {
      firstEvents.push(now - askedAt);
      begin();
    }
    counted += found;
    textEvents += found;
    if (!isSampled || gaps.length > SAMPLES_MAX) return;
    noteTimes(now, { lastAt, length });
    lastAt = now;
  }

  function finish(): void {
    if (!tail.includes(plan.endMark)) return fail('ended without its last event');
    streams += 1;
    if (plan.seconds !== undefined && !isOver) return ask();
    end();
  }

  function fail(why: string): void {
    if (isEnded) return;
    errors.set(why, (errors.get(why) ?? 0) + 1);
    if (counted === 0) begin();
    end();
  }

  function end(): void {
    isEnded = true;
    socket.destroy();
    open -= 1;
    if (open === 0) report();
  }
}

/** Has its first text, or will never have one. */
function begin(): void {
  begun += 1;
  if (begun < plan.connections) return;
  process.stdout.write('open\n');
  // From here on, since some proxies need seconds to begin them all.
  if (plan.seconds !== undefined) setTimeout(() => (isOver = true), plan.seconds * 1000);
}

function noteTimes(now: number, { lastAt, length }: { lastAt: number; length: number }): void {
  if (lastAt > 0) gaps.push(now - lastAt);
  for (const [, stamp] of buffer.toString('latin1', 0, length).matchAll(STAMP)) {
    delays.push(now - Number(stamp));
  }
}

/** Status and all, until there is something better to look at. */
function refusalIn(head: string): string | undefined {
  return head.startsWith('HTTP/1.1 200') || head.length < 12 ? undefined : head.slice(0, 300);
}

function countMarks(length: number): number {
  const bytes = buffer.subarray(0, length);
  let found = 0;
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) found += 1;
  return found;
}

function report(): void {
  const figures: StreamFigures = {
    streams,
    textEvents,
    seconds: (nowMicroseconds() - startedAt) / 1e6,
    errors: Object.fromEntries(errors),
    firstEvent: spreadOf(firstEvents),
    gap: spreadOf(gaps),
    delay: spreadOf(delays),
  };
  print(figures);
  process.exit(0);
}

function spreadOf(values: readonly number[]): StreamFigures['gap'] {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
