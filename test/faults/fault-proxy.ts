/** A TCP proxy between the gateway and a good upstream that breaks what passes, as planned for each connection. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Cut } from './plan.ts';
import { type Random, seeded } from './random.ts';

/** Of what the upstream sends; requests pass whole. */
export interface ProxyPlan {
  /** Before the upstream is connected to. */
  readonly delayMs?: number;
  /** Cut into pieces at places drawn by chance, each handed on in a turn of its own. */
  readonly split?: boolean;
  readonly throttle?: { readonly tickBytes: number; readonly tickMs: number };
  readonly cut?: { readonly afterBytes: number; readonly by: Cut };
  /** Hands nothing more on from this byte, and keeps the connection. */
  readonly freezeAfterBytes?: number;
}

export interface FaultProxy {
  readonly port: number;
  connections(): number;
  openSockets(): number;
  close(): Promise<void>;
}

interface Options {
  readonly upstreamPort: number;
  readonly seed: string | number;
  plan(connection: number, random: Random): ProxyPlan;
}

export async function startFaultProxy({ upstreamPort, seed, plan }: Options): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  }

  async function serve(client: Socket): Promise<void> {
    const random = seeded(seed, 'proxy', connections);
    const planned = plan(connections, random);
    connections += 1;
    track(client);
    // Read from the start: who does not read does not see the other side leave.
    const early: Buffer[] = [];
    const keep = (bytes: Buffer): number => early.push(bytes);
    client.on('data', keep);
    if (planned.delayMs !== undefined) await sleep(planned.delayMs);
    if (client.destroyed) return;
    const upstream = connect(upstreamPort, '127.0.0.1');
    upstream.setNoDelay(true);
    track(upstream);
    upstream.write(Buffer.concat(early));
    client.off('data', keep);
    client.on('data', (bytes: Buffer) => upstream.write(bytes));
    client.on('close', () => upstream.destroy());
    await forward(upstream, client, { plan: planned, random });
  }

  const server = createServer({ noDelay: true }, (client) => void serve(client));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    openSockets: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Passage {
  readonly plan: ProxyPlan;
  readonly random: Random;
}

async function forward(upstream: Socket, client: Socket, passage: Passage): Promise<void> {
  const { plan } = passage;
  const until = plan.freezeAfterBytes ?? plan.cut?.afterBytes ?? Number.POSITIVE_INFINITY;
  let passed = 0;
  try {
    for await (const bytes of received(upstream)) {
      const part = bytes.subarray(0, until - passed);
      passed += part.byteLength;
      await handOn(part, client, passage);
      if (passed >= until) return await breakOff(upstream, client, plan);
    }
    client.end();
  } catch {
    client.resetAndDestroy();
  } finally {
    upstream.destroy();
  }
}

async function handOn(bytes: Buffer, client: Socket, passage: Passage): Promise<void> {
  const { throttle, split } = passage.plan;
  for (const piece of pieces(bytes, passage)) {
    if (client.destroyed) return;
    client.write(piece);
    if (throttle !== undefined) await sleep(throttle.tickMs);
    else if (split === true) await nextTurn();
  }
}

async function breakOff(upstream: Socket, client: Socket, plan: ProxyPlan): Promise<void> {
  if (plan.freezeAfterBytes !== undefined) return hold(upstream, client);
  await nextTurn();
  if (plan.cut?.by === 'rst') client.resetAndDestroy();
  else client.end();
}

/** Frozen: nothing is handed on until the client leaves. */
async function hold(upstream: Socket, client: Socket): Promise<void> {
  upstream.on('data', () => {});
  if (!client.destroyed) await once(client, 'close');
}

async function* received(socket: Socket): AsyncGenerator<Buffer> {
  for await (const bytes of socket) if (Buffer.isBuffer(bytes)) yield bytes;
}

function* pieces(bytes: Buffer, { plan, random }: Passage): Generator<Buffer> {
  let at = 0;
  while (at < bytes.byteLength) {
    const most =
      plan.throttle?.tickBytes ?? (plan.split === true ? 1 + random.below(200) : bytes.byteLength);
    yield bytes.subarray(at, at + most);
    at += most;
  }
}
