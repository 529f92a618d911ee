/** An answer that passes to the client untouched, at the pace of the slower side. */
import type { ApiError } from 'ai-api-converter';
import type { Abort } from '../../data-plane/abort.ts';
import { idleFailure, wordOf } from '../../data-plane/failure.ts';
import { noteMove, startWatch } from '../../data-plane/watch.ts';
import { nowMs } from '../../lib/clock.ts';
import type { GatewayError } from '../../model/errors.ts';
import type { EndCause, Outcome } from '../../model/exchange.ts';
import type { Headers, Reply } from '../../model/http.ts';
import type { Timeouts } from '../../model/settings.ts';
import type { PassingAnswer } from './ask-passing.ts';
import { watchUsage } from './reported-usage.ts';

interface Passing {
  readonly reply: Reply;
  readonly headers: Headers;
  readonly timeouts: Timeouts;
  readonly abort: Abort;
  /** Its answer is text, which can be counted. */
  readonly isText: boolean;
  /** Called when the first byte goes to the client. */
  begun(): void;
}

/** Never rejects. What breaks off is cut for the client too, and never looks complete. */
export function relayPassing(
  { status, headers: own, flow }: PassingAnswer,
  { reply, headers, timeouts, abort, isText, begun }: Passing,
): Promise<Outcome> {
  const usage = watchUsage(own, isText);
  let firstAtMs: number | undefined;
  return new Promise((resolve) => {
    let isOver = false;
    const watch = startWatch(withoutKeepAlive(timeouts), {
      silent: () => cut('timeout', idleFailure(timeouts).error),
      quiet: () => undefined,
      stalled: leave,
    });

    function finish(cause: EndCause, errorCode?: string): void {
      if (isOver) return;
      isOver = true;
      watch.clear();
      abort.onAbort(undefined);
      const said = { usage: usage?.usage(), sample: usage?.sample() };
      resolve({ ...said, status, cause, errorCode, firstOutputAtMs: firstAtMs });
    }

    function leave(): void {
      flow.call()?.abort();
      reply.destroy();
      finish('client-gone', 'client_gone');
    }

    function cut(cause: EndCause, error: ApiError): void {
      flow.call()?.abort();
      reply.destroy();
      finish(cause, wordOf(error));
    }

    function onAbort({ code, error }: GatewayError): void {
      if (code === 'client-gone') leave();
      else cut(code === 'shutting-down' ? 'shutdown' : 'timeout', error);
    }

    begun();
    reply.head(status, headers);
    reply.onDrain(() => {
      if (isOver) return;
      watch.unblocked();
      flow.call()?.resume();
    });
    abort.onAbort(onAbort);
    flow.start({
      data(chunk) {
        if (isOver) return;
        firstAtMs ??= nowMs();
        usage?.push(chunk);
        noteMove(watch);
        if (reply.write(chunk)) return;
        flow.call()?.pause();
        watch.blocked();
      },
      end() {
        if (isOver) return;
        reply.end();
        finish('complete');
      },
      fail(error) {
        if (!isOver) cut(causeOf(error), error);
      },
    });
  });
}

/** Nothing may be written between bytes that nobody understands. */
function withoutKeepAlive(timeouts: Timeouts): Timeouts {
  return { ...timeouts, keepAliveMs: 0 };
}

/** An answer may begin before its request is there, and the fault may be in what still comes of that. */
function causeOf({ code }: ApiError): EndCause {
  return code?.startsWith('upstream_') === true ? 'upstream-cut' : 'refused';
}
