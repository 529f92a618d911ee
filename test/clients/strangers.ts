/** Where an agent's requests to anybody but the gateway end: a proxy that answers none and remembers them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Strangers {
  /** Sends a program there, but for addresses of this machine. */
  readonly env: Readonly<Record<string, string>>;
  asked(): readonly string[];
  close(): Promise<void>;
}

export async function startStrangers(): Promise<Strangers> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = ['http_proxy', 'https_proxy', 'all_proxy'];
  const spelled = (name: string, value: string): [string, string][] => [
    [name, value],
    [name.toUpperCase(), value],
  ];
  return {
    env: Object.fromEntries([
      ...names.flatMap((name) => spelled(name, proxy)),
      ...spelled('no_proxy', '127.0.0.1,localhost'),
    ]),
    asked: () => asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
