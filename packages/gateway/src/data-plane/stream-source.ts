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
import { textOf } from '../lib/bytes.ts';
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

/** Enough to see the blank line that ends an event. */
const TAIL_BYTES = 4;

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
  let tail = '';

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
      tail = (tail + textOf(chunk.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
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
      // In the middle of an event it would become part of it; in an array there is no safe place.
      const isBetweenEvents = tail === '' || /(?:\n\n|\r\n\r\n|\r\r)$/.test(tail);
      return framing === 'sse' && isBetweenEvents ? format.client.keepAlive(framing) : '';
    },
  };
}
