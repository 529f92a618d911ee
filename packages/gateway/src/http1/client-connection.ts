/** A connection to an upstream: carries one exchange at a time, and several in its life. */
import type { Socket } from 'node:net';
import { nowMs } from '../lib/clock.ts';
import { createTimer, type Timer } from '../lib/timer.ts';
import type { Turn } from '../lib/turn.ts';
import type { UpstreamFault } from '../model/http.ts';
import {
  type ClientExchange,
  failExchange,
  resumeUpload,
  sendExchange,
} from './client-exchange.ts';
import type { FieldNames } from './field-names.ts';
import type { Origin } from './origin.ts';
import type { ResponseHead } from './response-head.ts';
import {
  closeResponse,
  createResponseReader,
  type ResponseReader,
  type ResponseReceiver,
  readResponse,
} from './response-reader.ts';

/** To be changed by the functions of this module only. */
export interface ClientConnection {
  readonly socket: Socket;
  readonly keeper: ConnectionKeeper;
  readonly connecting: Timer;
  readonly turn: Turn<Socket>;
  state: 'connecting' | 'ready' | 'closed';
  isReused: boolean;
  /** When its last exchange began. */
  carriesSinceMs: number;
  exchange: ClientExchange | undefined;
}

export interface ConnectionKeeper {
  /** It can carry another exchange; the server is done with it after `serverIdleMs`. */
  idle(connection: ClientConnection, serverIdleMs: number): void;
  closed(connection: ClientConnection): void;
  /** Are so many exchanges running that it is worth writing together what a turn of the event loop brings? */
  isCrowded(): boolean;
  /** The server closed a kept connection without a word: it may not have seen this request. */
  sendAgain(exchange: ClientExchange): void;
}

interface Options {
  readonly origin: Origin;
  /** Until it can be written to; 0 is no bound. */
  readonly connectMs: number;
  readonly keeper: ConnectionKeeper;
  readonly names: FieldNames;
  readonly turn: Turn<Socket>;
  /** All connections read into it: what came is copied before another one reads. */
  readonly readBuffer: Buffer;
}

/**
 * A server that closed the connection before it saw the request says so within a round trip; whoever
 * is silent for longer was at work, and would do, and charge for, the same once more.
 */
const RACE_MS_MAX = 10_000;

const TCP_KEEP_ALIVE_MS = 30_000;

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;

export function createReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BYTES);
}

export function openConnection(options: Options): ClientConnection {
  const { origin, connectMs, keeper, names, turn, readBuffer } = options;
  const socket = origin.connect(connectMs, {
    buffer: readBuffer,
    callback(length, buffer) {
      received(connection, reader, ownBytes(buffer, length));
      return true;
    },
  });
  const connection: ClientConnection = {
    socket,
    keeper,
    connecting: createTimer(),
    turn,
    state: 'connecting',
    isReused: false,
    carriesSinceMs: 0,
    exchange: undefined,
  };
  let head: ResponseHead | undefined;
  const receiver: ResponseReceiver = {
    head(read) {
      head = read;
      if (isOpen(connection.exchange)) connection.exchange.handler.head(read.status, read.headers);
    },
    data(piece) {
      if (isOpen(connection.exchange)) connection.exchange.handler.data(piece);
    },
    end(isClean) {
      if (head !== undefined) release(connection, head, isClean);
    },
  };
  const reader = createResponseReader(receiver, names);
  connection.connecting.set(connectMs, () => {
    lose(connection, 'connect-timeout', new Error('no connection in time'));
  });
  listen(connection, reader, origin.readyEvent);
  return connection;
}

function listen(
  connection: ClientConnection,
  reader: ResponseReader,
  readyEvent: Origin['readyEvent'],
): void {
  const { socket } = connection;
  socket.on('connect', () => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  });
  socket.on(readyEvent, () => ready(connection));
  socket.on('drain', () => {
    if (isOpen(connection.exchange)) resumeUpload(connection.exchange);
  });
  socket.on('end', () => {
    // Before it is up, the error that follows says more.
    if (connection.state === 'ready') ended(connection, reader);
  });
  socket.on('error', (cause) => failed(connection, cause));
  socket.on('close', () => ended(connection, reader));
}

