/**
 * A provider that misbehaves as planned: all three formats on one port, raw sockets beneath, so that
 * it can break HTTP anywhere. Its ledger tells what really happened.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { FormatId } from './dialects.ts';
import { createMessageReader, type MessageHead } from './http-wire.ts';
import { markedTexts } from './marks.ts';
import { type ConnectionPlan, type Manner, type Plan, plainManner } from './plan.ts';
import { seeded } from './random.ts';
import { type Question, scriptOf } from './script.ts';
import { type Ending, type Progress, transmit } from './transmit.ts';

/** One request that reached the provider. */
export interface Attempt extends Question, Progress {
  /** Which request of a client this is for, as its prompt says; undefined: it says nothing. */
  readonly id: string | undefined;
  /** Of the marked text that answers it. */
  readonly streamId: string;
  readonly channel: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The name of the header that carries a key, and the key. */
  readonly credentials: readonly (readonly [header: string, secret: string])[];
  /** How many requests came over this connection before. */
  readonly reuse: number;
  readonly arrivedMs: number;
  readonly plan: Plan;
  readonly events: number;
  /** `reset`: in the race of a connection that is kept alive, before any byte of an answer. */
  ended: Ending | 'running' | 'reset';
  /** When the gateway closed the connection before the answer was complete. */
  abortedMs: number | undefined;
}

export interface FaultProvider {
  readonly channel: string;
  port(): number;
  readonly ledger: readonly Attempt[];
  /** From the next request on. */
  behave(behaviour: Behaviour): void;
  /** Connections ever accepted. */
  connections(): number;
  openSockets(): number;
  /** Requests that are not answered yet, on connections that are still open. */
  running(): number;
  /** Closes the port, so that connecting is refused, and every connection. */
  refuse(): Promise<void>;
  /** Opens the same port again. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export interface Behaviour {
  plan?(question: Asked): Plan;
  manner?(question: Asked): Manner;
  connection?(sequence: number): ConnectionPlan;
}

/** What a plan may be chosen by. */
interface Asked extends Question {
  readonly id: string | undefined;
  readonly channel: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly credentials: readonly (readonly [header: string, secret: string])[];
  readonly reuse: number;
  /** How many requests reached this provider before. */
  readonly sequence: number;
}

interface Options {
  readonly channel: string;
  readonly canaryUrl?: string;
  readonly behaviour?: Behaviour;
}

export async function startFaultProvider({
  channel,
  canaryUrl = 'http://127.0.0.1:9',
  behaviour = {},
}: Options): Promise<FaultProvider> {
  const ledger: Attempt[] = [];
  const sockets = new Set<Socket>();
  let current = behaviour;
  let connections = 0;
  let server: Server | undefined;

  function connected(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What a fault does to a connection is the point.
    socket.on('error', () => {});
    const plan = current.connection?.(connections) ?? { type: 'serve' };
    connections += 1;
    if (plan.type === 'reset' && plan.afterBytes === 0) socket.resetAndDestroy();
    else converse(socket, plan);
  }

  function converse(socket: Socket, connection: ConnectionPlan): void {
    const line: Line = { socket, running: undefined };
    let reuse = 0;
    let bytesTaken = 0;
    let head: MessageHead | undefined;
    let body: Buffer[] = [];
    const reader = createMessageReader('request', {
      head: (next) => {
        head = next;
        body = [];
      },
      body: (bytes) => body.push(bytes),
      end() {
        if (head === undefined) return;
        void answer(line, { head, body: Buffer.concat(body), reuse });
        reuse += 1;
      },
      broken: () => socket.destroy(),
    });
    socket.on('data', (bytes: Buffer) => {
      bytesTaken += bytes.byteLength;
      const isTooMuch = connection.type === 'reset' && bytesTaken >= connection.afterBytes;
      if (isTooMuch) socket.resetAndDestroy();
      else reader.push(bytes);
    });
    socket.on('end', () => noteAbort(line.running));
    socket.on('close', () => noteAbort(line.running));
  }

  async function answer(line: Line, request: Request): Promise<void> {
    const { socket } = line;
    const asked = { ...understand(request, channel), sequence: ledger.length };
    const plan = current.plan?.(asked) ?? { type: 'ok' };
    const manner = current.manner?.(asked) ?? plainManner;
    const streamId = `${asked.id ?? 'unknown'}.${channel}.${ledger.length}`;
    const attempt: Attempt = {
      ...asked,
      streamId,
      path: request.head.startLine.split(' ')[1] ?? '',
      body: request.body,
      arrivedMs: performance.now(),
      plan,
      events: manner.events,
      bytesSent: 0,
      eventsSent: 0,
      ended: 'running',
      abortedMs: undefined,
    };
    ledger.push(attempt);
    line.running = attempt;
    if (plan.type === 'race' && request.reuse > 0) socket.resetAndDestroy();
    // It may also have come in just after the idle connection was closed.
    if (!socket.writable) {
      attempt.ended = 'reset';
      return;
    }
    if (plan.type === 'freeze') return;
    const texts = markedTexts(streamId, manner.events, seeded(streamId));
    const segments = scriptOf({ question: asked, plan, manner, texts, canaryUrl, streamId });
    const ending = await transmit({ socket, segments, plan, manner, progress: attempt });
    if (ending === 'closed') noteAbort(attempt);
    else if (attempt.ended === 'running') attempt.ended = ending;
    if (ending === 'sent') settle(line, attempt, manner);
  }

  async function listen(port: number): Promise<Server> {
    const next = createServer({ noDelay: true }, connected);
    next.listen(port, '127.0.0.1');
    await once(next, 'listening');
    return next;
  }

  async function refuse(): Promise<void> {
    const former = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (former === undefined) return;
    former.close();
    await once(former, 'close');
  }

  server = await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    channel,
    port: () => port,
    ledger,
    behave(next) {
      current = next;
    },
    connections: () => connections,
    openSockets: () => sockets.size,
    running: () => ledger.filter(({ ended }) => ended === 'running' || ended === 'stalled').length,
    refuse,
    async accept() {
      server ??= await listen(port);
    },
    close: refuse,
  };
}

