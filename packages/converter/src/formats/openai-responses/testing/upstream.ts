/** What the tests of the upstream half share: requests, events written out, and streams read back. */
import { createCollector } from '../../../ir/collect.ts';
import type { ChatRequest } from '../../../ir/request.ts';
import type { ChatResponse } from '../../../ir/response.ts';
import type { StreamPart } from '../../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../json.ts';
import type { Loss, Report } from '../../../loss.ts';
import { createSseParser } from '../../../sse/parser.ts';
import { decodeStream } from '../decode-stream.ts';
import { encodeRequest } from '../encode-request.ts';

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

export function requestOf(over: Partial<ChatRequest> = {}): ChatRequest {
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

/** As it goes over the wire: what is undefined is not there. */
export function encoded(over: Partial<ChatRequest>, report: Report = () => {}): JsonObject {
  const body = parseJson(JSON.stringify(encodeRequest(requestOf(over), report)));
  if (!isObject(body)) throw new Error('a body that is no object');
  return body;
}

export function inputOf(over: Partial<ChatRequest>, report?: Report): JsonValue | undefined {
  return encoded(over, report)['input'];
}

/** Events of this format: the type stands in front, and numbers count up. */
export function sse(events: readonly JsonObject[]): string {
  return events
    .map((event, sequence_number) => {
      const text = JSON.stringify({ ...event, sequence_number });
      return `event: ${typeof event['type'] === 'string' ? event['type'] : ''}\ndata: ${text}\n\n`;
    })
    .join('');
}

/** The bytes come in pieces of that length; all at once when it is left out. */
export function partsOf(
  text: string,
  report: Report = () => {},
  pieceBytes = Number.MAX_SAFE_INTEGER,
): readonly StreamPart[] {
  const parts: StreamPart[] = [];
  const emit = (part: StreamPart): void => void parts.push(part);
  const parser = createSseParser();
  const decoder = decodeStream(report);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    parser.push(bytes.subarray(at, at + pieceBytes), (event) => decoder.push(event, emit));
  }
  parser.end((event) => decoder.push(event, emit));
  decoder.end(emit);
  return parts;
}

export function collected(parts: readonly StreamPart[]): ChatResponse {
  const collector = createCollector();
  for (const part of parts) collector.push(part);
  return collector.response();
}

export function created(id = 'resp_1'): JsonObject {
  const response = { id, object: 'response', status: 'in_progress', model: 'gpt-5', output: [] };
  return { type: 'response.created', response };
}

export function completed(output: readonly JsonObject[] = [], over: JsonObject = {}): JsonObject {
  const type = over['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed';
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
    output_tokens: 8,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 18,
  };
  const response = { id: 'resp_1', object: 'response', status: 'completed', model: 'gpt-5' };
  return { type, response: { ...response, output, usage, ...over } };
}

export function added(item: JsonObject, output_index: number): JsonObject {
  return { type: 'response.output_item.added', output_index, item };
}

export function done(item: JsonObject, output_index: number): JsonObject {
  return { type: 'response.output_item.done', output_index, item };
}

export function textDelta(delta: string, output_index = 0, content_index = 0): JsonObject {
  return { type: 'response.output_text.delta', output_index, content_index, delta };
}

export function message(...texts: readonly string[]): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
  };
}

export function functionCall(id: string, input: string): JsonObject {
  const named = { id: `fc_${id}`, call_id: `call_${id}`, name: 'look' };
  return { type: 'function_call', ...named, arguments: input, status: 'completed' };
}
