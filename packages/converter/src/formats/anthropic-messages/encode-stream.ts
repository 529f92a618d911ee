/** Writes a stream for a client of this format. */
import type { AnswerContext, StreamEncoder } from '../../format.ts';
import type { ApiError, Finish, Usage } from '../../ir/response.ts';
import { createBlockWriter, reportCandidates, reportMedia } from './block-writer.ts';
import { emptyAnswer, failureOf, isCutShort } from './encode-response.ts';
import { errorEvent } from './errors.ts';
import { encodeFinish, encodeUsage } from './mappings.ts';
import { createPartQueue } from './part-queue.ts';

type Write = (text: string) => void;

const ping = 'event: ping\ndata: {"type":"ping"}\n\n';

/** Means nothing to a reader, wherever it stands between two events. */
export function keepAlive(): string {
  return ping;
}

export function encodeStream(context: AnswerContext): StreamEncoder {
  const blocks = createBlockWriter(context);
  const queue = createPartQueue(blocks);
  let hasStarted = false;
  let isOver = false;
  let hasOthers = false;
  let finish: Finish | undefined;
  let usage: Usage | undefined;

  function start(id: string, write: Write): void {
    if (hasStarted) return;
    hasStarted = true;
    const message = { ...emptyAnswer(id, context), usage: encodeUsage(usage) };
    const json = JSON.stringify({ type: 'message_start', message });
    write(`event: message_start\ndata: ${json}\n\n${ping}`);
  }

  function fail(error: ApiError, write: Write): void {
    isOver = true;
    write(errorEvent(error));
  }

  function reportOthers(): void {
    if (!hasOthers) reportCandidates(context);
    hasOthers = true;
  }

  function end(write: Write): void {
    const failure = blocks.blockCount() === 0 ? failureOf(finish) : undefined;
    if (failure !== undefined) return fail(failure, write);
    isOver = true;
    if (blocks.blockCount() === 0 && isCutShort(finish)) blocks.empty(write);
    const said = { toolCall: blocks.toolCall(), refusal: blocks.refusal() };
    const { stop_reason, stop_sequence, stop_details } = encodeFinish(finish, said);
    const delta = { stop_reason, stop_sequence, stop_details, container: null };
    const json = JSON.stringify({ type: 'message_delta', delta, usage: encodeUsage(usage) });
    write(`event: message_delta\ndata: ${json}\n\n${messageStop}`);
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive,
    push(part, write) {
      if (isOver) return;
      switch (part.type) {
        case 'message-start':
          usage = part.usage;
          return start(part.id, write);
        case 'ping':
          return write(ping);
        case 'stream-error':
          return fail(part.error, write);
        case 'finish':
          if (part.candidate === 0) finish = part.finish;
          return;
        case 'message-end':
          usage = part.usage ?? usage;
          start('', write);
          return end(write);
        default:
          // The format has room for one answer.
          if (part.candidate !== 0) return reportOthers();
          start('', write);
          if (part.type === 'media') reportMedia(context);
          else if (!queue.push(part, write)) fail(tooInterleaved, write);
      }
    },
  };
}

const messageStop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

const tooInterleaved: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_invalid_response',
  message: 'the upstream sent more of several tool calls at once than can be put in order',
};