export function carry(connection: ClientConnection, exchange: ClientExchange): void {
  connection.exchange = exchange;
  if (connection.isReused) connection.carriesSinceMs = nowMs();
  exchange.socket = connection.socket;
  exchange.isSent = false;
  if (connection.state === 'ready') send(connection, exchange);
}

/** Its exchange, if it carries one, fails and is not sent again. */
export function cutConnection(connection: ClientConnection): void {
  connection.isReused = false;
  lose(connection, 'reset', new Error('closed by this side'));
}

function isOpen(exchange: ClientExchange | undefined): exchange is ClientExchange {
  return exchange !== undefined && exchange.state === 'open';
}

function ready(connection: ClientConnection): void {
  const { exchange, connecting } = connection;
  connecting.clear();
  connection.state = 'ready';
  if (exchange !== undefined) send(connection, exchange);
}

function send(connection: ClientConnection, exchange: ClientExchange): void {
  const { socket, keeper, turn } = connection;
  socket.cork();
  sendExchange(exchange, socket);
  if (keeper.isCrowded()) turn.atEnd(socket);
  else socket.uncork();
}

/** Of memory of their own: who keeps a few that come from the pool keeps all 64 KiB of it. */
function ownBytes(buffer: Uint8Array, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  bytes.set(buffer.subarray(0, length));
  return bytes;
}

function received(connection: ClientConnection, reader: ResponseReader, bytes: Uint8Array): void {
  const { exchange } = connection;
  // Nobody asked: the server says why it is about to close, or talks out of turn.
  if (exchange === undefined) return close(connection);
  exchange.bytes = undefined;
  try {
    readResponse(reader, bytes);
  } catch (cause) {
    spoil(connection, exchange, cause);
  }
}

/** The server sends nothing more, which is how some responses end. */
function ended(connection: ClientConnection, reader: ResponseReader): void {
  const { exchange } = connection;
  if (connection.state === 'closed') return;
  try {
    if (isOpen(exchange) && closeResponse(reader)) return;
  } catch (cause) {
    if (exchange !== undefined) spoil(connection, exchange, cause);
  }
  failed(connection, new Error('closed by the other side'));
}

/** Also when the handler threw: no fault in it may take the process down. */
function spoil(connection: ClientConnection, exchange: ClientExchange, cause: unknown): void {
  if (connection.exchange === exchange) close(connection);
  failExchange(exchange, 'invalid', cause instanceof Error ? cause : new Error(String(cause)));
}

function failed(connection: ClientConnection, cause: Error): void {
  if (connection.state === 'ready') lose(connection, 'reset', cause);
  else if (connection.state === 'connecting') lose(connection, connectFault(cause), cause);
}

function connectFault(cause: Error): UpstreamFault {
  return 'code' in cause && cause.code === 'ETIMEDOUT' ? 'connect-timeout' : 'connect';
}

function lose(connection: ClientConnection, fault: UpstreamFault, cause: Error): void {
  const { exchange, isReused, carriesSinceMs, keeper } = connection;
  close(connection);
  if (!isOpen(exchange)) return;
  const isRace = isReused && nowMs() - carriesSinceMs < RACE_MS_MAX;
  if (isRace && exchange.bytes !== undefined) keeper.sendAgain(exchange);
  else failExchange(exchange, fault, cause);
}

function close(connection: ClientConnection): void {
  if (connection.state === 'closed') return;
  connection.state = 'closed';
  connection.exchange = undefined;
  connection.connecting.clear();
  connection.socket.destroy();
  connection.keeper.closed(connection);
}

/** The response is complete. The connection is free before its end is told, which may bring the next request. */
function release(connection: ClientConnection, head: ResponseHead, isClean: boolean): void {
  const { exchange, socket, keeper } = connection;
  if (!isOpen(exchange)) return;
  connection.exchange = undefined;
  exchange.socket = undefined;
  exchange.state = 'ended';
  if (exchange.isPaused) socket.resume();
  // A server that answers before it has read the request may never read the rest.
  const isTaken = socket.writableLength === 0 && !exchange.isUploading;
  connection.isReused = isClean && head.isReusable && isTaken;
  if (connection.isReused) keeper.idle(connection, head.idleMs);
  else close(connection);
  exchange.handler.end();
}
