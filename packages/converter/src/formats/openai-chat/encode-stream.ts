/**
 * The neutral stream as chunks for a client of this format. What is the same in every chunk is
 * written once; a delta costs one JSON.stringify of its own text.
 */
import type { AnswerContext, StreamEncoder } from '../../format.ts';
import type { Usage } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { stringifyJson } from '../../json.ts';
import { answerIdOf } from './answer-fields.ts';
import { beginChoice, type Choice, createChoice, finishChoice, pushPart } from './encode-choice.ts';
import { errorEvent } from './errors.ts';
import { usageToWire } from './mappings.ts';

type Write = (text: string) => void;

export function encodeStream(context: AnswerContext): StreamEncoder {
  const choices = new Map<number, Choice>();
  /** Nearly always the next part is the same one's. */
  let latest: Choice | undefined;
  const wantsUsage = context.request.streamUsage;
  // OpenAI writes a null on every chunk but the last when usage was asked for.
  const tail = wantsUsage ? '],"usage":null}\n\n' : ']}\n\n';
  let head: string | undefined;

  function headOf(upstreamId: string): string {
    head ??=
      `data: {"id":${stringifyJson(answerIdOf(upstreamId, context))}` +
      `,"object":"chat.completion.chunk","created":${context.nowSeconds()}` +
      `,"model":${stringifyJson(context.request.model)},"choices":[`;
    return head;
  }

  function choiceAt(candidate: number, write: Write): Choice {
    if (latest?.candidate === candidate) return latest;
    latest = choices.get(candidate) ?? newChoice(candidate, write);
    return latest;
  }

  function newChoice(candidate: number, write: Write): Choice {
    const choice = createChoice({ candidate, context, head: headOf(''), tail });
    choices.set(candidate, choice);
    beginChoice(choice, write);
    return choice;
  }

  function end(usage: Usage | undefined, write: Write): void {
    for (const choice of choices.values()) finishChoice({ reason: 'stop' }, choice, write);
    if (wantsUsage && usage !== undefined) {
      write(`${headOf('')}],"usage":${stringifyJson(usageToWire(usage))}}\n\n`);
    }
    write('data: [DONE]\n\n');
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    push(part: StreamPart, write: Write) {
      if (part.type === 'message-start') {
        headOf(part.id);
        choiceAt(0, write);
      } else if (part.type === 'message-end') end(part.usage, write);
      else if (part.type === 'stream-error') write(errorEvent(part.error));
      else if (part.type === 'ping') write(KEEP_ALIVE);
      else pushPart(part, choiceAt(part.candidate, write), write);
    },
    keepAlive,
  };
}

const KEEP_ALIVE = ': keep-alive\n\n';

export function keepAlive(): string {
  return KEEP_ALIVE;
}
