/** Moves a committed stream to the client until it ends, fails, stalls, or the client leaves. */
import type { ApiError, StreamState } from 'ai-api-converter';
import type { GatewayError } from '../model/errors.ts';
import type { EndCause, Outcome } from '../model/exchange.ts';
import type { Reply } from '../model/http.ts';
import type { Timeouts } from '../model/settings.ts';
import type { Abort } from './abort.ts';
import { idleFailure, wordOf } from './failure.ts';
import type { HeldStream, Piece } from './hold-stream.ts';
import { noteMove, startWatch } from './watch.ts';

interface PumpContext {
  readonly reply: Reply;
  readonly timeouts: Timeouts;
  readonly abort: Abort;
}

/** The reply's head is out. Never rejects: what fails from here on becomes part of the answer. */
export function pump(
  stream: HeldStream,
  { reply, timeouts, abort }: PumpContext,
): Promise<Outcome> {
  const { source, sink } = stream;
  const { write: send } = reply;
  return new Promise((resolve) => {
    let isOver = false;
    let ending: EndCause | undefined;
    const watch = startWatch(timeouts, {
      silent: () => cut('timeout', idleFailure(timeouts).error),
      quiet: () => write(source.keepAlive()),
      stalled: leave,
    });

    function finish(cause: EndCause): void {
      isOver = true;
      watch.clear();
      abort.onAbort(undefined);
      if (cause !== 'client-gone') reply.end();
      resolve(outcomeOf(stream, cause));
    }

    function leave(): void {
      if (isOver) return;
      stream.call()?.abort();
      reply.destroy();
      finish('client-gone');
    }

    /** Says why in the client's words; the stream must not look complete. */
    function cut(cause: EndCause, error: ApiError): void {
      ending ??= cause;
      stream.call()?.abort();
      sink.fail(error);
    }

    function onAbort({ code, error }: GatewayError): void {
      if (code === 'client-gone') leave();
      else cut(code === 'shutting-down' ? 'shutdown' : 'timeout', error);
    }

    function write(piece: Piece): void {
      if (isOver || piece.length === 0 || send(piece)) return;
      stream.call()?.pause();
      watch.blocked();
    }

    reply.onDrain(() => {
      if (isOver) return;
      watch.unblocked();
      stream.call()?.resume();
    });
    abort.onAbort(onAbort);
    stream.start({
      write: (piece) => {
        noteMove(watch);
        write(piece);
      },
      done() {
        if (isOver) return;
        if (source.state() === 'failed') stream.call()?.abort();
        finish(ending ?? causeOf(source.state(), source.error()));
      },
    });
    // Committed without output: the head at least should reach the client now.
    if (source.state() === 'waiting') write(source.keepAlive());
  });
}

function outcomeOf(stream: HeldStream, cause: EndCause): Outcome {
  const { source, firstOutputAtMs, betweenOutputsMs } = stream;
  const error = source.error();
  return {
    status: 200,
    cause,
    usage: source.usage(),
    sample: source.sample(),
    errorCode: error === undefined ? undefined : wordOf(error),
    firstOutputAtMs: firstOutputAtMs(),
    betweenOutputsMs: betweenOutputsMs(),
  };
}

const cutCodes = new Set(['upstream_reset', 'upstream_stream_cut']);

function causeOf(state: StreamState, error: ApiError | undefined): EndCause {
  if (state !== 'failed') return 'complete';
  return cutCodes.has(error?.code ?? '') ? 'upstream-cut' : 'upstream-error';
}
