/** One attempt: one upstream is asked, and its answer relied upon as soon as its head says that it is one. */
import { type AskContext, codeOf, patience } from '../../data-plane/ask.ts';
import { type BodySink, collectBody } from '../../data-plane/collect-body.ts';
import {
  errorOf,
  idleFailure,
  redirectFailure,
  UpstreamRefusal,
} from '../../data-plane/failure.ts';
import { textOf } from '../../lib/bytes.ts';
import { createTimer } from '../../lib/timer.ts';
import { failureOf, GatewayError } from '../../model/errors.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { Headers, UpstreamCall, UpstreamRequest } from '../../model/http.ts';
import { type AnswerFlow, createAnswerFlow } from './answer-flow.ts';
import type { UploadListener } from './held-body.ts';

export interface PassingAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly flow: AnswerFlow;
}

export type PassingRequest = (listener: UploadListener) => Omit<UpstreamRequest, 'connectMs'>;

/** Rejects with UpstreamRefusal or GatewayError; with the abort's reason when aborted. */
export function askPassing(
  ingress: Ingress,
  request: PassingRequest,
  { client, timeouts, untilMs, abort }: AskContext,
): Promise<PassingAnswer> {
  const timer = createTimer();
  const sent: { call: UpstreamCall | undefined } = { call: undefined };
  return new Promise((resolve, reject) => {
    let sink: BodySink | undefined;
    let accepted: AnswerFlow | undefined;

    function settle(): void {
      timer.clear();
      abort.onAbort(undefined);
    }

    function fail(cause: unknown): void {
      settle();
      sent.call?.abort();
      reject(cause);
    }

    function refused(status: number, headers: Headers): BodySink {
      timer.set(timeouts.idleMs, () => fail(idleFailure(timeouts)));
      const done = (body: Uint8Array): void => {
        const told = { status, header: (name: string) => headers[name], text: textOf(body) };
        const error = ingress.format.upstream.decodeError(told);
        fail(new UpstreamRefusal(error, headers, { status, body }));
      };
      return collectBody({ timer, fail, done });
    }

    function accept(status: number, headers: Headers): BodySink {
      settle();
      accepted = createAnswerFlow(() => sent.call);
      resolve({ status, headers, flow: accepted });
      return accepted.sink;
    }

    /** The client's part of it ended too early, perhaps while its answer comes already. */
    function cut(cause: Error): void {
      if (accepted === undefined) return fail(cause);
      sent.call?.abort();
      accepted.sink.fail(errorOf(cause));
    }

    abort.onAbort(fail);
    if (abort.reason() !== undefined) return;
    const waitMs = patience({ timeouts, untilMs });
    const late = `the upstream neither took the request on nor answered for ${waitMs} ms`;
    timer.set(waitMs, () => fail(new GatewayError('upstream-timeout', late)));
    sent.call = client.send(
      // While an upload moves nothing else is late.
      { ...request({ moved: timer.refresh, failed: cut }), connectMs: timeouts.connectMs },
      {
        head(status, headers) {
          if (status >= 300 && status < 400) fail(redirectFailure(status));
          else sink = status < 300 ? accept(status, headers) : refused(status, headers);
        },
        data: (chunk) => sink?.data(chunk),
        end: () => sink?.end(),
        fail(fault, message) {
          if (sink === undefined) fail(new GatewayError(codeOf(fault), message));
          else sink.fail(failureOf('upstream-reset', message));
        },
      },
    );
  });
}
