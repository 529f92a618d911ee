/** One connection of a client: requests one after the other, each answered before the next is read. */
import type { Socket } from 'node:net';
import type { Turn } from '../lib/turn.ts';
import type { Reply } from '../model/http.ts';
import { type Answer, type AnswerOwner, createAnswer, loseAnswer, replyOf } from './answer.ts';
import { faultAnswer } from './fault-answer.ts';
import { append, createInput, type Input, mayHoldHead, rest, sizeOf, take } from './input.ts';
import { createOutlet, type Outlet, whenReleased } from './outlet.ts';
import {
  canBePassed,
  createRequestBody,
  cut,
  failBody,
  feed,
  type RequestBody,
} from './request-body.ts';
import { RequestFault } from './request-fault.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

type RequestListener = (request: RequestHead, body: RequestBody, reply: Reply) => void;

/** What the connections of one server share. */
export interface ConnectionContext {
  readonly listener: RequestListener;
  readonly connections: Set<Connection>;
  readonly turn: Turn<Outlet>;
  /** That are running. */
  exchanges: number;
  /** How long a client may leave the rest of an answer unread. */
  readonly stallMs: number;
  /** Advanced about once a second: bounds need no better clock. */
  nowMs: number;
  isDraining: boolean;
  commonFields(keepsAlive: boolean): string;
}

export interface Connection {
  readonly socket: Socket;
  readonly context: ConnectionContext;
  readonly input: Input;
  readonly owner: AnswerOwner;
  readonly carrier: Pick<RequestBody, 'start' | 'pause' | 'resume'>;
  readonly settle: () => void;
  readonly onFlushed: (cause?: Error | null) => void;
  /** `closing`: what is to be said has been said; input is dropped until the client closes too. */
  phase: 'head' | 'exchange' | 'closing';
  request: RequestHead | undefined;
  body: RequestBody | undefined;
  answer: Answer | undefined;
  /** Since when it is in its phase; in `head`, since the first byte of the head. */
  sinceMs: number;
  /** When the last byte arrived. */
  movedMs: number;
  /** It has served a request. */
  isUsed: boolean;
  isServing: boolean;
  isPaused: boolean;
  /** Whoever takes the body has asked for the pause. */
  isHeld: boolean;
}

export function acceptConnection(socket: Socket, context: ConnectionContext): void {
  const outlet = createOutlet(socket, context);
  const connection: Connection = {
    socket,
    context,
    input: createInput(),
    owner: {
      outlet,
      canKeepAlive: () => canKeepAlive(connection),
      commonFields: context.commonFields,
      ended() {
        whenReleased(outlet, connection.settle);
      },
      destroy: () => lose(connection),
    },
    carrier: {
      start: () => startBody(connection),
      pause: () => holdBody(connection),
      resume: () => releaseBody(connection),
    },
    settle: () => settle(connection),
    onFlushed: (cause) => onFlushed(connection, cause),
    phase: 'head',
    request: undefined,
    body: undefined,
    answer: undefined,
    sinceMs: context.nowMs,
    movedMs: context.nowMs,
    isUsed: false,
    isServing: false,
    isPaused: false,
    isHeld: false,
  };
  context.connections.add(connection);
  socket.on('data', (chunk) => onData(connection, chunk));
  socket.on('end', () => onEnd(connection));
  socket.on('drain', () => connection.answer?.onDrain?.());
  socket.on('timeout', () => lose(connection));
  // What became of the connection is told by `close`, which follows.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    context.connections.delete(connection);
    lose(connection);
  });
}

function onData(connection: Connection, chunk: Buffer): void {
  const { phase, input, context, body } = connection;
  connection.movedMs = context.nowMs;
  if (phase === 'closing') return;
  if (phase === 'head') {
    if (sizeOf(input) === 0) connection.sinceMs = context.nowMs;
    append(input, chunk);
    serve(connection);
    return;
  }
  const taken = body === undefined || sizeOf(input) > 0 ? 0 : feed(body, chunk);
  if (taken === chunk.length) return;
  append(input, taken === 0 ? chunk : chunk.subarray(taken));
  // A client that leaves is noticed only while it is read from; who sends that much ahead waits.
  if (sizeOf(input) > AHEAD_BYTES_MAX) pause(connection);
}

/** What a client may send before it is wanted: an unread body, further requests. */
const AHEAD_BYTES_MAX = 64 * 1024;

/** A client that stops sending before its answer is whole has left: SDKs that give up look like that. */
function onEnd(connection: Connection): void {
  const { phase, input } = connection;
  if (phase === 'closing') return;
  if (phase === 'head' && sizeOf(input) > 0) {
    refuse(connection, new RequestFault(400, 'the request was cut'));
  } else {
    lose(connection);
  }
}

