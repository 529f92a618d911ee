/** One small question to an upstream, whose answer is kept whole within bounds of size and time. */
import { createTimer } from '../lib/timer.ts';
import { GatewayError } from '../model/errors.ts';
import type { Headers, UpstreamCall, UpstreamClient, UpstreamRequest } from '../model/http.ts';

export interface WholeReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Bounds {
  readonly bytesMax: number;
  /** From sending the question to the answer's last byte. */
  readonly waitMs: number;
  /** Hears how to give the call up. */
  readonly started?: (stop: (cause: Error) => void) => void;
}

/** Rejects with GatewayError, or with what it was given up for. */
export function askWhole(
  client: UpstreamClient,
  request: UpstreamRequest,
  { bytesMax, waitMs, started }: Bounds,
): Promise<WholeReply> {
  const timer = createTimer();
  const sent: { call: UpstreamCall | undefined } = { call: undefined };
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let head: Omit<WholeReply, 'body'> | undefined;

    function fail(cause: Error): void {
      timer.clear();
      sent.call?.abort();
      reject(cause);
    }

    timer.set(waitMs, () =>
      fail(new GatewayError('upstream-timeout', `the upstream took longer than ${waitMs} ms`)),
    );
    sent.call = client.send(request, {
      head(status, headers) {
        head = { status, headers };
      },
      data(chunk) {
        bytes += chunk.byteLength;
        const told = `the upstream's answer is larger than ${bytesMax} bytes`;
        if (bytes > bytesMax) fail(new GatewayError('upstream-invalid-response', told));
        else chunks.push(chunk);
      },
      end() {
        timer.clear();
        if (head !== undefined) resolve({ ...head, body: Buffer.concat(chunks) });
      },
      fail: (fault, message) =>
        fail(
          new GatewayError(
            fault === 'invalid' ? 'upstream-invalid-response' : `upstream-${fault}`,
            message,
          ),
        ),
    });
    started?.(fail);
  });
}
