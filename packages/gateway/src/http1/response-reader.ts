/** Reads responses off a connection, one after another, however their bytes are cut. */
import { bufferOf } from '../lib/bytes.ts';
import { type ChunkedDecoder, createChunkedDecoder, decodeChunks, isDone } from './chunked.ts';
import type { FieldNames } from './field-names.ts';
import { MalformedHttp } from './malformed.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

export interface ResponseReceiver {
  head(head: ResponseHead): void;
  data(piece: Uint8Array): void;
  /** Comes last; the reader is ready for the next response. `isClean`: no bytes were left over. */
  end(isClean: boolean): void;
}

const HEAD_BYTES_MAX = 64 * 1024;
const HEAD_END = '\r\n\r\n';
const VERSION = 'HTTP/1.';
const LF = 10;
const CR = 13;

/** To be changed by the functions of this module only. */
export interface ResponseReader {
  readonly receiver: ResponseReceiver;
  readonly names: FieldNames;
  state: 'head' | 'length' | 'chunked' | 'until-close';
  /** A head that is not complete. */
  pending: Buffer | undefined;
  remaining: number;
  decoder: ChunkedDecoder | undefined;
}

export function createResponseReader(
  receiver: ResponseReceiver,
  names: FieldNames,
): ResponseReader {
  return {
    receiver,
    names,
    state: 'head',
    pending: undefined,
    remaining: 0,
    decoder: undefined,
  };
}

/** Throws MalformedHttp; then the reader is of no more use. */
export function readResponse(reader: ResponseReader, bytes: Uint8Array): void {
  if (reader.state === 'head') readHeads(reader, bytes);
  else readBody(reader, bytes);
}

/** Nothing more comes. True when the response was one that ends so; it has ended then. */
export function closeResponse(reader: ResponseReader): boolean {
  if (reader.state !== 'until-close') return false;
  reader.state = 'head';
  reader.receiver.end(false);
  return true;
}

function readHeads(reading: ResponseReader, bytes: Uint8Array): void {
  let rest: Uint8Array | undefined = bytes;
  while (rest !== undefined) rest = readHead(reading, rest);
}

/** What is left to read when the head was an interim one, which tells nothing that a caller waits for. */
function readHead(reading: ResponseReader, bytes: Uint8Array): Uint8Array | undefined {
  const { pending } = reading;
  const received = pending === undefined ? bufferOf(bytes) : Buffer.concat([pending, bytes]);
  // The end may have been cut in two.
  const from = Math.max(0, (pending?.length ?? 0) - HEAD_END.length);
  const headEnd = received.indexOf(HEAD_END, from, 'latin1');
  if (headEnd === -1) {
    refuseHopeless(received);
    reading.pending = received;
    return undefined;
  }
  if (headEnd > HEAD_BYTES_MAX) throw new MalformedHttp('the head is too long');
  reading.pending = undefined;
  const head = parseResponseHead(received.toString('latin1', 0, headEnd), reading.names);
  const bodyStart = headEnd + HEAD_END.length;
  const rest = bodyStart < received.length ? received.subarray(bodyStart) : undefined;
  if (head.status === 101) throw new MalformedHttp('another protocol, which nobody asked for');
  if (head.status < 200) return rest;
  begin(reading, head, rest);
  return undefined;
}

/** A head that can not become one must not wait for its end, which may never come. */
function refuseHopeless(received: Buffer): void {
  if (received.length > HEAD_BYTES_MAX) throw new MalformedHttp('the head is too long');
  if (!VERSION.startsWith(received.toString('latin1', 0, VERSION.length)))
    throw new MalformedHttp('not a status line');
  const lineEnd = received.indexOf(LF);
  if (lineEnd > 0 && received[lineEnd - 1] !== CR) throw new MalformedHttp('a lone line feed');
}

function begin(reading: ResponseReader, head: ResponseHead, rest: Uint8Array | undefined): void {
  const { receiver } = reading;
  receiver.head(head);
  if (head.framing === 'none' || (head.framing === 'length' && head.bytes === 0)) {
    receiver.end(rest === undefined);
    return;
  }
  reading.state = head.framing;
  reading.remaining = head.bytes;
  if (head.framing === 'chunked') reading.decoder = createChunkedDecoder();
  if (rest !== undefined) readBody(reading, rest);
}

function readBody(reading: ResponseReader, bytes: Uint8Array): void {
  if (reading.decoder !== undefined) readChunked(reading, reading.decoder, bytes);
  else if (reading.state === 'length') readLength(reading, bytes);
  else reading.receiver.data(bytes);
}

function readLength(reading: ResponseReader, bytes: Uint8Array): void {
  const { receiver, remaining } = reading;
  reading.remaining -= bytes.length;
  if (reading.remaining > 0) return receiver.data(bytes);
  const isClean = reading.remaining === 0;
  receiver.data(isClean ? bytes : bytes.subarray(0, remaining));
  reading.state = 'head';
  receiver.end(isClean);
}

function readChunked(reading: ResponseReader, decoder: ChunkedDecoder, bytes: Uint8Array): void {
  const consumed = decodeChunks(decoder, bytes, reading.receiver);
  if (!isDone(decoder)) return;
  reading.decoder = undefined;
  reading.state = 'head';
  reading.receiver.end(consumed === bytes.length);
}
