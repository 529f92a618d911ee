/** A gateway that hands on every byte, but for the one fault that a test gives it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** Each is left as it is where nothing is given. */
export interface Fault {
  request?(body: string): string;
  status?(status: number): number;
  /** Names of headers that are not handed on. */
  readonly withoutHeader?: string;
  /** One piece of an answer, as it was read. */
  piece?(bytes: Buffer): Buffer | string;
  /** The whole of an answer, which is then held back until its end. */
  whole?(text: string): string;
  /** What is written where the provider breaks the connection off; else it is broken off too. */
  readonly afterBreak?: string;
  /** Reads on although the client has left. */
  readonly keepsReading?: boolean;
}

export interface FaultyGateway {
  readonly port: number;
  close(): Promise<void>;
}

export async function startFaultyGateway(
  providerPort: number,
  fault: Fault,
): Promise<FaultyGateway> {
  const server = createServer((request, response) => {
    hand({ request, response }, providerPort, fault).catch((cause: Error) => {
      if (fault.afterBreak === undefined) response.destroy(cause);
      else response.end(fault.afterBreak);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Client {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function hand(
  { request, response }: Client,
  providerPort: number,
  fault: Fault,
): Promise<void> {
  const leaving = new AbortController();
  response.once('close', () => {
    if (fault.keepsReading !== true) leaving.abort();
  });
  const { 'content-length': _, host: __, ...headers } = request.headers;
  const text = await readText(request);
  const answer = await fetch(`http://127.0.0.1:${providerPort}${request.url}`, {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(request.method === 'POST' && { body: fault.request?.(text) ?? text }),
    signal: leaving.signal,
  });
  for (const [name, value] of answer.headers) {
    const isOwn = ['content-length', 'transfer-encoding', 'connection'].includes(name);
    if (!isOwn && name !== fault.withoutHeader) response.setHeader(name, value);
  }
  response.writeHead(fault.status?.(answer.status) ?? answer.status);
  if (fault.whole !== undefined) {
    response.end(fault.whole(await answer.text()));
    return;
  }
  for await (const bytes of answer.body ?? []) {
    const piece = Buffer.from(bytes);
    response.write(fault.piece?.(piece) ?? piece);
  }
  response.end();
}
