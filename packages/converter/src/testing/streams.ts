/** Streams fed in pieces, and what comes out of them. */
import type { Format } from '../format.ts';
import { createCollector } from '../ir/collect.ts';
import type { Part, Seal } from '../ir/part.ts';
import type { ChatResponse } from '../ir/response.ts';
import type { StreamPart } from '../ir/stream.ts';
import { tryParseJson } from '../json.ts';
import { createSseParser, type SseEvent } from '../sse/parser.ts';
import type { StreamTranslation } from '../translate-stream.ts';

const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The bytes in pieces that begin at the given places, which may repeat or lie beyond the end. */
export function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const starts = [0, ...places.toSorted((one, other) => one - other)];
  return starts.map((start, at) => bytes.subarray(start, starts[at + 1] ?? bytes.length));
}

/** The neutral parts of an upstream's stream. */
export function decodeChunks(format: Format, chunks: readonly Uint8Array[]): readonly StreamPart[] {
  const parts: StreamPart[] = [];
  const parser = createSseParser();
  const decoder = format.upstream.decodeStream(() => {});
  const emit = (part: StreamPart): void => void parts.push(part);
  const read = (event: SseEvent): void => decoder.push(event, emit);
  for (const chunk of chunks) parser.push(chunk, read);
  parser.end(read);
  decoder.end(emit);
  return parts;
}

export function decodeText(format: Format, text: string): readonly StreamPart[] {
  return decodeChunks(format, [bytesOf(text)]);
}

/** Everything that a client reads of a stream. */
export function translateChunks(stream: StreamTranslation, chunks: readonly Uint8Array[]): string {
  return chunks.map(stream.push).join('') + stream.end();
}

export function collect(parts: readonly StreamPart[]): ChatResponse {
  const collector = createCollector();
  for (const part of parts) collector.push(part);
  return collector.response();
}

/** Without members that are undefined, as JSON would have it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/**
 * What an answer says: white space within JSON input says nothing, nor does the border between two
 * text parts (a signature that a stream puts on its first chunk makes one), nor does a text without
 * words, nor the place of reasoning without text.
 */
export function meaning(response: ChatResponse): ChatResponse {
  const candidates = response.candidates.map(({ parts, finish }) => ({
    parts: parts.reduce<readonly Part[]>(joined, []),
    finish,
  }));
  return plain({ ...response, candidates });
}

function joined(parts: readonly Part[], part: Part): readonly Part[] {
  const last = parts.at(-1);
  if (part.type === 'tool-call' && part.kind === 'function') {
    return [...parts, { ...part, input: JSON.stringify(tryParseJson(part.input)) }];
  }
  if (part.type === 'reasoning' && part.text === '') return parts;
  if (part.type === 'text' && part.text === '' && part.seal === undefined) return parts;
  if (part.type !== 'text' || last?.type !== 'text') return [...parts, part];
  const seals = joinedSeals(last.seal, part.seal);
  const text = last.text + part.text;
  return [...parts.slice(0, -1), { ...part, ...last, text, ...(seals && { seal: seals }) }];
}

/** Of texts in a row, a stream may cut each elsewhere; it has the same seals in the same order. */
function joinedSeals(first: Seal | undefined, second: Seal | undefined): Seal | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { ...first, data: `${first.data} ${second.data}` };
}
