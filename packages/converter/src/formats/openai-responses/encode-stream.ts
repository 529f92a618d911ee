/**
 * The neutral stream as events for a client of this format. An event that ends something repeats
 * all of it, so that, unlike other encoders, this one gathers what it writes, within a bound.
 */
import type { AnswerContext, StreamEncoder } from '../../format.ts';
import type { ApiError, Finish } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { closingWords, reportOtherCandidates } from './closing-words.ts';
import { createEventWriter, type Write } from './event-writer.ts';
import { createOutputWriter, type PlacedPart } from './output-writer.ts';
import { endedState, type ResponseHead, responseIdOf, responseObject } from './response-object.ts';
import { failureOf } from './stream-error.ts';

/** UTF-16 units of text, arguments and pictures in one answer; past it the stream fails. */
const GATHERED_UNITS_MAX = 32 * 1024 * 1024;

/** About what one token's probability takes once it is written. */
const UNITS_PER_LOGPROB = 64;

export function encodeStream(
  context: AnswerContext,
  gatheredUnitsMax: number = GATHERED_UNITS_MAX,
): StreamEncoder {
  const events = createEventWriter();
  const output = createOutputWriter(context, events);
  let head: ResponseHead | undefined;
  let finish: Finish = { reason: 'stop' };
  let gathered = 0;
  let isOver = false;
  let hasOthers = false;

  function begin(upstreamId: string, write: Write): ResponseHead {
    if (head !== undefined) return head;
    const id = responseIdOf(upstreamId, context);
    head = { id, createdAt: context.nowSeconds(), context };
    const response = responseObject(head, { status: 'in_progress', output: [] });
    events.write('response.created', { response }, write);
    events.write('response.in_progress', { response }, write);
    return head;
  }

  function fail(error: ApiError, write: Write): void {
    const known = begin('', write);
    output.close(write);
    const state = { status: 'failed', error: failureOf(error), output: output.finished() } as const;
    events.write('response.failed', { response: responseObject(known, state) }, write);
    isOver = true;
  }

  function placed(part: PlacedPart, write: Write): void {
    gathered += unitsOf(part);
    if (gathered > gatheredUnitsMax) {
      const message = `the answer is longer than ${gatheredUnitsMax} characters`;
      fail({ kind: 'server', status: 502, message }, write);
    } else output.push(part, write);
  }

  function end(usage: Extract<StreamPart, { type: 'message-end' }>['usage'], write: Write): void {
    const known = begin('', write);
    output.say(closingWords(finish, output.said()), write);
    output.close(write);
    const state = endedState(known, { finish, output: output.finished(), usage });
    events.write(`response.${state.status}`, { response: responseObject(known, state) }, write);
    isOver = true;
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    push(part: StreamPart, write: Write) {
      if (isOver) return;
      if (part.type === 'message-start') begin(part.id, write);
      else if (part.type === 'message-end') end(part.usage, write);
      else if (part.type === 'stream-error') fail(part.error, write);
      else if (part.type === 'ping') write(KEEP_ALIVE);
      else if (part.candidate !== 0) {
        if (!hasOthers) reportOtherCandidates(context);
        hasOthers = true;
      } else if (part.type === 'finish') finish = part.finish;
      else {
        begin('', write);
        placed(part, write);
      }
    },
    keepAlive,
  };
}

function unitsOf(part: StreamPart): number {
  if (part.type === 'tool-call-delta') return part.input.length;
  if (part.type === 'media') {
    return part.part.source.type === 'base64' ? part.part.source.data.length : 0;
  }
  if (part.type === 'text-delta') {
    const tokens = (part.logprobs ?? []).reduce((sum, { top }) => sum + 1 + top.length, 0);
    return part.text.length + tokens * UNITS_PER_LOGPROB;
  }
  return 'text' in part ? part.text.length : 0;
}

const KEEP_ALIVE = ': keep-alive\n\n';

export function keepAlive(): string {
  return KEEP_ALIVE;
}
