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
  /** Undefined: POST. GET goes without its body. */
  readonly method?: 'GET';
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
  /** Name lookup, TCP and TLS together; 0 is no bound. */
  readonly connectMs: number;
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
  pause(): void;
  resume(): void;
  abort(): void;
}

export interface UpstreamClient {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  close(): Promise<void>;
}
