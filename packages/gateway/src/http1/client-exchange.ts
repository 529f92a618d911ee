/** One request and what became of it so far, on whichever connection it is. */
import type { Socket } from 'node:net';
import type {
  Headers,
  Upload,
  UpstreamCall,
  UpstreamFault,
  UpstreamRequest,
} from '../model/http.ts';
import { isUpload, type RequestBytes } from './request-bytes.ts';
import { writePiece } from './socket-write.ts';

/** Exactly one of `end` and `fail` comes last; nothing comes after an abort. */
export interface ResponseHandler {
  head(status: number, headers: Headers): void;
  /** Of memory of its own. */
  data(piece: Uint8Array): void;
  end(): void;
  fail(fault: UpstreamFault, cause: Error): void;
}

export interface ClientExchange {
  readonly request: UpstreamRequest;
  readonly handler: ResponseHandler;
  state: 'open' | 'ended' | 'given-up';
  /** Kept until the first byte of the response, in case it has to be sent again. */
  bytes: RequestBytes | undefined;
  /** Of the connection that carries it. */
  socket: Socket | undefined;
  isSent: boolean;
  /** Its body is on its way. */
  isUploading: boolean;
  isPaused: boolean;
}

export function createExchange(request: UpstreamRequest, handler: ResponseHandler): ClientExchange {
  return {
    request,
    handler,
    state: 'open',
    bytes: undefined,
    socket: undefined,
    isSent: false,
    isUploading: false,
    isPaused: false,
  };
}

export function callOf(exchange: ClientExchange): UpstreamCall {
  return {
    pause: () => pauseExchange(exchange),
    resume: () => resumeExchange(exchange),
    abort: () => abortExchange(exchange),
  };
}

/** Also after an end that the handler could not cope with. */
export function failExchange(exchange: ClientExchange, fault: UpstreamFault, cause: Error): void {
  if (exchange.state === 'given-up') return;
  giveUp(exchange);
  exchange.handler.fail(fault, cause);
}

function abortExchange(exchange: ClientExchange): void {
  if (exchange.state !== 'open') return;
  const { socket } = exchange;
  giveUp(exchange);
  socket?.destroy();
}

function giveUp(exchange: ClientExchange): void {
  exchange.state = 'given-up';
  exchange.bytes = undefined;
  exchange.socket = undefined;
}

function pauseExchange(exchange: ClientExchange): void {
  if (exchange.state !== 'open') return;
  exchange.isPaused = true;
  // A connection that is not up yet has to read on: for TLS, its start is made of answers.
  if (exchange.isSent) exchange.socket?.pause();
}

function resumeExchange(exchange: ClientExchange): void {
  if (exchange.state !== 'open') return;
  exchange.isPaused = false;
  if (exchange.isSent) exchange.socket?.resume();
}

/** The connection is up: writes the request, for the caller to let out. */
export function sendExchange(exchange: ClientExchange, socket: Socket): void {
  const { bytes } = exchange;
  if (bytes === undefined) return;
  exchange.isSent = true;
  if (exchange.isPaused) socket.pause();
  socket.write(bytes.head);
  if (bytes.body !== undefined) {
    socket.write(bytes.body);
    return;
  }
  const { body } = exchange.request;
  if (isUpload(body)) startUpload(exchange, body, socket);
}

function startUpload(exchange: ClientExchange, upload: Upload, socket: Socket): void {
  const isChunked = upload.length === undefined;
  exchange.bytes = undefined;
  exchange.isUploading = true;
  upload.start({
    write(piece) {
      // What the server does not wait for has nowhere to go.
      if (exchange.socket !== socket || piece.length === 0) return true;
      if (!isChunked) return socket.write(piece);
      const before = `${piece.length.toString(16)}\r\n`;
      return writePiece(socket, {
        before,
        chunk: piece,
        chunkBytes: piece.length,
        after: '\r\n',
      });
    },
    end() {
      exchange.isUploading = false;
      if (isChunked && exchange.socket === socket) socket.write('0\r\n\r\n', 'latin1');
    },
  });
}

/** The socket has room again. */
export function resumeUpload({ request, isUploading }: ClientExchange): void {
  if (isUploading && isUpload(request.body)) request.body.resume();
}
