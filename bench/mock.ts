/**
 * The mock upstream, a process of its own: reads as little of a request as it can and writes bytes
 * that were ready before. Prints its port; ends when its standard input does. How it answers is set by
 * requests to `/bench/…`, which `upstream.ts` knows.
 */
import { createServer, type Socket } from 'node:net';
import { answers, chunkOf, type FormatId, LAST_CHUNK, STREAM_HEAD, texts } from './answers.ts';
import { answerFault, faultOf } from './mock-faults.ts';
import { createPacer, type Pacer } from './pacer.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from(LAST_CHUNK);
const STREAM_MARKS = ['"stream":true', '"stream": true'].map((mark) => Buffer.from(mark));
/** Longer bodies are thrown away as they come; none of them asks for a stream. */
const KEPT_BYTES_MAX = 64 * 1024;
const BACKLOG = 4096;

interface Ready {
  readonly whole: Buffer;
  readonly stream: Buffer;
}

function readyOf(format: FormatId): Ready {
  const { whole, opening, text, closing } = answers[format];
  const events = [opening, ...texts.map(text), closing].filter((event) => event !== '');
  return {
    whole: jsonBytes(whole),
    stream: Buffer.from(`${STREAM_HEAD}${events.map(chunkOf).join('')}${LAST_CHUNK}`),
  };
}

function jsonBytes(body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
  );
}

const ready: Readonly<Record<FormatId, Ready>> = {
  'openai-chat': readyOf('openai-chat'),
  'openai-responses': readyOf('openai-responses'),
  'anthropic-messages': readyOf('anthropic-messages'),
  gemini: readyOf('gemini'),
};

/** How answers are given, until something else is said. */
interface Manner {
  readonly delayMs: number;
  readonly pacer: Pacer | undefined;
}

let manner: Manner = { delayMs: 0, pacer: undefined };

interface Asked {
  readonly path: string;
  /** Bytes of the body that have not come; undefined while chunks tell their end. */
  missing: number | undefined;
  kept: Buffer[];
  keptBytes: number;
}

function serve(socket: Socket): void {
  let asked: Asked | undefined;
  let rest: Buffer | undefined;
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    if (asked !== undefined) return take(asked, bytes);
    const received = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    const headEnd = received.indexOf(HEAD_END);
    rest = headEnd === -1 ? received : undefined;
    if (headEnd === -1) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const isChunked = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head);
    const missing = isChunked ? undefined : Number(length ?? 0);
    asked = { path: head.split(' ', 2)[1] ?? '', missing, kept: [], keptBytes: 0 };
    take(asked, received.subarray(headEnd + HEAD_END.length));
  });

  function take(one: Asked, bytes: Buffer): void {
    if (one.keptBytes + bytes.length <= KEPT_BYTES_MAX) one.kept.push(bytes);
    one.keptBytes += bytes.length;
    if (one.missing !== undefined) one.missing -= bytes.length;
    const isWhole = one.missing === undefined ? endsChunks(bytes) : one.missing <= 0;
    if (!isWhole) return;
    asked = undefined;
    answer(socket, one);
  }
}

function endsChunks(bytes: Buffer): boolean {
  return bytes.length >= CHUNKS_END.length && bytes.subarray(-CHUNKS_END.length).equals(CHUNKS_END);
}

function answer(socket: Socket, { path, kept }: Asked): void {
  if (path.startsWith('/bench/')) return void socket.write(jsonBytes(control(path)));
  const body = kept.length === 1 ? (kept[0] ?? Buffer.alloc(0)) : Buffer.concat(kept);
  const format = formatOf(path);
  const isStream = path.includes(':stream') || STREAM_MARKS.some((mark) => body.includes(mark));
  const fault = faultOf(body);
  if (fault !== undefined) return answerFault(socket, ready[format].stream, fault);
  if (isStream && manner.pacer !== undefined) return manner.pacer.add(socket, format);
  const bytes = isStream ? ready[format].stream : ready[format].whole;
  if (manner.delayMs === 0) return void socket.write(bytes);
  setTimeout(() => socket.write(bytes), manner.delayMs);
}

function formatOf(path: string): FormatId {
  if (path.includes('/messages')) return 'anthropic-messages';
  if (path.includes(':generateContent') || path.includes(':streamGenerateContent')) return 'gemini';
  return path.includes('/responses') ? 'openai-responses' : 'openai-chat';
}

/** Sets the manner, and tells how the one before did. */
function control(path: string): string {
  const { searchParams } = new URL(path, 'http://mock');
  const number = (name: string): number => Number(searchParams.get(name) ?? 0);
  const state = manner.pacer?.state() ?? {};
  if (!path.startsWith('/bench/manner')) return JSON.stringify(state);
  manner.pacer?.close();
  const perSecond = number('perSecond');
  const pacer = perSecond > 0 ? createPacer(perSecond, number('events')) : undefined;
  manner = { delayMs: number('delayMs'), pacer };
  return JSON.stringify(state);
}

const server = createServer({ noDelay: true }, serve);
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
