/** A server of bare bytes for tests: notes every request it reads and answers as its script says. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

interface ReceivedRequest {
  /** Which connection it came over, from 1. */
  readonly connection: number;
  readonly head: string;
  readonly body: Buffer;
}

export interface ScriptedServer {
  readonly origin: string;
  readonly received: readonly ReceivedRequest[];
  readonly sockets: readonly Socket[];
  /** How many connections there are or were. */
  connections(): number;
  stop(): Promise<void>;
}

export type Answer = (socket: Socket, request: ReceivedRequest) => unknown;

/** `server` may be a TLS one; it must not listen yet. */
export async function startScriptedServer(
  answer: Answer,
  {
    server = createServer(),
    event = 'connection',
    scheme = 'http',
    host = '127.0.0.1',
  }: Options = {},
): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const sockets: Socket[] = [];
  server.on(event, (socket: Socket) => {
    sockets.push(socket);
    const connection = sockets.length;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const head = pending.toString('latin1', 0, headEnd);
      const end = headEnd + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
      if (pending.length < end) return;
      const request = { connection, head, body: pending.subarray(headEnd + 4, end) };
      pending = pending.subarray(end);
      received.push(request);
      answer(socket, request);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    origin: `${scheme}://${authority}:${address.port}`,
    received,
    sockets,
    connections: () => sockets.length,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Options {
  readonly server?: Server;
  readonly event?: 'connection' | 'secureConnection';
  readonly scheme?: 'http' | 'https';
  readonly host?: string;
}

/** A complete response that leaves the connection open. */
export function plainResponse(body: string, fields = ''): string {
  return `HTTP/1.1 200 OK\r\n${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Resolves when the other side has closed it; rejects when that takes too long. */
export function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('still open')), 5_000);
    socket.once('close', () => {
      clearTimeout(limit);
      resolve();
    });
  });
}
