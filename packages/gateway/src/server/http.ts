/** The seam to clients: listens, and shows each request and its reply without sockets. */
import { once } from 'node:events';
import { createServer, type ServerOpts } from 'node:net';
import { createCommonFields } from '../http1/answer-fields.ts';
import { sizeOf } from '../http1/input.ts';
import { createOutletTurn } from '../http1/outlet.ts';
import { openBody, type RequestBody } from '../http1/request-body.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { acceptConnection, type ConnectionContext, lose } from '../http1/server-connection.ts';
import { type Bounds, sweep } from '../http1/server-sweep.ts';
import type { IncomingRequest, RawRequest, Reply } from '../model/http.ts';
import { readBody } from './body.ts';

export type Listener = (raw: IncomingRequest, reply: Reply) => void;

export interface HttpServer {
  readonly port: number;
  /** Takes no new connections; resolves when the last answer is out and its connection closed. */
  drain(): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

const defaultBounds: Bounds = {
  headMs: 10_000,
  // 32 MiB over a slow line.
  requestMs: 300_000,
  bodyIdleMs: 30_000,
  keepAliveMs: 75_000,
  stallMs: 60_000,
  lingerIdleMs: 2_000,
  lingerMs: 10_000,
  sweepMs: 1_000,
};

const socketOptions: ServerOpts = {
  noDelay: true,
  // A client may close its side while it still reads a refusal.
  allowHalfOpen: true,
  // One that vanished without a word is noticed while its upstream thinks and nothing is written.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
};

interface Address {
  readonly port: number;
  readonly host: string;
  /** Others may listen on the same port, and the kernel spreads connections over all of them. */
  readonly reusePort?: boolean;
}

/** Rejects when the port cannot be had. */
export async function listen(
  listener: Listener,
  { port, host, reusePort = false }: Address,
  bounds: Bounds = defaultBounds,
): Promise<HttpServer> {
  const context: ConnectionContext = {
    listener: (request, body, reply) => listener(rawRequest(request, body), reply),
    connections: new Set(),
    turn: createOutletTurn(),
    exchanges: 0,
    stallMs: bounds.stallMs,
    nowMs: 0,
    isDraining: false,
    commonFields: createCommonFields(bounds.keepAliveMs),
  };
  const server = createServer(socketOptions, (socket) => acceptConnection(socket, context));
  server.listen({ port, host, reusePort });
  await once(server, 'listening');
  // One connection that could not be accepted must not end the others.
  server.on('error', () => undefined);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const sweeper = setInterval(sweep, bounds.sweepMs, context, bounds);
  sweeper.unref();
  server.on('close', () => clearInterval(sweeper));

  return {
    port: address.port,
    async drain() {
      context.isDraining = true;
      const closed = once(server, 'close');
      server.close();
      for (const connection of context.connections) {
        if (connection.phase === 'head' && sizeOf(connection.input) === 0) lose(connection);
      }
      await closed;
    },
    close() {
      server.close();
      for (const connection of context.connections) lose(connection);
    },
  };
}

/** Rejects when somebody listens there, also who would share the port. */
export async function assertFree({ port, host }: Address): Promise<void> {
  const server = createServer();
  server.listen({ port, host });
  await once(server, 'listening');
  const closed = once(server, 'close');
  server.close();
  await closed;
}

const noQuery = { get: () => null };

function rawRequest(request: RequestHead, body: RequestBody): IncomingRequest {
  const { method, path, search, header, headerNames } = request;
  return {
    method,
    path,
    query: search === undefined ? noQuery : lazyQuery(search),
    search,
    header,
    headerNames,
    readBody: (bytesMax) => readBody(request, body, bytesMax),
    openBody: (receiver) => openBody(body, receiver),
  };
}

function lazyQuery(search: string): RawRequest['query'] {
  let parsed: URLSearchParams | undefined;
  return {
    get(name) {
      parsed ??= new URLSearchParams(search);
      return parsed.get(name);
    },
  };
}
