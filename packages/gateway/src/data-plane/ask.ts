/**
 * One attempt: asks one upstream and waits until its answer can be relied upon.
 *
 * The commit point lies here: an answer is handed over only when it is complete (JSON) or when its
 * first real output is there (stream). Until then nothing has reached the client, and every failure
 * is still an error with its true status.
 */
import type { Report } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { nowMs } from '../lib/clock.ts';
import { createTimer } from '../lib/timer.ts';
import { type FailureCode, failureOf, GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type {
  Headers,
  UpstreamCall,
  UpstreamClient,
  UpstreamFault,
  UpstreamHandler,
} from '../model/http.ts';
import type { Timeouts } from '../model/settings.ts';
import type { Abort } from './abort.ts';
import { type BodySink, collectBody } from './collect-body.ts';
import { idleFailure, redirectFailure, UpstreamRefusal } from './failure.ts';
import { type HeldStream, holdStream } from './hold-stream.ts';
import type { Prepared } from './prepare.ts';
import { passedStream, translatedStream } from './stream-source.ts';
import { errorInDisguise, type WholeAnswer } from './whole-answer.ts';

export type Answer = WholeAnswer | StreamAnswer;

export interface StreamAnswer {
  readonly type: 'stream';
  readonly status: number;
  readonly headers: Headers;
  readonly stream: HeldStream;
}

export interface AskContext {
  readonly client: UpstreamClient;
  readonly timeouts: Timeouts;
  /** When the client stops waiting, on the monotonic clock. */
  readonly untilMs: number;
  readonly report: Report;
  readonly abort: Abort;
}

/** Rejects with UpstreamRefusal, ConversionError or GatewayError; with the abort's reason when aborted. */
export function ask(ingress: Ingress, prepared: Prepared, context: AskContext): Promise<Answer> {
  const { abort, timeouts, client } = context;
  const startedMs = nowMs();
  const timer = createTimer();
  const sent: { call: UpstreamCall | undefined } = { call: undefined };

  return new Promise((resolve, reject) => {
    let sink: BodySink | undefined;

    function settle(): void {
      timer.clear();
      abort.onAbort(undefined);
    }

    function fail(cause: unknown): void {
      settle();
      sent.call?.abort();
      reject(cause);
    }

    function succeed(answer: Answer): void {
      settle();
      resolve(answer);
    }

    const handler: UpstreamHandler = {
      head(status, headers) {
        const call = (): UpstreamCall | undefined => sent.call;
        sink = receive({
          ingress,
          prepared,
          context,
          startedMs,
          status,
          headers,
          timer,
          succeed,
          fail,
          call,
        });
      },
      data: (chunk) => sink?.data(chunk),
      end: () => sink?.end(),
      fail(fault, message) {
        if (sink === undefined) fail(new GatewayError(codeOf(fault), message));
        else sink.fail(failureOf('upstream-reset', message));
      },
    };

    abort.onAbort(fail);
    if (abort.reason() !== undefined) return;
    const waitMs = patience(context);
    const late = `the upstream sent no answer within ${waitMs} ms`;
    timer.set(waitMs, () => fail(new GatewayError('upstream-timeout', late)));
    const { origin, path, headers, body } = prepared.request;
    const { connectMs } = timeouts;
    sent.call = client.send({ origin, path, headers, body, connectMs }, handler);
  });
}

/** How long to wait for an answer's beginning: no longer than the client does. */
export function patience({ timeouts, untilMs }: Pick<AskContext, 'timeouts' | 'untilMs'>): number {
  if (untilMs === Number.POSITIVE_INFINITY) return timeouts.firstByteMs;
  const leftMs = Math.max(1, Math.ceil(untilMs - nowMs()));
  return timeouts.firstByteMs === 0 ? leftMs : Math.min(leftMs, timeouts.firstByteMs);
}

export function codeOf(fault: UpstreamFault): FailureCode {
  return fault === 'invalid' ? 'upstream-invalid-response' : `upstream-${fault}`;
}

interface Receiver {
  readonly ingress: Ingress;
  readonly prepared: Prepared;
  readonly context: AskContext;
  /** When the request was sent. */
  readonly startedMs: number;
  readonly status: number;
  readonly headers: Headers;
  readonly timer: ReturnType<typeof createTimer>;
  succeed(answer: Answer): void;
  fail(cause: unknown): void;
  call(): UpstreamCall | undefined;
}

function receive(receiver: Receiver): BodySink {
  const { ingress, status, headers } = receiver;
  if (status >= 300 && status < 400) return refuseRedirect(receiver);
  if (status < 200 || status > 299) return receiveError(receiver);
  const type = headers['content-type'] ?? '';
  if (!ingress.stream) return receiveWhole(receiver);
  // A gateway or proxy on the way may answer a stream request with an HTML or JSON page.
  if (type.includes('text/event-stream') || receiver.prepared.framing === 'json-array')
    return receiveStream(receiver);
  if (type === '') return receiveStream(receiver);
  return receiveUnstreamed(receiver);
}

function refuseRedirect({ status, fail }: Receiver): BodySink {
  fail(redirectFailure(status));
  return { data() {}, end() {}, fail() {} };
}

function receiveError(receiver: Receiver): BodySink {
  const { ingress, prepared, status, headers, timer, context } = receiver;
  timer.set(context.timeouts.idleMs, () => receiver.fail(idleFailure(context.timeouts)));
  return collectBody({
    timer,
    fail: receiver.fail,
    done(body) {
      const failure = {
        status,
        header: (name: string) => headers[name],
        text: textOf(body),
      };
      const { upstreamFormat } = prepared;
      const own = upstreamFormat === ingress.format ? { status, body } : undefined;
      receiver.fail(
        new UpstreamRefusal(upstreamFormat.upstream.decodeError(failure), headers, own),
      );
    },
  });
}

function receiveWhole(receiver: Receiver): BodySink {
  const { prepared, status, headers, timer, context } = receiver;
  timer.set(context.timeouts.idleMs, () => receiver.fail(idleFailure(context.timeouts)));
  return collectBody({
    timer,
    fail: receiver.fail,
    done(body) {
      let answer: WholeAnswer;
      try {
        answer = prepared.whole({ status, headers, body });
      } catch (cause) {
        return receiver.fail(cause);
      }
      receiver.succeed(answer);
    },
  });
}

/** 2xx, but no stream although one was asked for: an error in disguise, or nothing that can be relayed. */
function receiveUnstreamed(receiver: Receiver): BodySink {
  const { prepared, headers, timer, context } = receiver;
  timer.set(context.timeouts.idleMs, () => receiver.fail(idleFailure(context.timeouts)));
  return collectBody({
    timer,
    fail: receiver.fail,
    done(body) {
      const kind = headers['content-type'];
      const message = `the upstream answered a stream request with ${kind}`;
      const isJson = /^\s*[{[]/.test(textOf(body));
      const error = isJson
        ? errorInDisguise({ headers, body }, prepared.upstreamFormat.upstream)
        : undefined;
      receiver.fail(error ?? new GatewayError('upstream-invalid-response', message));
    },
  });
}

function receiveStream(receiver: Receiver): BodySink {
  const { ingress, prepared, context, status, headers } = receiver;
  const source =
    prepared.translator === undefined
      ? passedStream(ingress, {
          contentType: headers['content-type'] ?? 'text/event-stream',
          framing: prepared.framing,
          endsByClose: endsByClose(headers),
        })
      : translatedStream(prepared.translator, context.report);
  const held = holdStream(source, {
    committed: () => receiver.succeed({ type: 'stream', status, headers, stream: held }),
    refused: (error) => receiver.fail(new UpstreamRefusal(error, headers)),
    call: receiver.call,
  });
  waitForOutput(receiver, held.commit);
  return held.sink;
}

function endsByClose(headers: Headers): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** A stream without output is given up, where its channel says so, or handed over without any. */
function waitForOutput(receiver: Receiver, commit: () => void): void {
  const { timer, fail, context, startedMs } = receiver;
  const { firstOutputMs, holdMs } = context.timeouts;
  if (firstOutputMs === 0 || (holdMs > 0 && holdMs < firstOutputMs)) timer.set(holdMs, commit);
  else {
    const late = `the upstream's stream had no output within ${firstOutputMs} ms`;
    const leftMs = Math.max(1, firstOutputMs - (nowMs() - startedMs));
    timer.set(leftMs, () => fail(new GatewayError('upstream-timeout', late)));
  }
}
