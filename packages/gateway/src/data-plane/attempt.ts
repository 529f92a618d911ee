/**
 * Phase 4: asks the upstream and waits until its answer can be relied upon.
 *
 * The commit point lies here: an answer is handed over only when it is complete (JSON) or when its
 * first real output is there (stream). Until then nothing has reached the client, and every failure
 * is still an error with its true status.
 */
import { type ApiError, ConversionError, type Report } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
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
import { type HeldStream, holdStream } from './hold-stream.ts';
import type { Prepared } from './prepare.ts';
import { passedStream, translatedStream } from './stream-source.ts';

export type Answer = WholeAnswer | StreamAnswer;

export interface WholeAnswer {
  readonly type: 'whole';
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface StreamAnswer {
  readonly type: 'stream';
  readonly status: number;
  readonly headers: Headers;
  readonly stream: HeldStream;
}

/** The upstream refused or failed before the commit point. */
export class UpstreamRefusal extends Error {
  readonly error: ApiError;
  readonly headers: Headers;
  /** The upstream's own bytes, where its format is the client's. */
  readonly own: { readonly status: number; readonly body: Uint8Array } | undefined;

  constructor(
    error: ApiError,
    headers: Headers,
    own?: { readonly status: number; readonly body: Uint8Array },
  ) {
    super(error.message);
    this.name = 'UpstreamRefusal';
    this.error = error;
    this.headers = headers;
    this.own = own;
  }
}

export interface AttemptContext {
  readonly client: UpstreamClient;
  readonly timeouts: Timeouts;
  readonly report: Report;
  readonly abort: Abort;
}

/** Rejects with UpstreamRefusal, ConversionError or GatewayError; with the abort's reason when aborted. */
export function attempt(
  ingress: Ingress,
  prepared: Prepared,
  context: AttemptContext,
): Promise<Answer> {
  const { abort, timeouts, client } = context;
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
        sink = receive({ ingress, prepared, context, status, headers, timer, succeed, fail, call });
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
    const late = `the upstream sent no answer within ${timeouts.firstByteMs} ms`;
    timer.set(timeouts.firstByteMs, () => fail(new GatewayError('upstream-timeout', late)));
    sent.call = client.send(prepared.request, handler);
  });
}

function codeOf(fault: UpstreamFault): FailureCode {
  return fault === 'invalid' ? 'upstream-invalid-response' : `upstream-${fault}`;
}

interface Receiver {
  readonly ingress: Ingress;
  readonly prepared: Prepared;
  readonly context: AttemptContext;
  readonly status: number;
  readonly headers: Headers;
  readonly timer: ReturnType<typeof createTimer>;
  succeed(answer: Answer): void;
  fail(cause: unknown): void;
  call(): UpstreamCall | undefined;
}

function receive(receiver: Receiver): BodySink {
  const { ingress, status, headers } = receiver;
  if (status < 200 || status > 299) return receiveError(receiver);
  const type = headers['content-type'] ?? '';
  if (!ingress.stream) return receiveWhole(receiver);
  // A gateway or proxy on the way may answer a stream request with an HTML or JSON page.
  if (type.includes('text/event-stream') || receiver.prepared.framing === 'json-array')
    return receiveStream(receiver);
  if (type === '') return receiveStream(receiver);
  return receiveUnstreamed(receiver);
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
      if (prepared.translator === undefined) {
        const error = ingress.format.upstream.decodeError(failure);
        return receiver.fail(new UpstreamRefusal(error, headers, { status, body }));
      }
      receiver.fail(new UpstreamRefusal(prepared.translator.failure(failure).error, headers));
    },
  });
}

function receiveWhole(receiver: Receiver): BodySink {
  const { status, headers, timer, context } = receiver;
  timer.set(context.timeouts.idleMs, () => receiver.fail(idleFailure(context.timeouts)));
  return collectBody({
    timer,
    fail: receiver.fail,
    done: (body) => receiver.succeed({ type: 'whole', status, headers, body }),
  });
}

/** 2xx, but no stream although one was asked for: an error in disguise, or nothing that can be relayed. */
function receiveUnstreamed(receiver: Receiver): BodySink {
  const { ingress, prepared, headers, timer, context } = receiver;
  timer.set(context.timeouts.idleMs, () => receiver.fail(idleFailure(context.timeouts)));
  return collectBody({
    timer,
    fail: receiver.fail,
    done(body) {
      const text = textOf(body);
      const failure = { status: 502, header: (name: string) => headers[name], text };
      const upstream = prepared.translator === undefined ? ingress.format.upstream : undefined;
      const error = upstream?.decodeError(failure) ?? prepared.translator?.failure(failure).error;
      const kind = headers['content-type'];
      receiver.fail(
        error === undefined || !text.trimStart().startsWith('{')
          ? new GatewayError(
              'upstream-invalid-response',
              `the upstream answered a stream request with ${kind}`,
            )
          : new UpstreamRefusal(error, headers),
      );
    },
  });
}

function receiveStream(receiver: Receiver): BodySink {
  const { ingress, prepared, context, status, headers, timer } = receiver;
  const source =
    prepared.translator === undefined
      ? passedStream(ingress, headers['content-type'] ?? 'text/event-stream', prepared.framing)
      : translatedStream(prepared.translator, context.report);
  const held = holdStream(source, {
    committed: () => receiver.succeed({ type: 'stream', status, headers, stream: held }),
    refused: (error) => receiver.fail(new UpstreamRefusal(error, headers)),
    call: receiver.call,
  });
  timer.set(context.timeouts.holdMs, held.commit);
  return held.sink;
}

export function idleFailure(timeouts: Timeouts): GatewayError {
  return new GatewayError('upstream-timeout', `the upstream fell silent for ${timeouts.idleMs} ms`);
}

/** What a client is told of any failure. */
export function errorOf(cause: unknown): ApiError {
  if (
    cause instanceof UpstreamRefusal ||
    cause instanceof ConversionError ||
    cause instanceof GatewayError
  )
    return cause.error;
  return failureOf('internal', 'the gateway failed on this request; its log says why');
}
