/**
 * The mock upstream, a process of its own: reads as little of a request as it can and writes bytes
 * that were ready before. Every event of a stream is an HTTP chunk, as providers send them, but all
 * of them leave at once. Prints its port; ends when its standard input does.
 */
import { createServer, type Socket } from 'node:net';
import { answers } from './answers.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const STREAM_MARK = Buffer.from('"stream":true');

function wholeBytes(body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
  );
}

function streamBytes(events: readonly string[]): Buffer {
  const chunks = events.map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`,
  );
}

interface Bytes {
  readonly whole: Buffer;
  readonly stream: Buffer;
}

function bytesOf({ whole, events }: { whole: string; events: readonly string[] }): Bytes {
  return { whole: wholeBytes(whole), stream: streamBytes(events) };
}

const openai = bytesOf(answers.openai);
const anthropic = bytesOf(answers.anthropic);
const gemini = bytesOf(answers.gemini);

function answerTo(head: string, body: Buffer): Buffer {
  if (head.startsWith('POST /v1beta/')) {
    return head.includes(':stream') ? gemini.stream : gemini.whole;
  }
  const bytes = head.startsWith('POST /v1/messages') ? anthropic : openai;
  return body.includes(STREAM_MARK) ? bytes.stream : bytes.whole;
}

function serve(socket: Socket): void {
  let pending: Buffer | undefined;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const received = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    pending = received;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length < bodyStart + length) return;
    pending = undefined;
    socket.write(answerTo(head, received.subarray(bodyStart)));
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
