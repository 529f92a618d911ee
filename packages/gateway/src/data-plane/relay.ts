/** Phase 5: the answer to the client, at the pace of the slower side. Owns pace, silence and abort. */
import {
  type Format,
  isObject,
  type JsonObject,
  type JsonValue,
  type Loss,
  lastObjectMember,
  parseJson,
  type Report,
  stringifyJson,
  type Translator,
  type Usage,
} from 'ai-api-converter';
import { bufferOf, textOf } from '../lib/bytes.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress, Outcome } from '../model/exchange.ts';
import type { Headers, Reply } from '../model/http.ts';
import type { Timeouts } from '../model/settings.ts';
import type { Abort } from './abort.ts';
import type { Answer, StreamAnswer, WholeAnswer } from './attempt.ts';
import { answerHeaders } from './headers.ts';
import { lossHeader } from './loss-header.ts';
import type { Prepared } from './prepare.ts';
import { pump } from './pump.ts';

export interface RelayContext {
  readonly ingress: Ingress;
  readonly prepared: Prepared;
  readonly reply: Reply;
  /** Headers of every answer of this exchange. */
  readonly headers: Headers;
  readonly timeouts: Timeouts;
  readonly report: Report;
  readonly abort: Abort;
  /** Called when the first byte goes to the client. */
  begun(): void;
}

/** Throws before anything was written; after that every failure becomes part of the answer. */
export function relay(answer: Answer, context: RelayContext): Promise<Outcome> | Outcome {
  return answer.type === 'whole' ? relayWhole(answer, context) : relayStream(answer, context);
}

function relayWhole(answer: WholeAnswer, context: RelayContext): Outcome {
  const { translator } = context.prepared;
  return translator === undefined
    ? passWhole(answer, context)
    : translateWhole(translator, answer, context);
}

function passWhole(answer: WholeAnswer, context: RelayContext): Outcome {
  const { ingress, reply } = context;
  const usage = usageOf(answer.body, ingress.format);
  context.begun();
  reply.head(answer.status, {
    ...headersOf(answer.headers, context, []),
    'content-type': answer.headers['content-type'] ?? 'application/json',
    'content-length': String(answer.body.byteLength),
  });
  reply.end(answer.body);
  return { status: answer.status, cause: 'complete', usage, errorCode: undefined };
}

/** Enough to tell JSON from a page. */
const HEAD_BYTES = 64;

/** Only the usage is parsed: the rest of the answer is not ours to read. */
function usageOf(bytes: Uint8Array, { upstream }: Format): Usage | undefined {
  const buffer = bufferOf(bytes);
  if (!/^\s*[{[]/.test(buffer.toString('latin1', 0, HEAD_BYTES))) {
    throw new GatewayError('upstream-invalid-response', "the upstream's answer is not JSON");
  }
  const at = buffer.lastIndexOf(`"${upstream.usageField}"`);
  const usage =
    at === -1 ? undefined : lastObjectMember(buffer.toString('utf8', at), upstream.usageField);
  return usage === undefined ? undefined : upstream.readUsage({ [upstream.usageField]: usage });
}

function parseAnswer(bytes: Uint8Array): JsonObject {
  let body: JsonValue;
  try {
    body = parseJson(textOf(bytes));
  } catch (cause) {
    throw new GatewayError('upstream-invalid-response', "the upstream's answer is not valid JSON", {
      cause,
    });
  }
  if (isObject(body)) return body;
  throw new GatewayError('upstream-invalid-response', "the upstream's answer is not a JSON object");
}

function translateWhole(
  translator: Translator,
  answer: WholeAnswer,
  context: RelayContext,
): Outcome {
  const { reply } = context;
  const { value, losses, usage } = translator.response(parseAnswer(answer.body));
  for (const loss of losses) context.report(loss);
  const body = Buffer.from(stringifyJson(value));
  context.begun();
  reply.head(200, {
    ...headersOf(answer.headers, context, losses),
    'content-type': 'application/json',
    'content-length': String(body.byteLength),
  });
  reply.end(body);
  return { status: 200, cause: 'complete', usage, errorCode: undefined };
}

function headersOf(upstream: Headers, context: RelayContext, losses: readonly Loss[]): Headers {
  const all = [...context.prepared.losses, ...losses];
  return {
    ...context.headers,
    ...answerHeaders(upstream),
    ...(all.length === 0 ? {} : { 'x-dragoman-losses': lossHeader(all) }),
  };
}

function relayStream(answer: StreamAnswer, context: RelayContext): Promise<Outcome> {
  const { reply } = context;
  const { source } = answer.stream;
  context.begun();
  reply.head(answer.status, {
    ...headersOf(answer.headers, context, []),
    'content-type': source.contentType,
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  return pump(answer.stream, context);
}
