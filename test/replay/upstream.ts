/** An upstream that replays bytes: it remembers the request and answers as the test at hand has laid out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';

export interface Replay {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** What is written, piece by piece, each as a write of its own. */
  readonly pieces: readonly Uint8Array[];
  /** The connection breaks after the last piece. */
  readonly breaks?: boolean;
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

export interface ReplayUpstream {
  readonly port: number;
  /** Sets the answer to the next requests. */
  answer(replay: Replay): void;
  /** Takes the requests that came since the last call. */
  take(): readonly Received[];
  close(): Promise<void>;
}

export async function startUpstream(): Promise<ReplayUpstream> {
  let next: Replay | undefined;
  let received: Received[] = [];
  const server = createServer((request, response) => {
    async function exchange(): Promise<void> {
      received.push(await readRequest(request));
      await write(response, next);
    }
    void exchange();
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    answer(replay) {
      next = replay;
    },
    take() {
      const taken = received;
      received = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers,
    body: Buffer.concat(chunks),
  };
}

/** Every piece leaves before the next is written, so that a reader sees the cuts. */
async function write(response: ServerResponse, replay: Replay | undefined): Promise<void> {
  if (replay === undefined) {
    response.writeHead(501).end('no answer was laid out');
    return;
  }
  response.writeHead(replay.status, replay.headers);
  response.flushHeaders();
  for (const piece of replay.pieces) {
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.write(piece, () => resolve());
    });
    await setImmediate();
  }
  if (replay.breaks === true) response.destroy();
  else response.end();
}
