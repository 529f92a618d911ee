/** The seam to upstreams: the only file that knows the HTTP client. */

import { createHttpClient } from '../http1/client.ts';
import type { ResponseHandler } from '../http1/client-exchange.ts';
import { MalformedHttp } from '../http1/malformed.ts';
import { UnwritableRequest } from '../http1/request-bytes.ts';
import type {
  UpstreamCall,
  UpstreamClient,
  UpstreamFault,
  UpstreamHandler,
} from '../model/http.ts';
import { createDecompressor, type Decompressor } from './decompress.ts';

export function createUpstreamClient(): UpstreamClient {
  const client = createHttpClient();
  return {
    send(request, handler) {
      const adapter = createAdapter(handler);
      const call = client.send(request, adapter.handler);
      return adapter.attach(call);
    },
    async close() {
      client.close();
    },
  };
}

interface Adapter {
  readonly handler: ResponseHandler;
  /** Takes the client's call, gives the caller's. */
  attach(call: UpstreamCall): UpstreamCall;
}

function createAdapter(handler: UpstreamHandler): Adapter {
  let call: UpstreamCall | undefined;
  let decompressor: Decompressor | undefined;
  let isOver = false;

  function abort(): void {
    if (isOver) return;
    isOver = true;
    decompressor?.stop();
    call?.abort();
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
    decompressor?.stop();
    handler.end();
  }

  /** Asked for `identity`, an upstream may still compress; a client must never see that. */
  function decompress(encoding: string): void {
    const garbled = (): void => {
      call?.abort();
      fail('invalid', `the upstream's answer is not valid ${encoding}`);
    };
    const source = { pause: () => call?.pause(), resume: () => call?.resume() };
    decompressor = createDecompressor(encoding, source, { data, end, fail: garbled });
    if (decompressor === undefined) garbled();
  }

  return {
    handler: {
      head(status, headers) {
        const encoding = (headers['content-encoding'] ?? '').toLowerCase();
        if (encoding !== '' && encoding !== 'identity') decompress(encoding);
        if (!isOver) handler.head(status, headers);
      },
      data(chunk) {
        if (decompressor === undefined) data(chunk);
        else decompressor.write(chunk);
      },
      end() {
        if (decompressor === undefined) end();
        else decompressor.end();
      },
      fail: (fault, cause) => fail(fault, messageOf(fault, cause)),
    },
    attach(sent) {
      call = sent;
      return {
        pause: () => (decompressor ?? sent).pause(),
        resume: () => (decompressor ?? sent).resume(),
        abort,
      };
    },
  };
}

// The error's own text may name addresses, which are the operator's business: the client learns the class.
function messageOf(fault: UpstreamFault, cause: Error): string {
  switch (fault) {
    case 'connect-timeout':
      return 'the upstream could not be reached in time';
    case 'connect':
      return `the upstream could not be reached${codeOf(cause)}`;
    case 'invalid':
      return invalidity(cause);
    case 'reset':
      return 'the upstream closed the connection before its answer was complete';
  }
}

function codeOf(cause: Error): string {
  return 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
}

function invalidity(cause: Error): string {
  if (cause instanceof MalformedHttp) return 'the upstream sent something that is not HTTP';
  return cause instanceof UnwritableRequest
    ? 'the request has a path or a header that HTTP cannot carry'
    : "the upstream's answer could not be handled";
}
