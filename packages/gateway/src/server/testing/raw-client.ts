/** A client that writes bytes to a socket and waits for what comes back: what a fetch would never send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawClient {
  readonly socket: Socket;
  send(bytes: Uint8Array | string): void;
  /** Everything received so far, as latin1. */
  text(): string;
  /** Resolves with everything received once it matches; rejects when it never does. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with everything received once the server closed its side; rejects when it was a reset. */
  untilClosed(): Promise<string>;
}

const WAIT_MS_MAX = 8_000;

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let failure: Error | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (cause) => {
    failure = cause;
  });
  await once(socket, 'connect');

  const text = () => Buffer.concat(chunks).toString('latin1');
  const isClosed = () => socket.readableEnded || socket.destroyed;

  async function wait(isThere: () => boolean, what: string): Promise<string> {
    const timeout = AbortSignal.timeout(WAIT_MS_MAX);
    while (!isThere()) {
      if (isClosed() || timeout.aborted) {
        const reason = failure?.message ?? (isClosed() ? 'the end' : 'in time');
        throw new Error(
          `no ${what}: ${reason}; received: ${JSON.stringify(text().slice(0, 2_000))}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return text();
  }

  return {
    socket,
    send: (bytes) => {
      if (typeof bytes === 'string') socket.write(bytes, 'latin1');
      else socket.write(bytes);
    },
    text,
    until: (pattern) => wait(() => pattern.test(text()), String(pattern)),
    async untilClosed() {
      await wait(isClosed, 'end');
      if (failure !== undefined) throw failure;
      return text();
    },
  };
}

interface ParsedAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** One answer with a known length or chunks, as its parts; the body of chunks is left as it came. */
export function parseAnswer(text: string): ParsedAnswer {
  const split = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, split).split('\r\n');
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(fields),
    body: text.slice(split + 4),
  };
}
