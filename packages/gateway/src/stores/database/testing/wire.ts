/** A proxy before PostgreSQL that notes what the gateway says to it. */
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';

export interface Wire {
  /** All that clients said, a buffer a connection. */
  readonly said: readonly Buffer[];
  close(): Promise<void>;
}

/** Socket to socket: `folder` is where the proxy listens, `server` where PostgreSQL does. */
export async function listenBetween(folder: string, server: string): Promise<Wire> {
  const name = '.s.PGSQL.5432';
  const said: Buffer[] = [];
  const proxy = createServer((client) => {
    const index = said.push(Buffer.alloc(0)) - 1;
    const upstream = createConnection(join(server, name));
    client.on('data', (bytes) => {
      said[index] = Buffer.concat([said[index] ?? Buffer.alloc(0), Buffer.from(bytes)]);
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(join(folder, name), resolve));
  return { said, close: () => closeServer(proxy) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** The first has no type: it is the start of the session. */
export function messagesOf(said: Buffer): readonly Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at < said.length) {
    const typed = at > 0 ? 1 : 0;
    const length = said.readUInt32BE(at + typed);
    const type = typed === 0 ? 'startup' : String.fromCharCode(said[at] ?? 0);
    messages.push({ type, body: said.subarray(at + typed + 4, at + typed + length) });
    at += typed + length;
  }
  return messages;
}
