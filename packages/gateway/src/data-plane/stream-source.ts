/** A stream on its way to the client: translated, or passed through and only watched. */
import {
  type AnswerTranslator,
  type ApiError,
  createJsonArrayReader,
  createSseParser,
  type Format,
  type Report,
  type SseEvent,
  type StreamState,
  type Usage,
} from 'ai-api-converter';
import { failureOf } from '../model/errors.ts';
import type { Ingress, OutputSample } from '../model/exchange.ts';
import type { StreamFraming } from '../model/provider.ts';
import { createEventGate } from './event-gate.ts';
import { createSampler } from './sampler.ts';

type Piece = Uint8Array | string;

/** What relaying a stream needs to know of it, whichever way it goes. */
export interface StreamSource {
  readonly contentType: string;
  state(): StreamState;
  error(): ApiError | undefined;
  usage(): Usage | undefined;
  /** What was said so far; undefined once it is said what it costs. */
  sample(): OutputSample | undefined;
  /** Nothing more will be written, whatever else the upstream sends. */
  isOver(): boolean;
  /** What to write for a chunk of the upstream; empty when nothing is due. */
  push(chunk: Uint8Array): Piece;
  end(): Piece;
  fail(error: ApiError): Piece;
  keepAlive(): string;
}

export function translatedStream(translator: AnswerTranslator, report: Report): StreamSource {
  const translation = translator.stream(report);
  const sampler = createSampler();
  return {
    ...translation,
    sample() {
      const isFinal = translation.state() === 'ended' && translation.usage() !== undefined;
      return isFinal ? undefined : sampler.sample();
    },
    push(chunk) {
      const text = translation.push(chunk);
      sampler.add(text);
      return text;
    },
  };
}

export interface PassOptions {
  readonly contentType: string;
  readonly framing: StreamFraming;
  /** Nothing but the end of the connection says where the stream ends. */
  readonly endsByClose: boolean;
}

/** Bytes pass as they are; a reader beside them looks for usage, errors and the end. */
export function passedStream({ format }: Ingress, options: PassOptions): StreamSource {
  const { contentType, framing, endsByClose } = options;
  const reading = readBeside(format, framing);
  const gate = framing === 'sse' ? createEventGate() : undefined;
  let isOver = false;

  function fail(error: ApiError): Piece {
    if (isOver) return '';
    isOver = true;
    return reading.fail(error) ? format.client.streamError(error, framing) : '';
  }

  return {
    contentType,
    state: reading.state,
    error: reading.error,
    usage: reading.usage,
    sample: reading.sample,
    isOver() {
      return isOver;
    },
    push(chunk) {
      reading.push(chunk);
      return gate === undefined ? chunk : gate.push(chunk);
    },
    end() {
      const error = reading.end();
      return error === undefined ? (gate?.rest(endsByClose) ?? '') : fail(error);
    },
    fail,
    // In an array there is no place where anything may be put.
    keepAlive: () => (framing === 'sse' ? format.client.keepAlive(framing) : ''),
  };
}

interface Reading {
  state(): StreamState;
  error(): ApiError | undefined;
  usage(): Usage | undefined;
  sample(): OutputSample | undefined;
  push(chunk: Uint8Array): void;
  /** The upstream closed the stream; what is wrong with that. */
  end(): ApiError | undefined;
  /** False: the client need not be told, since all was said or the upstream told it itself. */
  fail(error: ApiError): boolean;
}

function readBeside({ upstream }: Format, framing: StreamFraming): Reading {
  const observer = upstream.observeStream();
  const reader = framing === 'sse' ? createSseParser() : createJsonArrayReader();
  let state: StreamState = 'waiting';
  let failure: ApiError | undefined;
  const sampler = createSampler();

  function read(event: SseEvent): void {
    sampler.add(event.data);
    observer.push(event);
  }

  function settle(): void {
    if (state === 'ended' || state === 'failed') return;
    if (observer.error() !== undefined) {
      state = 'failed';
      failure = observer.error();
    } else if (state === 'waiting' && observer.begun()) state = 'begun';
  }

  return {
    state() {
      return state;
    },
    error() {
      return failure;
    },
    usage: observer.usage,
    sample() {
      const isFinal = observer.usage() !== undefined && observer.finished();
      return isFinal ? undefined : sampler.sample();
    },
    push(chunk) {
      if (state === 'failed') return;
      reader.push(chunk, read);
      settle();
    },
    end() {
      reader.end(read);
      settle();
      if (state === 'failed') return undefined;
      if (!observer.finished())
        return failureOf('upstream-reset', 'the upstream closed the stream before its end');
      if (state === 'waiting')
        return failureOf('upstream-invalid-response', 'the upstream sent an empty stream');
      state = 'ended';
      return undefined;
    },
    fail(error) {
      if (state === 'failed') return false;
      const isComplete = state === 'begun' && observer.finished();
      state = isComplete ? 'ended' : 'failed';
      if (!isComplete) failure = error;
      return !isComplete;
    },
  };
}
