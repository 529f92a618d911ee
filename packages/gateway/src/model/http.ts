/** The two seams to the network, in and out: callbacks and plain bytes, no sockets and no web streams. */

export interface RawRequest {
  readonly method: string;
  /** The path of the request target, without query. */
  readonly path: string;
  readonly query: { get(name: string): string | null };
  /** By lower-case name; several values of one name are joined with a comma. */
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** The decoded body. Throws GatewayError when it is too large, cut or in an unknown encoding. */
  readBody(bytesMax: number): Promise<Uint8Array>;
}

/** A request as the server hands it over: its body can also be taken as it comes. */
export interface IncomingRequest extends RawRequest {
  /** What follows the question mark of the target; undefined without one. */
  readonly search: string | undefined;
  /** In the place of `readBody`, once. However long it is, and in the encoding that it was sent in. */
  openBody(receiver: BodyReceiver): BodyFlow;
}

/** Exactly one of `end` and `fail` comes last. */
export interface BodyReceiver {
  data(piece: Uint8Array): void;
  end(): void;
  /** With GatewayError. */
  fail(cause: Error): void;
}

export interface BodyFlow {
  /** In bytes; undefined: not known before. */
  readonly length: number | undefined;
  /** A client that is not read from is not noticed when it leaves, and is not to blame for its silence. */
  pause(): void;
  resume(): void;
}

export type Headers = { readonly [name: string]: string };

export interface Reply {
  /** The address at the other end of the connection; empty once it is closed. */
  peer(): string;
  /** The client went away before the answer was complete. */
  isGone(): boolean;
  /** True from `head` on: nothing can be taken back. */
  isBegun(): boolean;
  head(status: number, headers: Headers): void;
  /** False: the client is slow; wait for `onDrain`. */
  write(chunk: Uint8Array | string): boolean;
  end(chunk?: Uint8Array | string): void;
  /** Cuts the connection: for answers that cannot be ended well. */
  destroy(): void;
  onDrain(listener: () => void): void;
  /** Called at most once. */
  onGone(listener: () => void): void;
}

export interface UpstreamRequest {
  /** Undefined: POST. */
  readonly method?: UpstreamMethod;
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  /** GET and DELETE go without it. */
  readonly body: Uint8Array | string | Upload;
  /** Name lookup, TCP and TLS together; 0 is no bound. */
  readonly connectMs: number;
}

export type UpstreamMethod = 'GET' | 'DELETE' | 'PATCH' | 'PUT';

/** A body that is sent as it comes: what has been sent of it cannot be sent again. */
export interface Upload {
  /** In bytes; undefined: not known before, so that it goes in chunks. */
  readonly length: number | undefined;
  /** Called at most once, when the connection is up. */
  start(to: UploadSink): void;
  /** There is room again. */
  resume(): void;
}

export interface UploadSink {
  /** False: there is no more room until `resume` is called. */
  write(piece: Uint8Array): boolean;
  end(): void;
}

export type UpstreamFault = 'connect' | 'connect-timeout' | 'reset' | 'invalid';

/** Exactly one of `end` and `fail` comes last; nothing comes after `abort`. */
export interface UpstreamHandler {
  head(status: number, headers: Headers): void;
  data(chunk: Uint8Array): void;
  end(): void;
  fail(fault: UpstreamFault, message: string): void;
}

export interface UpstreamCall {
  /** What has been read already may come yet. */
  pause(): void;
  resume(): void;
  abort(): void;
}

export interface UpstreamClient {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  close(): Promise<void>;
}