interface Request {
  readonly head: MessageHead;
  readonly body: Buffer;
  /** How many requests came over this connection before. */
  readonly reuse: number;
}

interface Line {
  readonly socket: Socket;
  /** The request that came last over it. */
  running: Attempt | undefined;
}

/** The gateway closed while the answer was still due. */
function noteAbort(attempt: Attempt | undefined): void {
  if (attempt?.ended !== 'running' && attempt?.ended !== 'stalled') return;
  attempt.ended = 'closed';
  attempt.abortedMs = performance.now();
}

function settle(line: Line, attempt: Attempt, { framing }: Manner): void {
  if (framing === 'close') line.socket.end();
  else if (attempt.plan.type === 'close-idle') {
    setTimeout(() => closeIdle(line, attempt), attempt.plan.afterMs).unref();
  }
}

/** A request may have come in since; a server that has just decided to close leaves it unanswered. */
function closeIdle({ socket, running }: Line, former: Attempt): void {
  if (running !== undefined && running !== former) {
    if (running.bytesSent > 0 || running.ended !== 'running') return;
    running.ended = 'reset';
  }
  socket.end();
}

const geminiPath = /\/models\/([^/:]+):(generateContent|streamGenerateContent)(\?alt=sse)?/;
const keyHeaders = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie'];

function understand(request: Request, channel: string): Omit<Asked, 'sequence'> {
  const { headers, startLine } = request.head;
  const text = request.body.toString();
  const path = startLine.split(' ')[1] ?? '';
  const credentials = keyHeaders.flatMap((name): readonly (readonly [string, string])[] => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, value.replace(/^Bearer /, '')]];
  });
  return {
    ...questionOf(path, text),
    id: /ask:(\w+)/.exec(text)?.[1],
    channel,
    headers,
    credentials,
    reuse: request.reuse,
  };
}

function questionOf(path: string, text: string): Question {
  const [, inPath, method, alternative] = geminiPath.exec(path) ?? [];
  if (inPath !== undefined) {
    const framing = alternative === undefined ? 'json-array' : 'sse';
    const stream = method === 'generateContent' ? undefined : framing;
    return { format: 'gemini', model: decodeURIComponent(inPath), stream };
  }
  const format: FormatId = path.includes('/messages') ? 'anthropic-messages' : 'openai-chat';
  const model = /"model"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  return { format, model, stream: /"stream"\s*:\s*true/.test(text) ? 'sse' : undefined };
}
