/** A bare client of each format: sends one request and reads the answer as it comes. */
import { createSseParser, parseJson } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { Vendor } from './dialect.ts';
import { at, type JsonObject, objectsAt, stringAt } from './json.ts';
import type { ClientRequest } from './scenes.ts';

/** What comes in, in pieces. */
export interface Piece {
  readonly kind: 'text' | 'reasoning' | 'call';
  readonly text: string;
}

export interface Received {
  readonly status: number;
  readonly losses: string | undefined;
  /** The answer of a request that was not streamed. */
  readonly body: unknown;
  /** How many events a stream had; 0 when there was none. */
  readonly events: number;
  readonly firstMs: number;
  readonly totalMs: number;
}

/** Pieces of one event of a stream, or of a whole answer. */
type Reader = (data: JsonObject) => readonly Piece[];

const readers: { readonly [client in Vendor]: Reader } = {
  openai: readOpenAI,
  anthropic: readAnthropic,
  gemini: readGemini,
};

export async function send(
  url: string,
  { client, request }: { readonly client: Vendor; readonly request: ClientRequest },
  onPiece: (piece: Piece) => void,
): Promise<Received> {
  const startedMs = nowMs();
  const response = await fetch(url + request.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...request.headers },
    body: JSON.stringify(request.body),
  });
  const read = readers[client];
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  let body: unknown;
  let events = 0;
  let firstMs = 0;
  if (isStream) {
    for await (const data of eventsOf(response)) {
      if (events === 0) firstMs = nowMs() - startedMs;
      events++;
      for (const piece of data === '[DONE]' ? [] : read(jsonOf(data))) onPiece(piece);
    }
  } else {
    body = jsonOf(await response.text());
    firstMs = nowMs() - startedMs;
    for (const piece of response.ok ? read(jsonOf(body)) : []) onPiece(piece);
  }
  return {
    status: response.status,
    losses: response.headers.get('x-dragoman-losses') ?? undefined,
    body,
    events,
    firstMs,
    totalMs: nowMs() - startedMs,
  };
}

async function* eventsOf(response: Response): AsyncGenerator<string> {
  const parser = createSseParser();
  const found: string[] = [];
  const keep = ({ data }: { readonly data: string }): void => {
    found.push(data);
  };
  for await (const bytes of response.body ?? []) {
    parser.push(bytes, keep);
    yield* found.splice(0);
  }
  parser.end(keep);
  yield* found;
}

function jsonOf(value: unknown): JsonObject {
  const parsed: unknown = typeof value === 'string' ? parseJson(value) : value;
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

function readOpenAI(data: JsonObject): readonly Piece[] {
  return objectsAt(data, 'choices').flatMap((choice) => {
    const said = at(choice, 'delta') ?? at(choice, 'message');
    return [
      ...piece('reasoning', stringAt(said, 'reasoning_content')),
      ...piece('text', stringAt(said, 'content')),
      ...objectsAt(said, 'tool_calls').flatMap((call) =>
        callPieces(stringAt(call, 'function', 'name'), stringAt(call, 'function', 'arguments')),
      ),
    ];
  });
}

function readAnthropic(data: JsonObject): readonly Piece[] {
  const begun = at(data, 'content_block');
  const blocks = begun === undefined ? objectsAt(data, 'content') : [begun];
  const delta = at(data, 'delta');
  return [
    ...blocks.flatMap((block) => {
      if (stringAt(block, 'type') !== 'tool_use') return wordsOf(block);
      const input = JSON.stringify(at(block, 'input'));
      return callPieces(stringAt(block, 'name'), begun === undefined ? input : '');
    }),
    ...wordsOf(delta),
    ...piece('call', stringAt(delta, 'partial_json')),
  ];
}

function wordsOf(block: unknown): readonly Piece[] {
  return [
    ...piece('reasoning', stringAt(block, 'thinking')),
    ...piece('text', stringAt(block, 'text')),
  ];
}

function readGemini(data: JsonObject): readonly Piece[] {
  const parts = objectsAt(data, 'candidates').flatMap((one) => objectsAt(one, 'content', 'parts'));
  return parts.flatMap((part) => {
    const call = at(part, 'functionCall');
    if (call !== undefined)
      return callPieces(stringAt(call, 'name'), JSON.stringify(at(call, 'args')));
    return piece(part['thought'] === true ? 'reasoning' : 'text', stringAt(part, 'text'));
  });
}

function callPieces(name: string | undefined, input: string | undefined): readonly Piece[] {
  return [...piece('call', name === undefined ? undefined : `${name} `), ...piece('call', input)];
}

function piece(kind: Piece['kind'], text: string | undefined): readonly Piece[] {
  return text === undefined || text === '' ? [] : [{ kind, text }];
}
