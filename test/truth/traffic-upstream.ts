/** The upstreams of that run: does with each attempt what its plan says, and notes what was done. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dialect, dialects, LAST_WORD } from './dialect.ts';
import { geminiDialect } from './gemini-dialect.ts';
import type { ClientFormat } from './plan.ts';
import type { Act, Trip } from './traffic-plan.ts';

interface Attempt {
  readonly channel: string;
  readonly act: Act;
}

export interface Noted {
  /** In the order in which they came. */
  readonly attempts: Attempt[];
  /** Resolves with the first one. */
  readonly arrived: PromiseWithResolvers<void>;
  /** The client says so when it has the beginning of a stream. */
  readonly heard: PromiseWithResolvers<void>;
  /** The usage was told, and all that belongs before it. */
  isReported: boolean;
}

export interface TrafficUpstream {
  readonly port: number;
  of(id: string): Noted;
  close(): Promise<void>;
}

/** Only so that a gateway that forgets an upstream does not hang the suite. */
const FORGOTTEN_MS = 20_000;

export async function startTrafficUpstream(trips: readonly Trip[]): Promise<TrafficUpstream> {
  const plans = new Map(trips.map((trip) => [trip.id, trip]));
  const ledger = new Map<string, Noted>();

  function of(id: string): Noted {
    const known = ledger.get(id);
    if (known !== undefined) return known;
    const made: Noted = {
      attempts: [],
      arrived: Promise.withResolvers<void>(),
      heard: Promise.withResolvers<void>(),
      isReported: false,
    };
    ledger.set(id, made);
    return made;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const trip = plans.get(/x\d+x/.exec(body)?.[0] ?? '');
    if (trip === undefined) return void response.destroy();
    const noted = of(trip.id);
    const act = trip.acts[Math.min(noted.attempts.length, trip.acts.length - 1)] ?? 'serve';
    const [, channel = ''] = (request.url ?? '').split('/');
    noted.attempts.push({ channel, act });
    noted.arrived.resolve();
    const format = formatOf(channel);
    const wantsUsage = format !== 'openai-chat' || /"include_usage":\s*true/.test(body);
    await perform({ trip, act, response, noted, wantsUsage, dialect: dialectOf(format) });
  }

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    of,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Channels are named after the format that they speak. */
export function formatOf(channel: string): ClientFormat {
  if (channel.startsWith('claude')) return 'anthropic-messages';
  return channel.startsWith('gemini') ? 'gemini' : 'openai-chat';
}

function dialectOf(format: ClientFormat): Dialect {
  return format === 'gemini' ? geminiDialect : dialects[format];
}

interface Performance {
  readonly trip: Trip;
  readonly act: Act;
  readonly response: ServerResponse;
  readonly noted: Noted;
  readonly wantsUsage: boolean;
  readonly dialect: Dialect;
}

async function perform(performance: Performance): Promise<void> {
  const { trip, act, response } = performance;
  switch (act) {
    case 'hold':
      return untilLeft(response);
    case 'reset':
      return reset(response, trip.stream);
    case 'garble':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"choices":[');
      return;
    case '400':
    case '429':
    case '500':
    case '503':
      return refuse(response, Number(act));
    default:
  }
  await (trip.stream ? stream(performance) : whole(performance));
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    // The channel need not be left alone.
    ...(status === 429 ? { 'retry-after': '0' } : {}),
  });
  response.end('{"type":"error","error":{"type":"api_error","message":"refused"}}');
}

/** With the head out and nothing said. */
async function reset(response: ServerResponse, isStream: boolean): Promise<void> {
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.write(isStream ? ': hello\n\n' : '{"id":');
  await sleep(5);
  response.destroy();
}

function whole({ trip, response, noted, dialect }: Performance): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  noted.isReported = true;
  response.end(dialect.whole(trip.tokens));
}

async function stream(performance: Performance): Promise<void> {
  const { trip, act, response, noted, dialect, wantsUsage } = performance;
  const { tokens, isPaced } = trip;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const beginning = dialect.start(tokens) + dialect.text('word0 ');
  if (act !== 'serve' || isPaced) {
    response.write(beginning);
    if (act === 'begin') return untilLeft(response);
    await noted.heard.promise;
  }
  if (act === 'cut') return void response.destroy();
  if (act === 'error') return void response.end(dialect.error);
  noted.isReported = wantsUsage;
  const rest = dialect.text(LAST_WORD) + dialect.finish + (wantsUsage ? dialect.usage(tokens) : '');
  response.end((isPaced ? '' : beginning) + rest + dialect.end);
}

function untilLeft(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => response.destroy(), FORGOTTEN_MS);
    response.on('close', () => {
      clearTimeout(patience);
      resolve();
    });
  });
}
