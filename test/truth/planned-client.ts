/** Sends the request of an exchange and leaves when its plan says so. */
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { LAST_WORD } from './dialect.ts';
import type { Entry } from './ledger-provider.ts';
import { type ClientFormat, type Exchange, models } from './plan.ts';

export interface PlannedClient {
  /** The status; 0: none came, as this side left or the other closed. Never rejects. */
  perform(exchange: Exchange, entry: Entry): Promise<number>;
  close(): void;
}

interface Options {
  readonly port: number;
  readonly key: string;
}

export function createPlannedClient({ port, key }: Options): PlannedClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });

  function perform(exchange: Exchange, entry: Entry): Promise<number> {
    return new Promise((resolve) => {
      let status = 0;
      const { fate } = exchange;
      const body = JSON.stringify(bodyOf(exchange));
      const outgoing = send({
        port,
        host: '127.0.0.1',
        agent: isLeaving(exchange) ? false : agent,
        method: 'POST',
        path: pathOf(exchange),
        headers: {
          authorization: `Bearer ${key}`,
          user: exchange.id,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        },
      });
      outgoing.on('error', () => resolve(status));
      outgoing.on('close', () => resolve(status));
      outgoing.on('response', (answer) => {
        status = answer.statusCode ?? 0;
        receive(exchange, answer, () => outgoing.destroy());
      });
      outgoing.end(body, () => {
        if (fate === 'at-once') outgoing.destroy();
        if (fate === 'thinking') void entry.arrived.promise.then(() => outgoing.destroy());
      });
    });
  }

  return { perform, close: () => agent.destroy() };
}

function isLeaving({ fate }: Exchange): boolean {
  return departures.has(fate);
}

const departures: ReadonlySet<string> = new Set([
  'at-once',
  'thinking',
  'mid-stream',
  'before-usage',
  'after-usage',
]);

function receive(exchange: Exchange, answer: IncomingMessage, leave: () => void): void {
  const mark = markOf(exchange);
  let tail = '';
  answer.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
    if (mark === undefined) return;
    tail = (tail + chunk.toString()).slice(-4_096);
    if (tail.includes(mark)) leave();
  });
}

/** What the client sees before it leaves. */
function markOf({ fate, upstream, asksForUsage }: Exchange): string | undefined {
  if (fate === 'mid-stream') return 'word0';
  if (fate === 'before-usage') return LAST_WORD;
  if (fate !== 'after-usage') return undefined;
  if (upstream === 'anthropic-messages') return 'message_delta';
  return asksForUsage ? '"prompt_tokens"' : LAST_WORD;
}

function pathOf({ client, upstream, stream }: Exchange): string {
  if (client === 'openai-chat') return '/v1/chat/completions';
  if (client === 'anthropic-messages') return '/v1/messages';
  const call = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `/v1beta/models/${models[upstream]}:${call}`;
}

function bodyOf({ client, id, upstream, stream, asksForUsage }: Exchange): object {
  const prompt = `exchange ${id}`;
  const model = models[upstream];
  const bodies: { readonly [format in ClientFormat]: object } = {
    'openai-chat': {
      model,
      messages: [{ role: 'user', content: prompt }],
      ...(stream ? { stream } : {}),
      ...(stream && asksForUsage ? { stream_options: { include_usage: true } } : {}),
    },
    'anthropic-messages': {
      model,
      max_tokens: 1_000,
      messages: [{ role: 'user', content: prompt }],
      ...(stream ? { stream } : {}),
    },
    gemini: { contents: [{ role: 'user', parts: [{ text: prompt }] }] },
  };
  return bodies[client];
}
