/** The scripted provider: all four formats on one port, answering each case as the case says. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { type JsonObject, objectOf, textOf, tryParse } from '../judge/json.ts';
import type { FormatId } from '../judge/meaning.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { gemini } from './gemini.ts';
import { countOf, listOfModels } from './lists.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Answering, Arrived, Dialect, Script } from './script.ts';
import { writeAnswer } from './write-answer.ts';

const dialects: { readonly [id in FormatId]: Dialect } = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
};

/** By it a case finds its own requests among those that arrive; it stands in what the user says. */
const marker = /conformance-\d+-[a-z0-9]+/;

export interface ScriptedProvider {
  readonly port: number;
  /** Answers requests that hold the marker. What arrives is noted in the returned list. */
  expect(marker: string, script: Script): readonly Arrived[];
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** 0 is any free one. */
  readonly port: number;
  readonly host: string;
  /** What the lists of models name. */
  readonly models: readonly string[];
}

interface Expected {
  readonly script: Script;
  readonly arrived: Arrived[];
}

export async function startProvider(options: ProviderOptions): Promise<ScriptedProvider> {
  const expected = new Map<string, Expected>();
  const server = createServer((request, response) => {
    request.socket.setNoDelay();
    serve({ options, expected, request, response }).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : undefined);
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    port: address.port,
    expect(name, script) {
      const arrived: Arrived[] = [];
      expected.set(name, { script, arrived });
      return arrived;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Exchange {
  readonly options: ProviderOptions;
  readonly expected: ReadonlyMap<string, Expected>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve({ options, expected, request, response }: Exchange): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://provider');
  const text = await readText(request);
  const body = objectOf(tryParse(text));
  if (request.method === 'GET') {
    return send(response, 200, listOfModels(request, url.pathname, options.models));
  }
  const count = countOf(url.pathname);
  if (count !== undefined) return send(response, 200, count);
  const door = doorOf(url.pathname, body);
  if (door === undefined) return send(response, 404, { error: { message: 'no such path' } });
  const dialect = dialects[door.format];
  const found = expected.get(marker.exec(text)?.[0] ?? '');
  if (found === undefined) {
    const message = 'This is the provider of ai-gateway-conformance: it answers its cases alone.';
    return send(response, 404, dialect.refusal({ status: 404, message }));
  }
  const left = new Promise<void>((resolve) => {
    response.once('close', () => {
      if (!response.writableFinished) resolve();
    });
  });
  const { format, model, stream } = door;
  const asked = dialect.readRequest(body, stream);
  const arrived: Arrived = { format, model, body, text, asked, left };
  found.arrived.push(arrived);
  const reply = found.script(arrived);
  if ('status' in reply) {
    const { status, retryAfterSeconds: seconds } = reply;
    if (seconds !== undefined) response.setHeader('retry-after', String(seconds));
    return send(response, status, dialect.refusal(reply));
  }
  await answer(response, { reply, dialect, door, number: found.arrived.length });
}

interface Answer {
  readonly reply: Answering;
  readonly dialect: Dialect;
  readonly door: Door;
  readonly number: number;
}

async function answer(
  response: ServerResponse,
  { reply, dialect, door, number }: Answer,
): Promise<void> {
  const place = { model: door.model, number };
  if (!door.stream) return send(response, 200, dialect.whole(reply.said, place));
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  await writeAnswer(response, { reply, dialect, place });
}

interface Door {
  readonly format: FormatId;
  readonly model: string;
  readonly stream: boolean;
}

/** Gateways ask with and without the version in front. */
function doorOf(path: string, body: JsonObject): Door | undefined {
  const [, model, method] = /\/([^/:]+):(streamGenerateContent|generateContent)$/.exec(path) ?? [];
  if (model !== undefined) {
    const stream = method === 'streamGenerateContent';
    return { format: 'gemini', model: decodeURIComponent(model), stream };
  }
  const format = bodyDoors.find(([end]) => path.endsWith(end))?.[1];
  if (format === undefined) return undefined;
  return { format, model: textOf(body['model']), stream: body['stream'] === true };
}

const bodyDoors: readonly (readonly [end: string, format: FormatId])[] = [
  ['/chat/completions', 'openai-chat'],
  ['/responses', 'openai-responses'],
  ['/messages', 'anthropic-messages'],
];

function send(response: ServerResponse, status: number, body: object): void {
  response.setHeader('content-type', 'application/json');
  response.writeHead(status);
  response.end(JSON.stringify(body));
}
