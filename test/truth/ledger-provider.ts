/** A provider that does what the plan of an exchange says, and keeps a ledger of what it reported. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { type Dialect, dialects, LAST_WORD } from './dialect.ts';
import type { Exchange, Tokens, UpstreamFormat } from './plan.ts';

export interface Entry {
  /** How many requests came. */
  asked: number;
  /** Resolves with the first one. */
  readonly arrived: PromiseWithResolvers<void>;
  /** What the gateway was told, all of it; undefined: nothing, or only a part. */
  reported: Tokens | undefined;
}

export interface LedgerProvider {
  readonly port: number;
  entry(id: string): Entry;
  /** Exchanges that were never ended by the gateway although their client had left. */
  forgotten(): number;
  close(): Promise<void>;
}

/** Only so that a gateway that forgets an upstream does not hang the suite. */
const FORGOTTEN_MS = 20_000;

export async function startLedgerProvider(exchanges: readonly Exchange[]): Promise<LedgerProvider> {
  const plans = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  const ledger = new Map<string, Entry>();
  let forgotten = 0;

  function entry(id: string): Entry {
    const known = ledger.get(id);
    if (known !== undefined) return known;
    const made = { asked: 0, arrived: Promise.withResolvers<void>(), reported: undefined };
    ledger.set(id, made);
    return made;
  }

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const plan = plans.get(/x\d+x/.exec(body)?.[0] ?? '');
    const format: UpstreamFormat =
      request.url === '/v1/messages' ? 'anthropic-messages' : 'openai-chat';
    if (plan === undefined) return answerPlainly(response, format);
    const noted = entry(plan.id);
    noted.asked += 1;
    noted.arrived.resolve();
    const wantsUsage = format === 'anthropic-messages' || /"include_usage":\s*true/.test(body);
    await perform({
      plan,
      response,
      dialect: dialects[format],
      attempt: noted.asked,
      wantsUsage: wantsUsage || !plan.stream,
      reported: () => {
        noted.reported = plan.tokens;
      },
      forgot: () => {
        forgotten += 1;
      },
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    entry,
    forgotten: () => forgotten,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Of requests that belong to no plan. */
const plainTokens: Tokens = { fresh: 7, cacheRead: 0, cacheWrite: 0, text: 3, reasoning: 0 };

function answerPlainly(response: ServerResponse, format: UpstreamFormat): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(dialects[format].whole(plainTokens));
}

interface Performance {
  readonly plan: Exchange;
  readonly response: ServerResponse;
  readonly dialect: Dialect;
  readonly attempt: number;
  readonly wantsUsage: boolean;
  reported(): void;
  forgot(): void;
}

async function perform(performance: Performance): Promise<void> {
  const { plan, response } = performance;
  switch (plan.fate) {
    case 'status':
      return refuse(response);
    case 'reset':
      response.destroy();
      return;
    case 'recovers':
      if (performance.attempt === 1) return refuse(response);
      break;
    // Who leaves at once may be gone before this is read: what is told then is told to nobody.
    case 'at-once':
    case 'thinking':
      return untilLeft(performance);
    default:
  }
  await (plan.stream ? performStream(performance) : performWhole(performance));
}

function refuse(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end('{"type":"error","error":{"type":"api_error","message":"broken"}}');
}

async function performWhole({ plan, response, dialect, reported }: Performance): Promise<void> {
  const body = dialect.whole(plan.tokens);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  if (plan.fate === 'cut') {
    response.write(body.slice(0, body.length / 2));
    await turn();
    response.destroy();
    return;
  }
  response.on('finish', reported);
  response.end(body);
}

async function performStream(performance: Performance): Promise<void> {
  const { plan, response, dialect, wantsUsage, reported } = performance;
  const { fate, tokens, pieces } = plan;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(dialect.start(tokens));
  for (let piece = 0; piece < pieces; piece += 1) {
    response.write(dialect.text(`word${piece} `));
    if (piece % 2 === 0) await turn();
  }
  if (fate === 'cut') {
    response.destroy();
    return;
  }
  if (fate === 'error') {
    response.end(dialect.error);
    return;
  }
  if (fate === 'mid-stream') return untilLeft(performance);
  response.write(dialect.text(LAST_WORD) + dialect.finish);
  if (fate === 'before-usage') return untilLeft(performance);
  if (wantsUsage) response.write(dialect.usage(tokens));
  if (fate === 'after-usage') {
    // Its client leaves when it has seen the usage, and the gateway has seen it before.
    if (wantsUsage) reported();
    return untilLeft(performance);
  }
  if (wantsUsage) response.on('finish', reported);
  response.end(dialect.end);
}

function untilLeft({ response, forgot }: Performance): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => {
      forgot();
      response.destroy();
    }, FORGOTTEN_MS);
    response.on('close', () => {
      clearTimeout(patience);
      resolve();
    });
  });
}