/** A loop instead of calls that nest: answers may be out before the listener returns. */
function serve(connection: Connection): void {
  if (connection.isServing) return;
  connection.isServing = true;
  while (connection.phase === 'head') {
    const request = nextRequest(connection);
    if (request === undefined) break;
    begin(connection, request);
  }
  connection.isServing = false;
  // A head has its own bound, and its end would never be read.
  const isWanted = connection.phase === 'head' || sizeOf(connection.input) <= AHEAD_BYTES_MAX;
  if (connection.isPaused && !connection.isHeld && isWanted) resume(connection);
}

function nextRequest(connection: Connection): RequestHead | undefined {
  const { input } = connection;
  const isNew = input.searched === 0;
  if (sizeOf(input) === 0 || (!isNew && !mayHoldHead(input))) return undefined;
  try {
    const request = parseRequestHead(rest(input));
    if (request === undefined && isNew) mayHoldHead(input);
    return request;
  } catch (cause) {
    if (!(cause instanceof RequestFault)) throw cause;
    refuse(connection, cause);
    return undefined;
  }
}

function begin(connection: Connection, request: RequestHead): void {
  const { input, context, owner, carrier } = connection;
  const body = createRequestBody(request.contentLength, input, carrier);
  const answer = createAnswer(owner, request);
  take(input, request.length);
  connection.phase = 'exchange';
  connection.sinceMs = context.nowMs;
  connection.request = request;
  connection.body = body;
  connection.answer = answer;
  context.exchanges += 1;
  context.listener(request, body, replyOf(answer));
}

function startBody(connection: Connection): void {
  const { socket, context, input, request, body, answer } = connection;
  if (body === undefined) return;
  connection.movedMs = context.nowMs;
  if (request?.expectsContinue === true && sizeOf(input) === 0 && answer?.isBegun === false)
    socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  if (connection.isPaused) resume(connection);
  if (sizeOf(input) > 0) take(input, feed(body, rest(input)));
}

function holdBody(connection: Connection): void {
  if (connection.body?.state !== 'reading') return;
  connection.isHeld = true;
  pause(connection);
}

function releaseBody(connection: Connection): void {
  if (!connection.isHeld) return;
  connection.isHeld = false;
  connection.movedMs = connection.context.nowMs;
  resume(connection);
}

function canKeepAlive({ context, body }: Connection): boolean {
  return !context.isDraining && body !== undefined && canBePassed(body);
}

const NOTHING = Buffer.alloc(0);

/** The answer is out when the kernel has it. */
function settle(connection: Connection): void {
  const { socket, context, onFlushed } = connection;
  if (connection.phase !== 'exchange') return;
  if (socket.writableLength === 0) {
    becomeFree(connection);
    return;
  }
  socket.setTimeout(context.stallMs);
  socket.write(NOTHING, onFlushed);
}

function onFlushed(connection: Connection, cause: Error | null | undefined): void {
  if (connection.phase !== 'exchange' || (cause !== null && cause !== undefined)) return;
  connection.socket.setTimeout(0);
  becomeFree(connection);
}

function becomeFree(connection: Connection): void {
  const { context, input, body, answer } = connection;
  const isKept = answer?.keepsAlive === true && canKeepAlive(connection);
  if (isKept && body?.state === 'unread') take(input, body.length);
  forget(connection);
  connection.isUsed = true;
  connection.sinceMs = context.nowMs;
  if (isKept) {
    connection.phase = 'head';
    serve(connection);
  } else {
    close(connection);
  }
}

/** Whoever holds on to the body of an exchange that is over must not read the next one's. */
function forget(connection: Connection): void {
  const { body, answer, context } = connection;
  if (answer !== undefined) context.exchanges -= 1;
  connection.request = undefined;
  connection.body = undefined;
  connection.answer = undefined;
  connection.isHeld = false;
  if (body !== undefined && body.state !== 'done') failBody(body, cut());
}

/** Answers what cannot be understood, or came too late, and takes nothing more. */
export function refuse(connection: Connection, fault: RequestFault): void {
  const { socket, context } = connection;
  socket.write(faultAnswer(fault, context.commonFields(false)), 'latin1');
  close(connection);
}

/**
 * Ends our side only and drops what still comes: a connection closed in the face of a client that is
 * still sending would be a reset to it, and the answer would be lost.
 */
function close(connection: Connection): void {
  const { socket, context, input } = connection;
  connection.phase = 'closing';
  connection.sinceMs = context.nowMs;
  connection.movedMs = context.nowMs;
  take(input, sizeOf(input));
  socket.end();
  if (connection.isPaused) resume(connection);
}

/** The client is gone, or to be got rid of. */
export function lose(connection: Connection): void {
  const { socket, answer } = connection;
  connection.phase = 'closing';
  forget(connection);
  socket.destroy();
  if (answer !== undefined) loseAnswer(answer);
}

function pause(connection: Connection): void {
  connection.isPaused = true;
  connection.socket.pause();
}

function resume(connection: Connection): void {
  connection.isPaused = false;
  connection.socket.resume();
}
