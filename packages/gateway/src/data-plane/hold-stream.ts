/** Holds a stream back until its first real output, then lets it flow to whoever relays it. */
import type { ApiError } from 'ai-api-converter';
import type { UpstreamCall } from '../model/http.ts';
import type { BodySink } from './collect-body.ts';
import { betweenOutputsMs, createOutputPace, outputBegan, outputCame } from './output-pace.ts';
import type { StreamSource } from './stream-source.ts';

export type Piece = Uint8Array | string;

interface Flow {
  write(piece: Piece): void;
  /** The upstream is done, well or not: `source.state()` says which. */
  done(): void;
}

export interface HeldStream {
  readonly source: StreamSource;
  readonly sink: BodySink;
  /** Enough waiting: hand over, even without output. */
  readonly commit: () => void;
  /** Hands over what was held and everything that follows. */
  start(flow: Flow): void;
  call(): UpstreamCall | undefined;
  /** On the monotonic clock. */
  firstOutputAtMs(): number | undefined;
  /** The mean time between two reads that held something for the client, from the first output on. */
  betweenOutputsMs(): number | undefined;
}

interface Options {
  committed(): void;
  /** The stream failed before its first output. */
  refused(error: ApiError): void;
  call(): UpstreamCall | undefined;
}

/**
 * What every piece meets is taken out of the objects that hold it: with thousands of streams in turn,
 * each object on the way is one more that no cache has.
 */
export function holdStream(source: StreamSource, options: Options): HeldStream {
  const { committed, refused, call } = options;
  const { push, state, isOver } = source;
  let held: Piece[] = [];
  let write: Flow['write'] | undefined;
  let done: Flow['done'] | undefined;
  let isCommitted = false;
  let isDone = false;
  const pace = createOutputPace();

  function commit(): void {
    if (isCommitted) return;
    isCommitted = true;
    committed();
  }

  function pass(piece: Piece): void {
    const now = state();
    if (now === 'begun' || now === 'ended') outputBegan(pace);
    if (piece.length > 0) {
      if (write === undefined) held.push(piece);
      else write(piece);
    }
    if (isCommitted || now === 'waiting') return;
    const error = source.error();
    if (now === 'failed' && error !== undefined) refused(error);
    else commit();
  }

  function finish(): void {
    if (isDone) return;
    isDone = true;
    done?.();
  }

  const sink: BodySink = {
    data(chunk) {
      if (isDone) return;
      const piece = read(source, push, chunk);
      pass(piece);
      if (piece.length > 0 && state() !== 'failed') outputCame(pace);
      if (isOver()) finish();
    },
    end() {
      if (isDone) return;
      pass(source.end());
      finish();
    },
    fail(error) {
      if (isDone) return;
      pass(source.fail(error));
      finish();
    },
  };

  return {
    source,
    sink,
    commit,
    start(next) {
      ({ write, done } = next);
      for (const piece of held) next.write(piece);
      held = [];
      if (isDone) next.done();
    },
    call,
    firstOutputAtMs: () => pace.firstAtMs,
    betweenOutputsMs: () => betweenOutputsMs(pace),
  };
}

function read(source: StreamSource, push: StreamSource['push'], chunk: Uint8Array): Piece {
  try {
    return push(chunk);
  } catch (cause) {
    return source.fail(unreadable(cause));
  }
}

function unreadable(cause: unknown): ApiError {
  const reason = cause instanceof Error ? cause.message : 'unknown';
  return {
    kind: 'server',
    status: 502,
    code: 'upstream_invalid_response',
    message: `the upstream's stream could not be read: ${reason}`,
  };
}
