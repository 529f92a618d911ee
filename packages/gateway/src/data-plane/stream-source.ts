/** A stream on its way to the client: translated, or passed through and only watched. */
import {
  type ApiError,
  createJsonArrayReader,
  createSseParser,
  type Report,
  type StreamState,
  type Translator,
  type Usage,
} from 'ai-api-converter';
import { failureOf } from '../model/errors.ts';
import type { Ingress, StreamFraming } from '../model/exchange.ts';

/** What relaying a stream needs to know of it, whichever way it goes. */
export interface StreamSource {
  readonly contentType: string;
  state(): StreamState;
  error(): ApiError | undefined;
  usage(): Usage | undefined;
  /** It failed in a way that leaves nothing more to write, whatever else the upstream sends. */
  isOver(): boolean;
  /** What to write for a chunk of the upstream; empty when nothing is due. */
  push(chunk: Uint8Array): Uint8Array | string;
  end(): string;
  fail(error: ApiError): string;
  keepAlive(): string;
}

export function translatedStream(translator: Translator, report: Report): StreamSource {
  return translator.stream(report);
}

/** Bytes pass as they are; a reader beside them looks for usage, errors and the end. */
export function passedStream(
  ingress: Ingress,
  contentType: string,
  framing: StreamFraming,
): StreamSource {
  const { format } = ingress;
  const observer = format.upstream.observeStream();
  const reader = framing === 'sse' ? createSseParser() : createJsonArrayReader();
  let state: StreamState = 'waiting';
  let failure: ApiError | undefined;
  let isOver = false;

  function settle(): void {
    if (state === 'ended' || state === 'failed') return;
    if (observer.error() !== undefined) {
      state = 'failed';
      failure = observer.error();
    } else if (state === 'waiting' && observer.begun()) state = 'begun';
  }

  function fail(error: ApiError): string {
    if (state === 'failed') return '';
    state = 'failed';
    failure = error;
    isOver = true;
    return format.client.streamError(error, framing);
  }

  return {
    contentType,
    state() {
      return state;
    },
    error() {
      return failure;
    },
    usage() {
      return observer.usage();
    },
    isOver() {
      return isOver;
    },
    push(chunk) {
      if (state === 'failed') return chunk;
      reader.push(chunk, observer.push);
      settle();
      return chunk;
    },
    end() {
      reader.end(observer.push);
      settle();
      if (state === 'failed') return '';
      if (!observer.finished()) {
        return fail(failureOf('upstream-reset', 'the upstream closed the stream before its end'));
      }
      state = 'ended';
      return '';
    },
    fail,
    keepAlive() {
      // Readers of an array look for its bracket in the first place.
      const isAwaited = framing === 'json-array' && state === 'waiting';
      return isAwaited ? '' : format.client.keepAlive(framing);
    },
  };
}
