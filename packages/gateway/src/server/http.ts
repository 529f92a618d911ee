/** The seam to clients: the only file that knows the HTTP server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RawRequest, Reply } from '../model/http.ts';
import { readBody } from './body.ts';

export type Listener = (raw: RawRequest, reply: Reply) => void;

export interface HttpServer {
  readonly port: number;
  /** Takes no new connections; resolves when the last answer is out and its connection closed. */
  drain(): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** For a whole request with its body: 32 MiB over a slow line. */
const REQUEST_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const DRAIN_SWEEP_MS = 50;

interface Address {
  readonly port: number;
  readonly host: string;
}

/** Rejects when the port cannot be had. */
export async function listen(listener: Listener, { port, host }: Address): Promise<HttpServer> {
  let isDraining = false;
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      if (isDraining) response.shouldKeepAlive = false;
      listener(rawRequest(request), replyOf(request, response));
    },
  );
  server.on('clientError', (_error, socket) => {
    if (socket.writable) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');

  return {
    port: address.port,
    async drain() {
      isDraining = true;
      // A connection that is kept alive after its answer would hold up the end.
      const sweep = setInterval(() => server.closeIdleConnections(), DRAIN_SWEEP_MS);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
      clearInterval(sweep);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const noQuery = { get: () => null };

function rawRequest(request: IncomingMessage): RawRequest {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? noQuery : new URLSearchParams(target.slice(mark + 1)),
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    headerNames() {
      return Object.keys(request.headers);
    },
    readBody: (bytesMax) => readBody(request, bytesMax),
  };
}

function replyOf(request: IncomingMessage, response: ServerResponse): Reply {
  return {
    isGone() {
      return response.destroyed && !response.writableFinished;
    },
    isBegun() {
      return response.headersSent;
    },
    head(status, headers) {
      // The rest of a refused body is not worth reading: the connection cannot be used again.
      if (!request.complete) response.shouldKeepAlive = false;
      response.writeHead(status, headers);
    },
    write: (chunk) => response.write(chunk),
    end: (chunk) => {
      response.end(chunk);
    },
    destroy: () => {
      response.destroy();
    },
    onDrain: (listener) => {
      response.on('drain', listener);
    },
    onGone(listener) {
      response.on('close', () => {
        if (!response.writableFinished) listener();
      });
    },
  };
}
