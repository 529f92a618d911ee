/**
 * Every reason to give an exchange up, in one place: the client left, it took too long, the gateway
 * stops. Plain callbacks instead of AbortController, which costs several microseconds a request.
 */
import { createTimer } from '../lib/timer.ts';
import { GatewayError } from '../model/errors.ts';
import type { Reply } from '../model/http.ts';

export interface Abort {
  /** Set once the exchange is to be given up: what the client is told, if it is still there. */
  reason(): GatewayError | undefined;
  /** Replaces the listener; it is called at most once, at once for what already happened. */
  onAbort(listener: ((reason: GatewayError) => void) | undefined): void;
  release(): void;
}

/** Lets the gateway stop everything that runs. */
export interface Shutdown {
  add(stop: () => void): void;
  delete(stop: () => void): void;
}

interface Options {
  readonly reply: Reply;
  readonly totalMs: number;
  readonly shutdown: Shutdown;
}

export function createAbort({ reply, totalMs, shutdown }: Options): Abort {
  const timer = createTimer();
  let reason: GatewayError | undefined;
  let listener: ((reason: GatewayError) => void) | undefined;

  function abort(cause: GatewayError): void {
    if (reason !== undefined) return;
    reason = cause;
    listener?.(cause);
  }

  function stop(): void {
    const message = 'the gateway is shutting down; send the request again';
    abort(new GatewayError('shutting-down', message));
  }

  reply.onGone(() => {
    abort(new GatewayError('client-gone', 'the client closed the connection'));
  });
  timer.set(totalMs, () => {
    abort(new GatewayError('upstream-timeout', `the exchange took longer than ${totalMs} ms`));
  });
  shutdown.add(stop);

  return {
    reason() {
      return reason;
    },
    onAbort(next) {
      listener = next;
      if (reason !== undefined) listener?.(reason);
    },
    release() {
      listener = undefined;
      timer.clear();
      shutdown.delete(stop);
    },
  };
}
