/** The seam to upstreams: the only file that knows the HTTP client. */

import { createHttpClient } from '../http1/client.ts';
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
      let decompressor: Decompressor | undefined;
      const call = client.send(request, {
        head(status, headers) {
          const encoding = headers['content-encoding'];
          if (encoding !== undefined && isCompressed(encoding)) {
            decompressor = decompress(encoding.toLowerCase(), call, handler);
            if (decompressor === undefined) return;
          }
          handler.head(status, headers);
        },
        data(chunk) {
          if (decompressor === undefined) handler.data(chunk);
          else decompressor.write(chunk);
        },
        end() {
          if (decompressor === undefined) handler.end();
          else decompressor.end();
        },
        fail(fault, cause) {
          decompressor?.stop();
          handler.fail(fault, messageOf(fault, cause));
        },
      });
      return {
        pause: () => (decompressor ?? call).pause(),
        resume: () => (decompressor ?? call).resume(),
        abort() {
          decompressor?.stop();
          call.abort();
        },
      };
    },
    async close() {
      client.close();
    },
  };
}

function isCompressed(encoding: string): boolean {
  return encoding !== '' && encoding.toLowerCase() !== 'identity';
}

/** Asked for `identity`, an upstream may still compress; a client must never see that. Undefined: it has failed. */
function decompress(
  encoding: string,
  call: UpstreamCall,
  handler: UpstreamHandler,
): Decompressor | undefined {
  function garbled(): void {
    decompressor?.stop();
    call.abort();
    handler.fail('invalid', `the upstream's answer is not valid ${encoding}`);
  }
  const { data, end } = handler;
  const decompressor = createDecompressor(encoding, call, { data, end, fail: garbled });
  if (decompressor === undefined) garbled();
  return decompressor;
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
