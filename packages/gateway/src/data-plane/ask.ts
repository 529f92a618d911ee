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
import { createTimer, type Timer } from '../lib/timer.ts';
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

/** A record that functions take, rather than closures over it: every request has one. */
interface Asking {
  readonly ingress: Ingress;
  readonly prepared: Prepared;
  readonly context: AskContext;
  /** When the request was sent. */
  readonly startedMs: number;
  readonly timer: Timer;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: unknown) => void;
  /** Undefined while it is being made. */
  call: UpstreamCall | undefined;
}

/** Rejects with UpstreamRefusal, ConversionError or GatewayError; with the abort's reason when aborted. */
export function ask(ingress: Ingress, prepared: Prepared, context: AskContext): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const startedMs = nowMs();
    const timer = createTimer();
    const call = undefined;
    begin({ ingress, prepared, context, startedMs, timer, resolve, reject, call });
  });
}

function begin(asking: Asking): void {
  const { prepared, context, timer } = asking;
  const { abort, client, timeouts } = context;
  abort.onAbort((reason) => fail(asking, reason));
  if (abort.reason() !== undefined) return;
  const waitMs = patience(context);
  timer.set(waitMs, () => {
    const late = `the upstream sent no answer within ${waitMs} ms`;
    fail(asking, new GatewayError('upstream-timeout', late));
  });
  const { origin, path, headers, body } = prepared.request;
  const request = { origin, path, headers, body, connectMs: timeouts.connectMs };
  asking.call = client.send(request, handlerOf(asking));
}

function handlerOf(asking: Asking): UpstreamHandler {
  let sink: BodySink | undefined;
  return {
    head(status, headers) {
      sink = receive({ asking, status, headers });
    },
    data: (chunk) => sink?.data(chunk),
    end: () => sink?.end(),
    fail(fault, message) {
      if (sink === undefined) fail(asking, new GatewayError(codeOf(fault), message));
      else sink.fail(failureOf('upstream-reset', message));
    },
  };
}

function settle({ timer, context }: Asking): void {
  timer.clear();
  context.abort.onAbort(undefined);
}

function fail(asking: Asking, cause: unknown): void {
  settle(asking);
  asking.call?.abort();
  asking.reject(cause);
}

function succeed(asking: Asking, answer: Answer): void {
  settle(asking);
  asking.resolve(answer);
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

interface Received {
  readonly asking: Asking;
  readonly status: number;
  readonly headers: Headers;
}

function receive(received: Received): BodySink {
  const { asking, status, headers } = received;
  if (status >= 300 && status < 400) return refuseRedirect(received);
  if (status < 200 || status > 299) return receiveError(received);
  const type = headers['content-type'] ?? '';
  if (!asking.ingress.stream) return receiveWhole(received);
  // A gateway or proxy on the way may answer a stream request with an HTML or JSON page.
  if (type.includes('text/event-stream') || asking.prepared.framing === 'json-array')
    return receiveStream(received);
  if (type === '') return receiveStream(received);
  return receiveUnstreamed(received);
}

function refuseRedirect({ asking, status }: Received): BodySink {
  fail(asking, redirectFailure(status));
  return { data() {}, end() {}, fail() {} };
}

function collect(asking: Asking, done: (body: Uint8Array) => void): BodySink {
  const { timer, context } = asking;
  timer.set(context.timeouts.idleMs, () => fail(asking, idleFailure(context.timeouts)));
  return collectBody({ timer, fail: (cause) => fail(asking, cause), done });
}

function receiveError({ asking, status, headers }: Received): BodySink {
  const { ingress, prepared } = asking;
  return collect(asking, (body) => {
    const failure = {
      status,
      header: (name: string) => headers[name],
      text: textOf(body),
    };
    const { upstreamFormat } = prepared;
    const own = upstreamFormat === ingress.format ? { status, body } : undefined;
    const error = upstreamFormat.upstream.decodeError(failure);
    fail(asking, new UpstreamRefusal(error, headers, own));
  });
}

function receiveWhole({ asking, status, headers }: Received): BodySink {
  return collect(asking, (body) => {
    let answer: WholeAnswer;
    try {
      answer = asking.prepared.whole({ status, headers, body });
    } catch (cause) {
      return fail(asking, cause);
    }
    succeed(asking, answer);
  });
}

/** 2xx, but no stream although one was asked for: an error in disguise, or nothing that can be relayed. */
function receiveUnstreamed({ asking, headers }: Received): BodySink {
  return collect(asking, (body) => {
    const kind = headers['content-type'];
    const message = `the upstream answered a stream request with ${kind}`;
    const isJson = /^\s*[{[]/.test(textOf(body));
    const error = isJson
      ? errorInDisguise({ headers, body }, asking.prepared.upstreamFormat.upstream)
      : undefined;
    fail(asking, error ?? new GatewayError('upstream-invalid-response', message));
  });
}

function receiveStream({ asking, status, headers }: Received): BodySink {
  const { ingress, prepared, context } = asking;
  const source =
    prepared.translator === undefined
      ? passedStream(ingress, {
          contentType: headers['content-type'] ?? 'text/event-stream',
          framing: prepared.framing,
          endsByClose: endsByClose(headers),
        })
      : translatedStream(prepared.translator, context.report);
  const held = holdStream(source, {
    committed: () => succeed(asking, { type: 'stream', status, headers, stream: held }),
    refused: (error) => fail(asking, new UpstreamRefusal(error, headers)),
    call: () => asking.call,
  });
  waitForOutput(asking, held.commit);
  return held.sink;
}

function endsByClose(headers: Headers): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** A stream without output is given up, where its channel says so, or handed over without any. */
function waitForOutput(asking: Asking, commit: () => void): void {
  const { timer, context, startedMs } = asking;
  const { firstOutputMs, holdMs } = context.timeouts;
  if (firstOutputMs === 0 || (holdMs > 0 && holdMs < firstOutputMs)) timer.set(holdMs, commit);
  else {
    const leftMs = Math.max(1, firstOutputMs - (nowMs() - startedMs));
    timer.set(leftMs, () => {
      const late = `the upstream's stream had no output within ${firstOutputMs} ms`;
      fail(asking, new GatewayError('upstream-timeout', late));
    });
  }
}
