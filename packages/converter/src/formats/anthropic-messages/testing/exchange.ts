/** What the tests of this format share: requests, contexts, and streams written out and read back. */
import type { AnswerContext } from '../../../format.ts';
import type { ChatRequest } from '../../../ir/request.ts';
import type { StreamPart } from '../../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../json.ts';
import type { Loss, Report } from '../../../loss.ts';
import type { SseEvent } from '../../../sse/parser.ts';
import { withoutPaths } from '../../../testing/without-paths.ts';
import { anthropicMessages } from '../index.ts';

export interface Ledger {
  readonly losses: Loss[];
  readonly report: Report;
  /** `feature at path: effect` of each. */
  told(): readonly string[];
}

export function createLedger(): Ledger {
  const losses: Loss[] = [];
  return {
    losses,
    report: (loss) => losses.push(loss),
    told: () => losses.map(({ feature, path, effect }) => `${feature} at ${path}: ${effect}`),
  };
}

export function chatRequest(over: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'claude-opus-5',
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
    upstreamModel: 'gemini-3-flash',
    newId: (prefix) => `${prefix}fresh`,
    nowSeconds: () => 1_700_000_000,
    report,
  };
}

/** A body with everything that a request must have. */
export function body(over: JsonObject = {}): JsonObject {
  return {
    model: 'claude-opus-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hi' }],
    ...over,
  };
}

export function decoded(wire: JsonObject, report: Report = () => {}): ChatRequest {
  return plain(withoutPaths(anthropicMessages.client.decodeRequest(wire, {}, report)));
}

export function encoded(over: Partial<ChatRequest>, report: Report = () => {}): JsonObject {
  return plain(anthropicMessages.upstream.encodeRequest(chatRequest(over), report));
}

/** Without members that are undefined, as JSON would have it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Parts that the decoder makes of these events' data. */
export function decodedStream(
  events: readonly JsonValue[],
  report: Report = () => {},
): readonly StreamPart[] {
  const decoder = anthropicMessages.upstream.decodeStream(report);
  const parts: StreamPart[] = [];
  for (const event of events) decoder.push(sse(event), (part) => parts.push(part));
  decoder.end((part) => parts.push(part));
  decoder.end((part) => parts.push(part));
  return plain(parts);
}

export function sse(event: JsonValue): SseEvent {
  if (typeof event === 'string') return { event: undefined, data: event };
  const name = isObject(event) && typeof event['type'] === 'string' ? event['type'] : undefined;
  return { event: name, data: JSON.stringify(event) };
}

export function written(parts: readonly StreamPart[], context: AnswerContext): string {
  const encoder = anthropicMessages.client.encodeStream(context);
  let text = '';
  for (const part of parts) {
    encoder.push(part, (more) => {
      text += more;
    });
  }
  return text;
}

/** The data of a stream's events; fails where an event's name and its data's type differ. */
export function eventsOf(text: string): readonly JsonObject[] {
  const events = text.split('\n\n').filter((event) => event !== '');
  return events.map((event) => {
    const [, name, json = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    const data = parseJson(json);
    if (!isObject(data) || data['type'] !== name) throw new Error(`not an event: ${event}`);
    return data;
  });
}

export const messageStart: JsonObject = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-20260101',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 5 },
  },
};

export function blockStart(index: number, block: JsonObject): JsonObject {
  return { type: 'content_block_start', index, content_block: block };
}

export function blockDelta(index: number, delta: JsonObject): JsonObject {
  return { type: 'content_block_delta', index, delta };
}

export function blockStop(index: number): JsonObject {
  return { type: 'content_block_stop', index };
}

export function messageDelta(
  stopReason: string,
  usage: JsonObject = { output_tokens: 9 },
): JsonObject {
  return { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage };
}

export const messageStop: JsonObject = { type: 'message_stop' };

/** Says what is wrong with the order of a stream; undefined: nothing. */
export function disorderIn(parts: readonly StreamPart[]): string | undefined {
  const open = new Map<number, string>();
  let count = 0;
  const last = parts.at(-1)?.type;
  if (last !== 'message-end' && last !== 'stream-error') return `ends with ${last}`;
  for (const part of parts) {
    if (part.type === 'finish' && open.size > 0) return 'finished while a part is open';
    if (!('index' in part)) continue;
    const kind = part.type.replace(/-(start|delta|end)$/, '');
    if (part.type.endsWith('-start')) {
      if (part.index !== count++) return `part ${part.index} starts out of order`;
      open.set(part.index, kind);
    } else if (open.get(part.index) !== kind) return `${part.type} of ${part.index} is not open`;
    if (part.type.endsWith('-end')) open.delete(part.index);
  }
  return open.size === 0 ? undefined : `left open: ${[...open.keys()].join(', ')}`;
}
