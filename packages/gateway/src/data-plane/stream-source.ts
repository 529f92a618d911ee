/** A stream on its way to the client: translated, or passed through and only watched. */
import {
  type AnswerTranslator,
  type ApiError,
  createJsonArrayReader,
  createSseParser,
  type Report,
  type SseEvent,
  type StreamObserver,
  type StreamState,
  type Usage,
} from 'ai-api-converter';
import { failureOf } from '../model/errors.ts';
import type { Ingress, OutputSample } from '../model/exchange.ts';
import type { StreamFraming } from '../model/provider.ts';
import { createEventGate, passRest, passWhole } from './event-gate.ts';
import { addToSample, createSampler, sampleOf } from './sampler.ts';

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
  const { contentType, state, error, usage, isOver, push, end, fail, keepAlive } = translation;
  const sampler = createSampler();
  return {
    contentType,
    state,
    error,
    usage,
    isOver,
    sample() {
      const isFinal = state() === 'ended' && usage() !== undefined;
      return isFinal ? undefined : sampleOf(sampler);
    },
    push(chunk) {
      const text = push(chunk);
      addToSample(sampler, text);
      return text;
    },
    end,
    fail,
    keepAlive,
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
  const { client, upstream } = format;
  const { contentType, framing, endsByClose } = options;
  const observer = upstream.observeStream();
  const { push: observe } = observer;
  const reader = framing === 'sse' ? createSseParser() : createJsonArrayReader();
  const { push: parse } = reader;
  const sampler = createSampler();
  const gate = framing === 'sse' ? createEventGate() : undefined;
  const passage: Passage = { observer, state: 'waiting', failure: undefined };
  let isOver = false;

  function read(event: SseEvent): void {
    addToSample(sampler, event.data);
    observe(event);
  }

  function fail(error: ApiError): Piece {
    if (isOver) return '';
    isOver = true;
    return breaks(passage, error) ? client.streamError(error, framing) : '';
  }

  return {
    contentType,
    state() {
      return passage.state;
    },
    error() {
      return passage.failure;
    },
    usage: observer.usage,
    sample() {
      const isFinal = observer.usage() !== undefined && observer.finished();
      return isFinal ? undefined : sampleOf(sampler);
    },
    isOver() {
      return isOver;
    },
    push(chunk) {
      if (passage.state !== 'failed') {
        parse(chunk, read);
        settle(passage);
      }
      return gate === undefined ? chunk : passWhole(gate, chunk);
    },
    end() {
      reader.end(read);
      settle(passage);
      const error = flawOfEnd(passage);
      if (error !== undefined) return fail(error);
      return gate === undefined ? '' : passRest(gate, endsByClose);
    },
    fail,
    // In an array there is no place where anything may be put.
    keepAlive: () => (framing === 'sse' ? client.keepAlive(framing) : ''),
  };
}

/** How far a stream has come that passes. */
interface Passage {
  readonly observer: StreamObserver;
  state: StreamState;
  failure: ApiError | undefined;
}

function settle(passage: Passage): void {
  const { observer, state } = passage;
  if (state === 'ended' || state === 'failed') return;
  const failure = observer.error();
  if (failure !== undefined) {
    passage.state = 'failed';
    passage.failure = failure;
  } else if (state === 'waiting' && observer.begun()) passage.state = 'begun';
}

/** The upstream closed the stream; what is wrong with that. */
function flawOfEnd(passage: Passage): ApiError | undefined {
  const { observer, state } = passage;
  if (state === 'failed') return undefined;
  if (!observer.finished())
    return failureOf('upstream-reset', 'the upstream closed the stream before its end');
  if (state === 'waiting')
    return failureOf('upstream-invalid-response', 'the upstream sent an empty stream');
  passage.state = 'ended';
  return undefined;
}

/** False: the client need not be told, since all was said or the upstream told it itself. */
function breaks(passage: Passage, error: ApiError): boolean {
  const { observer, state } = passage;
  if (state === 'failed') return false;
  const isComplete = state === 'begun' && observer.finished();
  passage.state = isComplete ? 'ended' : 'failed';
  if (!isComplete) passage.failure = error;
  return !isComplete;
}
