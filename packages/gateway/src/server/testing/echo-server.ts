/** A server that tells what it saw: each request with its body becomes one line of JSON. */
import { GatewayError } from '../../model/errors.ts';
import type { RawRequest, Reply } from '../../model/http.ts';
import { type HttpServer, type Listener, listen } from '../http.ts';

export interface EchoServer extends HttpServer {
  /** Method and path of every request that was let through. */
  readonly seen: string[];
}

type Bounds = Parameters<typeof listen>[2];

export async function echoServer(bodyBytesMax = 1_000_000, bounds?: Bounds): Promise<EchoServer> {
  const seen: string[] = [];
  const server = await serve((raw, reply) => {
    seen.push(`${raw.method} ${raw.path}`);
    void echo(raw, reply, bodyBytesMax);
  }, bounds);
  return { ...server, seen };
}

export function serve(listener: Listener, bounds?: Bounds): Promise<HttpServer> {
  return listen(listener, { port: 0, host: '127.0.0.1' }, bounds);
}

async function echo(raw: RawRequest, reply: Reply, bodyBytesMax: number): Promise<void> {
  try {
    const body = Buffer.from(await raw.readBody(bodyBytesMax)).toString('latin1');
    const { method, path } = raw;
    answer(reply, 200, JSON.stringify({ method, path, body }));
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    if (!reply.isGone()) answer(reply, cause.error.status ?? 500, cause.message);
  }
}

export function answer(reply: Reply, status: number, text: string): void {
  reply.head(status, { 'content-length': String(Buffer.byteLength(text)) });
  reply.end(text);
}
