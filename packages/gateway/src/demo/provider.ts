/** A simulated provider: one vendor's API on a port of this machine, at a real one's pace. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { anthropic } from './anthropic.ts';
import { type Dialect, Refusal, type Reply, type SeenRequest, type Vendor } from './dialect.ts';
import { gemini } from './gemini.ts';
import type { JsonObject } from './json.ts';
import { answer } from './model.ts';
import { modelListOf } from './model-list.ts';
import { openai } from './openai.ts';

export type { SeenRequest, Vendor };

const HOST = '127.0.0.1';

export const DEMO_KEY = 'demo-key';

/** Real answers do not come evenly; these make the pace of the demonstration breathe. */
const rhythm = [0.6, 1.3, 1, 0.8, 1.3];

const dialects: { readonly [vendor in Vendor]: Dialect } = { openai, anthropic, gemini };

export interface ProviderOptions {
  /** 0, as without it, takes any free port. */
  readonly port?: number;
  /** The one key that is accepted. */
  readonly key?: string;
  /** More models than the vendor's usual ones. */
  readonly models?: readonly string[];
  /** Tokens a second; 0 answers without any waiting. */
  readonly pace?: number;
  readonly firstTokenMs?: number;
  /** Seconds since 1970 that answers say they were made at. */
  readonly now?: () => number;
  readonly onRequest?: (request: SeenRequest) => void;
  /** Called before each answer; what it returns goes wrong. */
  readonly fault?: (request: SeenRequest) => Fault | undefined;
}

/** Something that goes wrong on purpose. */
export type Fault =
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly message: string;
      readonly retryAfterSeconds?: number;
    }
  /** The stream breaks after so many pieces: the connection is cut, or an error is sent. */
  | { readonly kind: 'cut' | 'fail'; readonly afterFrames: number };

export interface SimulatedProvider {
  readonly vendor: Vendor;
  readonly port: number;
  readonly url: string;
  readonly models: readonly string[];
  /** Every request, oldest first. */
  readonly seen: readonly SeenRequest[];
  /** How many clients went away before their answer was complete. */
  readonly abandoned: () => number;
  readonly close: () => Promise<void>;
}

interface Running {
  readonly dialect: Dialect;
  readonly options: ProviderOptions;
  readonly models: readonly string[];
  readonly seen: SeenRequest[];
  count: number;
  abandoned: number;
}

/** Rejects when the port cannot be had. */
export async function startProvider(
  vendor: Vendor,
  options: ProviderOptions = {},
): Promise<SimulatedProvider> {
  const dialect = dialects[vendor];
  const models = [...dialect.models, ...(options.models ?? [])];
  const running: Running = { dialect, options, models, seen: [], count: 0, abandoned: 0 };
  const server = createServer((request, response) => {
    void exchange(running, request, response);
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    vendor,
    port: address.port,
    url: `http://${HOST}:${address.port}`,
    models,
    seen: running.seen,
    abandoned: () => running.abandoned,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function exchange(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished && response.errored === null) running.abandoned++;
    gone.abort();
  });
  try {
    const seen = await readRequest(request);
    running.seen.push(seen);
    running.options.onRequest?.(seen);
    await reply(running, seen, { response, gone: gone.signal });
  } catch (cause) {
    if (!gone.signal.aborted) refuse(running, response, cause);
  }
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  const text = await readText(request);
  const body: unknown = await new Response(text).json().catch(() => undefined);
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    text,
    body,
  };
}

interface Client {
  readonly response: ServerResponse;
  /** Aborted when the client has left. */
  readonly gone: AbortSignal;
}

async function reply(
  running: Running,
  seen: SeenRequest,
  { response, gone }: Client,
): Promise<void> {
  const { dialect, options } = running;
  const fault = options.fault?.(seen);
  if (fault?.kind === 'refuse') {
    throw dialect.failure(fault.status, fault.message, fault.retryAfterSeconds);
  }
  const accepted = { key: options.key ?? DEMO_KEY, models: running.models };
  const list = modelListOf(dialect.vendor, seen, accepted);
  if (list !== undefined) {
    send(response, 200, { headers: dialect.headers(running.count), body: list });
    return;
  }
  const call = dialect.read(seen, accepted);
  running.count++;
  const { count } = running;
  const created = options.now?.() ?? 0;
  const made: Reply = { call, answer: answer(call.prompt), count, created };
  const pace = paceOf(options, gone);
  await pace.begin();
  if (call.delivery === 'whole') {
    await pace.spend(made.answer.tokens.output);
    send(response, 200, { headers: dialect.headers(count), body: dialect.whole(made) });
    return;
  }
  response.writeHead(200, {
    ...dialect.headers(count),
    'content-type': dialect.streamType(call.delivery),
    'cache-control': 'no-cache',
  });
  await stream({ dialect, made, response, pace, fault });
}

interface Streaming {
  readonly dialect: Dialect;
  readonly made: Reply;
  readonly response: ServerResponse;
  readonly pace: Pace;
  readonly fault: Fault | undefined;
}

async function stream({ dialect, made, response, pace, fault }: Streaming): Promise<void> {
  let sent = 0;
  for (const frame of dialect.frames(made)) {
    if (fault !== undefined && fault.kind !== 'refuse' && sent === fault.afterFrames) {
      // What was written must leave before the connection breaks.
      await delay(5);
      if (fault.kind === 'cut') response.destroy(new Error('cut on purpose'));
      else response.end(dialect.failureFrame(dialect.failure(503, 'The model is overloaded.')));
      return;
    }
    await pace.spend(frame.tokens);
    if (response.destroyed) return;
    response.write(frame.text);
    sent++;
  }
  response.end();
}

interface Pace {
  readonly begin: () => Promise<void>;
  readonly spend: (tokens: number) => Promise<void>;
}

function paceOf({ pace = 45, firstTokenMs = 200 }: ProviderOptions, gone: AbortSignal): Pace {
  const wait = async (ms: number): Promise<void> => {
    if (pace > 0 && ms > 0) await delay(ms, undefined, { signal: gone });
  };
  let beat = 0;
  return {
    begin: () => wait(firstTokenMs),
    spend(tokens) {
      beat = (beat + 1) % rhythm.length;
      return wait(((tokens * 1000) / pace) * (rhythm[beat] ?? 1));
    },
  };
}

function refuse(running: Running, response: ServerResponse, cause: unknown): void {
  const { dialect } = running;
  const refusal = cause instanceof Refusal ? cause : dialect.failure(500, String(cause));
  if (response.headersSent) {
    response.end(dialect.failureFrame(refusal));
    return;
  }
  const headers = { ...dialect.headers(running.count), ...refusal.headers };
  send(response, refusal.status, { headers, body: refusal.body });
}

interface Message {
  readonly headers: { readonly [name: string]: string };
  readonly body: JsonObject;
}

function send(response: ServerResponse, status: number, { headers, body }: Message): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
