/** The body of a request: taken from the connection when it is asked for, within its bound. */
import { GatewayError } from '../model/errors.ts';
import type { BodyFlow, BodyReceiver } from '../model/http.ts';
import { type ChunkedDecoder, createChunkedDecoder, decodeChunks, isDone } from './chunked.ts';
import { type Input, sizeOf, take } from './input.ts';
import { CHUNKED } from './request-framing.ts';

export interface RequestBody {
  /** CHUNKED when it is not known before. */
  readonly length: number;
  readonly input: Input;
  /** Called once when the body is wanted and not all there. */
  readonly start: () => void;
  /** Of the connection. */
  readonly pause: () => void;
  readonly resume: () => void;
  state: BodyState;
  /** Of a body of known length, still to come. */
  remaining: number;
  reading: Reading | undefined;
}

/** `failed`: what still comes is of no interest, and the connection of no further use. */
type BodyState = 'unread' | 'reading' | 'done' | 'failed';

interface Reading {
  readonly bytesMax: number;
  readonly decoder: ChunkedDecoder | undefined;
  readonly receiver: BodyReceiver;
  size: number;
}

/** What the connection does for its body. */
type Carrier = Pick<RequestBody, 'start' | 'pause' | 'resume'>;

const EMPTY: Uint8Array = new Uint8Array(0);

export function createRequestBody(length: number, input: Input, carrier: Carrier): RequestBody {
  const { start, pause, resume } = carrier;
  return {
    length,
    input,
    start,
    pause,
    resume,
    state: length === 0 ? 'done' : 'unread',
    remaining: Math.max(length, 0),
    reading: undefined,
  };
}

/** The body as it was sent. Rejects with GatewayError. */
export function readWhole(body: RequestBody, bytesMax: number): Promise<Uint8Array> {
  const { length, input } = body;
  if (length === 0) return Promise.resolve(EMPTY);
  if (body.state === 'failed') return Promise.reject(cut());
  if (body.state !== 'unread') return Promise.reject(new Error('the body has been read before'));
  if (length > bytesMax) {
    body.state = 'failed';
    return Promise.reject(tooLarge(bytesMax));
  }
  if (length !== CHUNKED && sizeOf(input) >= length) {
    // Not copied: what Node reads is a buffer of its own, just as long as what was read.
    const bytes = input.bytes.subarray(input.at, input.at + length);
    body.state = 'done';
    take(input, length);
    return Promise.resolve(bytes);
  }
  return readOn(body, bytesMax);
}

const FIRST_BYTES = 16 * 1024;

function readOn(body: RequestBody, bytesMax: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bound = body.length === CHUNKED ? bytesMax : body.length;
    let bytes = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, bound));
    let size = 0;
    begin(body, bytesMax, {
      /** Copied together: kept apart, many small pieces would take a hundred times their size. */
      data(piece) {
        const needed = size + piece.length;
        if (needed > bytes.length) {
          const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * needed, FIRST_BYTES), bound));
          bytes.copy(larger, 0, 0, size);
          bytes = larger;
        }
        bytes.set(piece, size);
        size = needed;
      },
      end: () => resolve(bytes.subarray(0, size)),
      fail: reject,
    });
  });
}

function begin(body: RequestBody, bytesMax: number, receiver: BodyReceiver): void {
  const decoder = body.length === CHUNKED ? createChunkedDecoder() : undefined;
  body.state = 'reading';
  body.reading = { bytesMax, decoder, receiver, size: 0 };
  body.start();
}

/** The body as it comes, in its own encoding. */
export function openBody(body: RequestBody, receiver: BodyReceiver): BodyFlow {
  const { length, state, pause, resume } = body;
  if (length !== 0 && (state === 'reading' || state === 'done'))
    throw new Error('the body has been read before');
  // The caller has no flow yet to stop.
  process.nextTick(open, body, receiver);
  // Once it is over, the connection may be at the next one.
  const isOpen = (): boolean => body.reading?.receiver === receiver;
  return {
    length: length === CHUNKED ? undefined : length,
    pause: () => isOpen() && pause(),
    resume: () => isOpen() && resume(),
  };
}

function open(body: RequestBody, receiver: BodyReceiver): void {
  if (body.length === 0) receiver.end();
  else if (body.state === 'unread') begin(body, Number.POSITIVE_INFINITY, receiver);
  else receiver.fail(cut());
}

/** It may take as long as it does, as long as something comes. */
export function isStreamed({ reading }: RequestBody): boolean {
  return reading?.bytesMax === Number.POSITIVE_INFINITY;
}

/** How many bytes of the piece belong to the body. */
export function feed(body: RequestBody, piece: Uint8Array): number {
  const { state, reading } = body;
  if (state === 'failed') return piece.length;
  if (state !== 'reading' || reading === undefined) return 0;
  return reading.decoder === undefined
    ? feedPlain(body, piece)
    : feedChunked(body, reading.decoder, piece);
}

function feedPlain(body: RequestBody, piece: Uint8Array): number {
  const taken = Math.min(body.remaining, piece.length);
  pass(body, taken === piece.length ? piece : piece.subarray(0, taken));
  body.remaining -= taken;
  if (body.remaining === 0) finish(body);
  return taken;
}

function feedChunked(body: RequestBody, decoder: ChunkedDecoder, piece: Uint8Array): number {
  try {
    const taken = decodeChunks(decoder, piece, { data: (payload) => pass(body, payload) });
    if (body.state === 'failed') return piece.length;
    if (isDone(decoder)) finish(body);
    return taken;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'its framing is broken';
    failBody(body, new GatewayError('body-invalid', `the request body is not valid: ${reason}`));
    return piece.length;
  }
}

function pass(body: RequestBody, piece: Uint8Array): void {
  const { reading } = body;
  if (reading === undefined) return;
  const { bytesMax, receiver } = reading;
  reading.size += piece.length;
  if (reading.size > bytesMax) failBody(body, tooLarge(bytesMax));
  else receiver.data(piece);
}

function finish(body: RequestBody): void {
  const { reading } = body;
  body.state = 'done';
  body.reading = undefined;
  // Whoever paused it waits for no more of it.
  body.resume();
  reading?.receiver.end();
}

/** Whoever waits for it is told; what still comes of it is dropped. */
export function failBody(body: RequestBody, cause: GatewayError): void {
  const { reading } = body;
  if (body.state === 'done') return;
  body.state = 'failed';
  body.reading = undefined;
  reading?.receiver.fail(cause);
}

/** Can the next request be found behind it? An unread body that is all there is passed over. */
export function canBePassed({ state, length, input }: RequestBody): boolean {
  if (state === 'done') return true;
  return state === 'unread' && length !== CHUNKED && sizeOf(input) >= length;
}

export function cut(): GatewayError {
  return new GatewayError('client-gone', 'the request body was cut');
}

export function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('body-too-large', `the request body is larger than ${bytesMax} bytes`);
}
