/** What the tests of this format share: requests, contexts, and streams written out and read back. */
import type { AnswerContext } from '../../../format.ts';
import { createCollector } from '../../../ir/collect.ts';
import type { ChatRequest } from '../../../ir/request.ts';
import type { ChatResponse } from '../../../ir/response.ts';
import type { StreamPart } from '../../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../json.ts';
import type { Loss, Report } from '../../../loss.ts';
import { createSseParser, type SseEvent } from '../../../sse/parser.ts';
import { withoutPaths } from '../../../testing/without-paths.ts';
import { openaiChat } from '../index.ts';

export interface Ledger {
  readonly losses: Loss[];
  readonly report: Report;
}

export function createLedger(): Ledger {
  const losses: Loss[] = [];
  return { losses, report: (loss) => losses.push(loss) };
}

export function features({ losses }: Ledger): readonly string[] {
  return losses.map(({ feature }) => feature);
}

export function chatRequest(over: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'gpt-5',
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

/** A client's body with one plain user message, unless it says otherwise. */
export function decoded(body: JsonObject, report: Report = () => {}): ChatRequest {
  const whole = { model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }], ...body };
  return plain(withoutPaths(openaiChat.client.decodeRequest(whole, {}, report)));
}

export function encoded(over: Partial<ChatRequest>, report: Report = () => {}): JsonObject {
  return plain(openaiChat.upstream.encodeRequest(chatRequest(over), report));
}

/** Without members that are undefined, as JSON would have it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

export interface DecodedStream {
  readonly parts: readonly StreamPart[];
  /** Without its start and its end. */
  readonly middle: readonly StreamPart[];
}

/** Chunks as an upstream sends them, `[DONE]` and text among them; then the connection closes. */
export function decodedStream(
  chunks: readonly JsonValue[],
  report: Report = () => {},
): DecodedStream {
  const decoder = openaiChat.upstream.decodeStream(report);
  const parts: StreamPart[] = [];
  const emit = (part: StreamPart): void => void parts.push(part);
  for (const chunk of chunks) {
    const data = typeof chunk === 'string' ? chunk : JSON.stringify(chunk);
    decoder.push({ event: undefined, data }, emit);
  }
  decoder.end(emit);
  decoder.end(emit);
  return { parts: plain(parts), middle: plain(parts.slice(1, -1)) };
}

export function chunk(delta: JsonObject, over: JsonObject = {}): JsonObject {
  const { usage, ...choice } = over;
  const choices = [{ index: 0, delta, finish_reason: null, ...choice }];
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5' };
  return usage === undefined ? { ...base, choices } : { ...base, choices, usage };
}

export function callDelta(call: JsonObject): JsonObject {
  return { tool_calls: [call] };
}

export function written(parts: readonly StreamPart[], context = answerContext()): string {
  const encoder = openaiChat.client.encodeStream(context);
  let text = '';
  for (const part of parts) encoder.push(part, (piece) => void (text += piece));
  return text;
}

export function eventsOf(text: string): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser();
  const emit = (event: SseEvent): void => void events.push(event);
  parser.push(new TextEncoder().encode(text), emit);
  parser.end(emit);
  return events;
}

/** The JSON of the events; `[DONE]` is left out. */
export function chunksOf(text: string): readonly JsonObject[] {
  return eventsOf(text)
    .filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => parseJson(data))
    .filter((value) => isObject(value));
}

/** What one candidate's chunks say: deltas, and the finish reason as the last. */
export function deltasOf(text: string, candidate = 0): readonly JsonValue[] {
  return chunksOf(text).flatMap((value) => {
    const choices: readonly JsonValue[] = Array.isArray(value['choices']) ? value['choices'] : [];
    const choice = choices.find((one) => isObject(one) && one['index'] === candidate);
    if (!isObject(choice)) return [];
    return [choice['finish_reason'] ?? choice['delta'] ?? null];
  });
}

export function collected(parts: readonly StreamPart[]): ChatResponse {
  const collector = createCollector();
  for (const part of parts) collector.push(part);
  return plain(collector.response());
}
