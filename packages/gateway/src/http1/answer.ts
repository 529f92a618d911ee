/** One answer on its connection: head, framing, pace, and whether the client is still there. */
import type { Headers, Reply } from '../model/http.ts';
import { composeHead } from './answer-head.ts';
import { flushOut, type Outlet, writeOut } from './outlet.ts';
import type { RequestHead } from './request-head.ts';

/** The connection, as its answers see it. */
export interface AnswerOwner {
  readonly outlet: Outlet;
  /** Can it be used again after this answer? */
  canKeepAlive(): boolean;
  /** The lines that every head has. */
  commonFields(keepsAlive: boolean): string;
  /** All was handed to the socket. */
  ended(): void;
  destroy(): void;
}

export interface Answer {
  readonly owner: AnswerOwner;
  readonly outlet: Outlet;
  readonly request: RequestHead;
  isBegun: boolean;
  /** Nothing more is written: it ended, or the client is gone. */
  isOver: boolean;
  isGone: boolean;
  framing: Framing;
  /** As the head declares it. */
  contentLength: number | undefined;
  writtenBytes: number;
  /** The given part of a head that is not out yet. */
  unsent: string;
  keepsAlive: boolean;
  onDrain: (() => void) | undefined;
  onGone: (() => void) | undefined;
}

type Framing = 'no-body' | 'length' | 'chunked' | 'until-close';
type Chunk = Uint8Array | string;

export function createAnswer(owner: AnswerOwner, request: RequestHead): Answer {
  return {
    owner,
    outlet: owner.outlet,
    request,
    isBegun: false,
    isOver: false,
    isGone: false,
    framing: 'no-body',
    contentLength: undefined,
    writtenBytes: 0,
    unsent: '',
    keepsAlive: request.keepsAlive,
    onDrain: undefined,
    onGone: undefined,
  };
}

export function replyOf(answer: Answer): Reply {
  return {
    peer: () => answer.outlet.socket.remoteAddress ?? '',
    isGone: () => answer.isGone,
    isBegun: () => answer.isBegun,
    head: (status, headers) => begin(answer, status, headers),
    write: (chunk) => write(answer, chunk),
    end: (chunk) => end(answer, chunk ?? ''),
    destroy() {
      if (answer.isOver) return;
      answer.onGone = undefined;
      // What was written before is the client's.
      flushOut(answer.outlet);
      // An ordinary end would look like the end of the body.
      if (answer.framing === 'until-close') answer.outlet.socket.resetAndDestroy();
      answer.owner.destroy();
    },
    onDrain(listener) {
      answer.onDrain = listener;
    },
    onGone(listener) {
      if (answer.isGone) listener();
      else answer.onGone = listener;
    },
  };
}

/** The client will not read the rest. */
export function loseAnswer(answer: Answer): void {
  const { onGone } = answer;
  answer.isOver = true;
  answer.isGone = true;
  answer.onGone = undefined;
  onGone?.();
}

function begin(answer: Answer, status: number, headers: Headers): void {
  if (answer.isBegun) throw new Error('the answer has begun before');
  const { text, contentLength } = composeHead(status, headers);
  answer.isBegun = true;
  answer.unsent = text;
  answer.contentLength = status === 204 ? undefined : contentLength;
  answer.framing = framingOf(answer, status);
  // What is written in the same tick goes out together with it.
  if (answer.framing !== 'length') process.nextTick(flushHead, answer);
}

function framingOf({ request, contentLength }: Answer, status: number): Framing {
  if (request.method === 'HEAD' || status === 204 || status === 304) return 'no-body';
  if (contentLength !== undefined) return 'length';
  return request.minor === 1 ? 'chunked' : 'until-close';
}

function flushHead(answer: Answer): void {
  if (answer.isOver || answer.unsent === '') return;
  writeOut(answer.outlet, { before: takeHead(answer), chunk: '', chunkBytes: 0, after: '' });
}

/** Empty when it is out already. */
function takeHead(answer: Answer): string {
  const { owner, unsent, framing, contentLength } = answer;
  if (unsent === '') return '';
  answer.unsent = '';
  answer.keepsAlive &&= framing !== 'until-close' && owner.canKeepAlive();
  const length = contentLength === undefined ? '' : `Content-Length: ${contentLength}\r\n`;
  const coding = framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
  return `${unsent}${length}${coding}${owner.commonFields(answer.keepsAlive)}\r\n`;
}

function write(answer: Answer, chunk: Chunk): boolean {
  const { outlet, framing, isBegun, isOver } = answer;
  if (isOver) return true;
  if (!isBegun) throw new Error('the head of the answer comes first');
  const chunkBytes = byteLengthOf(chunk);
  if (chunkBytes === 0 || framing === 'no-body') return !outlet.socket.writableNeedDrain;
  count(answer, chunkBytes);
  const isChunked = framing === 'chunked';
  return writeOut(outlet, {
    before: takeHead(answer) + (isChunked ? sizeLine(chunkBytes) : ''),
    chunk,
    chunkBytes,
    after: isChunked ? '\r\n' : '',
  });
}

function end(answer: Answer, chunk: Chunk): void {
  const { owner, isBegun, isOver, framing } = answer;
  if (isOver) return;
  if (!isBegun) throw new Error('the head of the answer comes first');
  const chunkBytes = framing === 'no-body' ? 0 : byteLengthOf(chunk);
  declareLength(answer, chunkBytes);
  count(answer, chunkBytes);
  if (answer.framing === 'length' && answer.writtenBytes !== answer.contentLength) {
    // The client counts on more: only a cut tells it the truth.
    owner.destroy();
    return;
  }
  const before = takeHead(answer);
  if (answer.framing === 'chunked') writeLast(answer, { before, chunk, chunkBytes });
  else if (before !== '' || chunkBytes > 0)
    writeOut(answer.outlet, { before, chunk, chunkBytes, after: '' });
  answer.isOver = true;
  owner.ended();
}

/** An answer that is whole before its head is out needs no chunks. */
function declareLength(answer: Answer, chunkBytes: number): void {
  const { unsent, framing } = answer;
  if (unsent === '' || (framing !== 'chunked' && framing !== 'until-close')) return;
  answer.framing = 'length';
  answer.contentLength = chunkBytes;
}

interface LastChunk {
  readonly before: string;
  readonly chunk: Chunk;
  readonly chunkBytes: number;
}

function writeLast({ outlet }: Answer, { before, chunk, chunkBytes }: LastChunk): void {
  const hasChunk = chunkBytes > 0;
  writeOut(outlet, {
    before: hasChunk ? before + sizeLine(chunkBytes) : before,
    chunk,
    chunkBytes,
    after: hasChunk ? '\r\n0\r\n\r\n' : '0\r\n\r\n',
  });
}

function sizeLine(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

function count(answer: Answer, bytes: number): void {
  const { framing, writtenBytes, contentLength } = answer;
  if (framing === 'length' && writtenBytes + bytes > (contentLength ?? 0))
    throw new Error('the answer is longer than its content-length');
  answer.writtenBytes = writtenBytes + bytes;
}

function byteLengthOf(chunk: Chunk): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
}
