/** An answer that has begun: held back until somebody takes it, then passed on as it comes. */
import type { ApiError } from 'ai-api-converter';
import type { BodySink } from '../../data-plane/collect-body.ts';
import type { UpstreamCall } from '../../model/http.ts';

export interface AnswerFlow {
  /** Of the upstream. */
  readonly sink: BodySink;
  call(): UpstreamCall | undefined;
  /** From now on everything goes there, what has come already first. */
  start(to: BodySink): void;
}

/** The upstream waits meanwhile, but what it has sent already comes. */
export function createAnswerFlow(call: () => UpstreamCall | undefined): AnswerFlow {
  const early: Uint8Array[] = [];
  let taker: BodySink | undefined;
  let isEnded = false;
  let fault: ApiError | undefined;
  call()?.pause();
  return {
    call,
    sink: {
      data(chunk) {
        if (taker === undefined) early.push(chunk);
        else taker.data(chunk);
      },
      end() {
        isEnded = true;
        taker?.end();
      },
      fail(error) {
        fault = error;
        taker?.fail(error);
      },
    },
    start(to) {
      call()?.resume();
      for (const chunk of early.splice(0)) to.data(chunk);
      taker = to;
      if (fault !== undefined) to.fail(fault);
      else if (isEnded) to.end();
    },
  };
}
