/** Gathers an upstream's body whole, within a bound. */
import type { ApiError } from 'ai-api-converter';
import type { Timer } from '../lib/timer.ts';
import { GatewayError } from '../model/errors.ts';

/** Takes what an upstream sends after its head; exactly one of `end` and `fail` comes last. */
export interface BodySink {
  data(chunk: Uint8Array): void;
  end(): void;
  fail(error: ApiError): void;
}

/** Largest answer that is kept whole: images in base64 fit, runaway upstreams do not. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

interface Options {
  readonly timer: Timer;
  done(body: Uint8Array): void;
  fail(cause: unknown): void;
}

export function collectBody({ timer, done, fail }: Options): BodySink {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    data(chunk) {
      timer.refresh();
      bytes += chunk.byteLength;
      if (bytes > BODY_BYTES_MAX) {
        fail(
          new GatewayError(
            'upstream-invalid-response',
            `the upstream's answer is larger than ${BODY_BYTES_MAX} bytes`,
          ),
        );
      } else chunks.push(chunk);
    },
    end() {
      const [first] = chunks;
      done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    },
    fail: (error) => fail(new GatewayError('upstream-reset', error.message)),
  };
}
