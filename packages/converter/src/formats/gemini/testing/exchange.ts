/** What the tests of this format share: requests, contexts, and streams written out and read back. */
import type { AnswerContext } from '../../../format.ts';
import type { ChatRequest } from '../../../ir/request.ts';
import type { StreamPart } from '../../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../json.ts';
import type { Loss, Report } from '../../../loss.ts';
import { withoutPaths } from '../../../testing/without-paths.ts';
import { gemini } from '../index.ts';

export interface Ledger {
  readonly losses: Loss[];
  readonly report: Report;
}

export function createLedger(): Ledger {
  const losses: Loss[] = [];
  return { losses, report: (loss) => losses.push(loss) };
}

export function chatRequest(over: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'gemini-3-flash',
    stream: false,
    streamUsage: true,
    system: [],
    turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
    sampling: {},
    ...over,
  };
}

export function answerContext(
  over: Partial<ChatRequest> = {},
  report: Report = () => {},
): AnswerContext {
  return {
    request: chatRequest(over),
    upstreamModel: 'claude-opus-5',
    newId: (prefix) => `${prefix}fresh`,
    nowSeconds: () => 1_700_000_000,
    report,
  };
}

export function decoded(body: JsonObject, report: Report = () => {}): ChatRequest {
  return plain(
    withoutPaths(gemini.client.decodeRequest(body, { model: 'gemini-3-flash' }, report)),
  );
}

/** Without members that are undefined, as JSON would have it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

export function decodedStream(
  chunks: readonly JsonValue[],
  report: Report = () => {},
): readonly StreamPart[] {
  const decoder = gemini.upstream.decodeStream(report);
  const parts: StreamPart[] = [];
  for (const chunk of chunks) {
    const data = typeof chunk === 'string' ? chunk : JSON.stringify(chunk);
    decoder.push({ event: undefined, data }, (part) => parts.push(part));
  }
  decoder.end((part) => parts.push(part));
  decoder.end((part) => parts.push(part));
  return plain(parts);
}

/** Every write of a stream's encoder. */
export function written(parts: readonly StreamPart[], context: AnswerContext): readonly string[] {
  const encoder = gemini.client.encodeStream(context);
  const writes: string[] = [];
  for (const part of parts) encoder.push(part, (text) => writes.push(text));
  return writes;
}

/** The chunks in a stream of server-sent events; fails on anything that is not one. */
export function chunksOf(text: string): readonly JsonObject[] {
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'));
  return events.map((event) => {
    if (!event.startsWith('data: ')) throw new Error(`not an event: ${event}`);
    const chunk = parseJson(event.slice('data: '.length));
    if (!isObject(chunk)) throw new Error(`not a chunk: ${event}`);
    return chunk;
  });
}

/** A chunk with parts of candidate 0. */
export function chunk(parts: readonly JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...rest }],
    modelVersion: 'gemini-3-flash',
    responseId: 'resp-1',
  };
}

export function stop(parts: readonly JsonObject[] = [{ text: '' }]): JsonObject {
  return chunk(parts, { finishReason: 'STOP' });
}

/** Says what is wrong with the order of a stream; undefined: nothing. */
export function disorderIn(parts: readonly StreamPart[]): string | undefined {
  const open = new Map<string, string>();
  const counts = new Map<number, number>();
  const last = parts.at(-1)?.type;
  if (last !== 'message-end' && last !== 'stream-error') return `ends with ${last}`;
  for (const part of parts) {
    if (
      part.type === 'finish' &&
      [...open.keys()].some((key) => key.startsWith(`${part.candidate} `))
    )
      return 'finished while a part is open';
    if (!('index' in part)) continue;
    const key = `${part.candidate} ${part.index}`;
    const kind = part.type.replace(/-(start|delta|end)$/, '');
    if (part.type.endsWith('-start') || part.type === 'media') {
      const count = counts.get(part.candidate) ?? 0;
      if (part.index !== count) return `part ${key} starts where ${count} was due`;
      counts.set(part.candidate, count + 1);
      if (part.type !== 'media') open.set(key, kind);
    } else if (open.get(key) !== kind) return `${part.type} of ${key}, which is not open`;
    if (part.type.endsWith('-end')) open.delete(key);
  }
  return open.size === 0 ? undefined : `left open: ${[...open.keys()].join(', ')}`;
}
