/** The body of a request: taken from the connection when it is asked for, within its bound. */
import { GatewayError } from '../model/errors.ts';
import { type ChunkedDecoder, createChunkedDecoder } from './chunked.ts';
import { type Input, sizeOf, take } from './input.ts';
import { CHUNKED } from './request-framing.ts';

export interface RequestBody {
  /** CHUNKED when it is not known before. */
  readonly length: number;
  readonly input: Input;
  /** Called once when the body is wanted and not all there. */
  readonly start: () => void;
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
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (cause: GatewayError) => void;
  bytes: Buffer;
  size: number;
}

const EMPTY: Uint8Array = new Uint8Array(0);

export function createRequestBody(length: number, input: Input, start: () => void): RequestBody {
  return {
    length,
    input,
    start,
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
    const isChunked = body.length === CHUNKED;
    const decoder = isChunked
      ? createChunkedDecoder({ data: (piece) => keep(body, piece) })
      : undefined;
    const size = isChunked ? FIRST_BYTES : Math.min(FIRST_BYTES, body.length);
    const bytes = Buffer.allocUnsafeSlow(size);
    body.state = 'reading';
    body.reading = { bytesMax, decoder, resolve, reject, bytes, size: 0 };
    body.start();
  });
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
  keep(body, taken === piece.length ? piece : piece.subarray(0, taken));
  body.remaining -= taken;
  if (body.remaining === 0) finish(body);
  return taken;
}

function feedChunked(body: RequestBody, decoder: ChunkedDecoder, piece: Uint8Array): number {
  try {
    const taken = decoder.push(piece);
    if (body.state === 'failed') return piece.length;
    if (decoder.isDone()) finish(body);
    return taken;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'its framing is broken';
    failBody(body, new GatewayError('body-invalid', `the request body is not valid: ${reason}`));
    return piece.length;
  }
}

/** Copied together: kept apart, many small pieces would take a hundred times their size. */
function keep(body: RequestBody, piece: Uint8Array): void {
  const { reading } = body;
  if (reading === undefined) return;
  const { bytesMax, size } = reading;
  const needed = size + piece.length;
  if (needed > bytesMax) {
    failBody(body, tooLarge(bytesMax));
    return;
  }
  if (needed > reading.bytes.length) {
    const bound = body.length === CHUNKED ? bytesMax : body.length;
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * needed, FIRST_BYTES), bound));
    reading.bytes.copy(larger, 0, 0, size);
    reading.bytes = larger;
  }
  reading.bytes.set(piece, size);
  reading.size = needed;
}

function finish(body: RequestBody): void {
  const { reading } = body;
  body.state = 'done';
  body.reading = undefined;
  reading?.resolve(reading.bytes.subarray(0, reading.size));
}

/** Whoever waits for it is told; what still comes of it is dropped. */
export function failBody(body: RequestBody, cause: GatewayError): void {
  const { reading } = body;
  if (body.state === 'done') return;
  body.state = 'failed';
  body.reading = undefined;
  reading?.reject(cause);
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
