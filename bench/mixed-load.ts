/** Requests of every kind, good and bad, in turn: what a gateway that runs for weeks has met. */
import { Agent, request } from 'node:http';
import type { FormatId } from './answers.ts';
import { question } from './conversations.ts';
import { CLIENT_KEY } from './gateway.ts';
import type { Fault } from './mock-faults.ts';
import { type Conversation, models, requestOf } from './requests.ts';

interface Kind {
  readonly name: string;
  readonly client: FormatId;
  readonly upstream: FormatId;
  readonly stream?: boolean;
  readonly fault?: Fault;
  /** As soon as the answer begins. */
  readonly leaves?: boolean;
  readonly key?: string;
  readonly body?: string;
  /** What may come of it. */
  readonly ends: readonly Ending[];
}

/** A status; or `broken` where an answer did not end, or the client left. */
type Ending = number | 'broken';

const chat = { client: 'openai-chat', upstream: 'openai-chat' } as const;
const good = { ends: [200] } as const;

/** Faults are for one channel alone, whose breaker may open: no other request goes there. */
const kinds: readonly Kind[] = [
  { name: 'as it is', ...chat, ...good },
  { name: 'as it is, stream', ...chat, ...good, stream: true },
  { name: 'converted', client: 'openai-chat', upstream: 'anthropic-messages', ...good },
  {
    name: 'converted stream',
    client: 'anthropic-messages',
    upstream: 'gemini',
    ...good,
    stream: true,
  },
  {
    name: 'Responses',
    client: 'openai-responses',
    upstream: 'anthropic-messages',
    ...good,
    stream: true,
  },
  { name: 'Gemini', client: 'gemini', upstream: 'openai-responses', ...good },
  { name: 'refused upstream', ...chat, fault: 'fault-refuse', ends: [400, 503] },
  { name: 'overloaded upstream', ...chat, fault: 'fault-busy', ends: [503, 529] },
  { name: 'cut answer', ...chat, fault: 'fault-garbage', ends: [502, 503] },
  { name: 'cut stream', ...chat, fault: 'fault-cut', stream: true, ends: [200, 503, 'broken'] },
  {
    name: 'client that leaves',
    client: 'openai-chat',
    upstream: 'anthropic-messages',
    stream: true,
    leaves: true,
    // All of it may have come at once.
    ends: ['broken', 200],
  },
  { name: 'unknown key', ...chat, key: 'dgm_unknown', ends: [401] },
  { name: 'malformed body', ...chat, body: '{"model":"gpt-4.1","messages":', ends: [400] },
];

export interface MixedLoad {
  /** Sends so many more, and rejects when one ended as it should not have. */
  send(requests: number): Promise<void>;
  close(): void;
}

const USERS = 1_000;

export function createMixedLoad(port: number, concurrency: number): MixedLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  let sent = 0;

  async function sendUntil(end: number): Promise<void> {
    while (sent < end) {
      const index = sent;
      sent += 1;
      const kind = kinds[index % kinds.length];
      if (kind === undefined) continue;
      const ending = await sendOne(agent, { port, kind, index });
      if (kind.ends.includes(ending)) continue;
      throw new Error(`${kind.name} ended with ${ending} (request ${index})`);
    }
  }

  return {
    async send(requests) {
      const end = sent + requests;
      await Promise.all(Array.from({ length: concurrency }, () => sendUntil(end)));
    },
    close: () => agent.destroy(),
  };
}

interface One {
  readonly port: number;
  readonly kind: Kind;
  readonly index: number;
}

function sendOne(agent: Agent, { port, kind, index }: One): Promise<Ending> {
  const { client, upstream, stream = false, key = CLIENT_KEY } = kind;
  const model =
    kind.fault === undefined && upstream === 'openai-chat' ? 'gpt-4.1' : models[upstream];
  const asked = requestOf(conversationOf(kind, index), { format: client, model, stream });
  const body = kind.body ?? asked.body;
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${key}`,
    user: `user-${index % USERS}`,
  };
  return new Promise((resolve, reject) => {
    const call = request({
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: asked.path,
      headers,
    });
    call.on('response', (response) => {
      if (kind.leaves === true) call.destroy();
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve('broken'));
      response.on('close', () => resolve('broken'));
    });
    call.on('error', (cause) => (kind.ends.includes('broken') ? resolve('broken') : reject(cause)));
    call.end(body);
  });
}

/** No two are alike for a while, so that what remembers conversations meets new ones. */
function conversationOf({ fault }: Kind, index: number): Conversation {
  const first = { role: 'user', text: `${fault ?? 'Hello'}, for the ${index}th time.` } as const;
  return { ...question, turns: [first, ...question.turns.slice(1)] };
}
