/** Phase 5: the answer to the client, at the pace of the slower side. Owns pace, silence and abort. */
import type { Loss, Report } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import type { Outcome, OutputSample } from '../model/exchange.ts';
import type { Headers, Reply } from '../model/http.ts';
import type { Timeouts } from '../model/settings.ts';
import type { Abort } from './abort.ts';
import type { Answer, StreamAnswer } from './ask.ts';
import { answerHeaders } from './headers.ts';
import { lossHeader } from './loss-header.ts';
import { pump } from './pump.ts';
import type { WholeAnswer } from './whole-answer.ts';

export interface RelayContext {
  readonly reply: Reply;
  /** Headers of every answer of this exchange. */
  readonly headers: Headers;
  /** What is left of the gateway's own limits; an upstream's figures of the same name give way. */
  readonly limitHeaders: Headers;
  readonly timeouts: Timeouts;
  readonly report: Report;
  readonly abort: Abort;
  /** Called when the first byte goes to the client. */
  begun(): void;
}

/** Throws before anything was written; after that every failure becomes part of the answer. */
export function relay(
  answer: Answer,
  /** Of the request. */
  losses: readonly Loss[],
  context: RelayContext,
): Promise<Outcome> | Outcome {
  for (const loss of losses) context.report(loss);
  return answer.type === 'whole'
    ? relayWhole(answer, losses, context)
    : relayStream(answer, losses, context);
}

function relayWhole(answer: WholeAnswer, losses: readonly Loss[], context: RelayContext): Outcome {
  const { reply } = context;
  const { status, contentType, body, usage } = answer;
  for (const loss of answer.losses) context.report(loss);
  context.begun();
  reply.head(status, {
    ...headersOf(answer.headers, context, [...losses, ...answer.losses]),
    'content-type': contentType,
    'content-length': String(body.byteLength),
  });
  reply.end(body);
  const sample = usage === undefined ? sampleOf(body) : undefined;
  return { status, cause: 'complete', usage, sample, errorCode: undefined };
}

function headersOf(upstream: Headers, context: RelayContext, losses: readonly Loss[]): Headers {
  return {
    ...context.headers,
    ...answerHeaders(upstream),
    ...context.limitHeaders,
    ...(losses.length === 0 ? {} : { 'x-dragoman-losses': lossHeader(losses) }),
  };
}

function relayStream(
  answer: StreamAnswer,
  losses: readonly Loss[],
  context: RelayContext,
): Promise<Outcome> {
  const { reply } = context;
  const { source } = answer.stream;
  context.begun();
  reply.head(answer.status, {
    ...headersOf(answer.headers, context, losses),
    'content-type': source.contentType,
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  return pump(answer.stream, context);
}

const SAMPLE_BYTES = 16_384;

function sampleOf(body: Uint8Array): OutputSample {
  const part = body.subarray(0, SAMPLE_BYTES);
  return { text: textOf(part), scale: body.length / Math.max(1, part.length) };
}
