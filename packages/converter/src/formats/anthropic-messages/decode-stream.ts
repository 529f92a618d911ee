/** Reads a stream of events: blocks open and close in turn, totals and the stop reason come near the end. */
import type { StreamDecoder } from '../../format.ts';
import type { ApiError, Finish, Usage } from '../../ir/response.ts';
import type { Emit, StreamPart } from '../../ir/stream.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import type { SseEvent } from '../../sse/parser.ts';
import { closeBlocks, createBlocks, cutBlocks, pushBlock } from './block-decoder.ts';
import { errorInBody, plainError } from './errors.ts';
import { decodeFinish, decodeUsage, mergeUsage } from './mappings.ts';

export function decodeStream(report: Report): StreamDecoder {
  const blocks = createBlocks(report);
  let usage: JsonObject | undefined;
  let stop: JsonObject | undefined;
  let hasStarted = false;
  let isOver = false;

  function start(message: JsonObject, emit: Emit): void {
    if (hasStarted) return;
    hasStarted = true;
    usage = mergeUsage(usage, message['usage']);
    emit(messageStart(message, decodeUsage(usage)));
  }

  function fail(error: ApiError, emit: Emit): void {
    isOver = true;
    cutBlocks(blocks, emit);
    emit({ type: 'stream-error', error });
  }

  function finish(emit: Emit): void {
    isOver = true;
    start({}, emit);
    closeBlocks(blocks, emit);
    const finish: Finish = decodeFinish(stop ?? {}, blocks.sawToolCall);
    emit({ type: 'finish', candidate: 0, finish });
    emit({ type: 'message-end', usage: decodeUsage(usage) });
  }

  function event(body: JsonObject, emit: Emit): void {
    switch (body['type']) {
      case 'message_start':
        return start(isObject(body['message']) ? body['message'] : {}, emit);
      case 'content_block_start':
      case 'content_block_delta':
      case 'content_block_stop':
        start({}, emit);
        return pushBlock(blocks, body, emit);
      case 'message_delta': {
        usage = mergeUsage(usage, body['usage']);
        const { delta } = body;
        if (isObject(delta) && typeof delta['stop_reason'] === 'string') stop = delta;
        return;
      }
      case 'message_stop':
        return finish(emit);
      case 'ping':
        return emit({ type: 'ping' });
      // Events of a later day are not for this one.
      default:
    }
  }

  return {
    push(sse, emit) {
      if (isOver || isIdle(sse)) return;
      const body = tryParseJson(sse.data);
      const error = isObject(body) ? errorInBody(body) : unreadable(sse);
      if (error !== undefined) fail(error, emit);
      else if (isObject(body)) event(body, emit);
    },
    end(emit) {
      if (isOver) return;
      if (stop !== undefined) finish(emit);
      else fail(cut, emit);
    },
  };
}

/** Anthropic sends no such mark, but others who speak its format do. */
function isIdle({ data }: SseEvent): boolean {
  const text = data.trim();
  return text === '' || text === '[DONE]';
}

function messageStart({ id, model }: JsonObject, usage: Usage | undefined): StreamPart {
  return {
    type: 'message-start',
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    usage,
  };
}

function unreadable({ event, data }: SseEvent): ApiError {
  return event === 'error' ? plainError(data) : broken;
}

const broken: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_invalid_response',
  message: 'the upstream sent an event that is not JSON',
};

const cut: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_stream_cut',
  message: 'the upstream closed the stream before the answer was complete',
};
