/** The seam to upstreams: the only file that knows the HTTP client. */
import { type Dispatcher, errors, Pool } from 'undici';
import type {
  Headers,
  UpstreamCall,
  UpstreamClient,
  UpstreamFault,
  UpstreamHandler,
} from '../model/http.ts';
import { createDecompressor, type Decompressor } from './decompress.ts';

interface Options {
  readonly connectMs: number;
}

export function createUpstreamClient({ connectMs }: Options): UpstreamClient {
  const pools = new Map<string, Pool>();

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      connect: { timeout: connectMs === 0 ? 2_147_483_647 : connectMs },
      // A stream holds its connection for minutes: a bound here would queue requests behind answers.
      connections: null,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // The exchange has its own timers, which are finer and know its phases.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    pools.set(origin, pool);
    return pool;
  }

  return {
    send({ origin, path, headers, body }, handler) {
      const adapter = createAdapter(handler);
      poolOf(origin).dispatch({ path, method: 'POST', headers, body }, adapter.handler);
      return adapter.call;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

interface Adapter {
  readonly handler: Dispatcher.DispatchHandler;
  readonly call: UpstreamCall;
}

function createAdapter(handler: UpstreamHandler): Adapter {
  let controller: Dispatcher.DispatchController | undefined;
  let decompressor: Decompressor | undefined;
  let isOver = false;

  function abort(): void {
    if (isOver) return;
    isOver = true;
    decompressor?.stop();
    controller?.abort(new errors.RequestAbortedError());
  }

  function fail(fault: UpstreamFault, message: string): void {
    if (isOver) return;
    isOver = true;
    decompressor?.stop();
    handler.fail(fault, message);
  }

  function data(chunk: Uint8Array): void {
    if (!isOver) handler.data(chunk);
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    handler.end();
  }

  /** Asked for `identity`, an upstream may still compress; a client must never see that. */
  function decompress(encoding: string): void {
    const garbled = (): void => {
      controller?.abort(new errors.RequestAbortedError());
      fail('invalid', `the upstream's answer is not valid ${encoding}`);
    };
    decompressor = createDecompressor(encoding, { data, end, fail: garbled });
    if (decompressor === undefined) garbled();
  }

  return {
    call: {
      pause: () => controller?.pause(),
      resume: () => controller?.resume(),
      abort,
    },
    handler: {
      onRequestStart(started) {
        controller = started;
        if (isOver) started.abort(new errors.RequestAbortedError());
      },
      onResponseStart(_controller, status, raw) {
        if (isOver || status < 200) return;
        const headers = flatten(raw);
        const encoding = headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity') decompress(encoding.toLowerCase());
        if (!isOver) handler.head(status, headers);
      },
      onResponseData(_controller, chunk) {
        if (decompressor === undefined) data(chunk);
        else decompressor.write(chunk);
      },
      onResponseEnd() {
        if (decompressor === undefined) end();
        else decompressor.end();
      },
      onResponseError: (_controller, error) => fail(faultOf(error), messageOf(error)),
    },
  };
}

function flatten(headers: { readonly [name: string]: string | string[] | undefined }): Headers {
  const flat: { [name: string]: string } = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined)
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function faultOf(error: Error): UpstreamFault {
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'connect-timeout';
  if (connectCodes.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT'))
    return 'connect';
  if (error instanceof errors.HTTPParserError || code.startsWith('HPE_') || code.startsWith('Z_'))
    return 'invalid';
  return 'reset';
}

// The error's own text may name addresses, which are the operator's business: the client learns the class.
function messageOf(error: Error): string {
  switch (faultOf(error)) {
    case 'connect-timeout':
      return 'the upstream could not be reached in time';
    case 'connect':
      return `the upstream could not be reached (${codeOf(error)})`;
    case 'invalid':
      return 'the upstream sent something that is not HTTP';
    case 'reset':
      return 'the upstream closed the connection before its answer was complete';
  }
}
