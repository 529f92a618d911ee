/** Reads a stream of GenerateContentResponse chunks. */
import type { StreamDecoder } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonValue, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { createAnswerDecoder } from './answer-decoder.ts';
import { errorInBody } from './errors.ts';

export function decodeStream(report: Report): StreamDecoder {
  const answer = createAnswerDecoder({ report, isWhole: false });
  let isOver = false;

  function fail(error: ApiError, emit: Emit): void {
    isOver = true;
    answer.cut(emit);
    emit({ type: 'stream-error', error });
  }

  function chunk(value: JsonValue | undefined, emit: Emit): void {
    if (isOver) return;
    const error = errorInBody(value);
    if (error !== undefined) return fail(error, emit);
    if (Array.isArray(value)) {
      for (const entry of value) chunk(entry, emit);
    } else if (isObject(value)) {
      if (Object.keys(value).length > 0) answer.chunk(value, emit);
    } else fail(brokenChunk, emit);
  }

  return {
    push({ data }, emit) {
      const text = data.trim();
      // Gemini sends no such mark, but proxies in front of it do.
      if (isOver || text === '' || text === '[DONE]') return;
      chunk(tryParseJson(text), emit);
    },
    end(emit) {
      if (isOver) return;
      isOver = true;
      if (answer.finish(emit)) emit({ type: 'message-end', usage: answer.usage() });
      else emit({ type: 'stream-error', error: cutStream });
    },
  };
}

const brokenChunk: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_invalid_response',
  message: 'the upstream sent an event that is not JSON',
};

const cutStream: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_stream_cut',
  message: 'the upstream closed the stream before the answer was complete',
};
