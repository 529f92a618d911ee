/** A live stream of one format's bytes into text of another's. */
import type { Restoration } from './adapt/contract.ts';
import type { StreamDecoder, StreamEncoder } from './format.ts';
import type { ApiError, Usage } from './ir/response.ts';
import type { StreamPart } from './ir/stream.ts';
import { restoreStream } from './restore.ts';
import { createSseParser, type SseEvent } from './sse/parser.ts';

/**
 * `waiting`: nothing that a client could take for an answer was seen, so another upstream may still
 * be tried. `ended` and `failed` are final.
 */
export type StreamState = 'waiting' | 'begun' | 'ended' | 'failed';

export interface StreamTranslation {
  readonly contentType: string;
  state(): StreamState;
  /** Set when the stream failed. */
  error(): ApiError | undefined;
  usage(): Usage | undefined;
  /** It failed: nothing more will be written, whatever else the upstream sends. */
  isOver(): boolean;
  /** Bytes of the upstream in, text for the client out; possibly empty. */
  push(chunk: Uint8Array): string;
  /** The upstream closed the stream: the rest, and an error in the client's words if it was cut. */
  end(): string;
  /** The stream cannot go on: closes what is open and says why in the client's words. */
  fail(error: ApiError): string;
  /** Text to write during silence; empty when nothing may be written. */
  keepAlive(): string;
}

interface Options {
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly restoration: Restoration;
}

/** What a stream has come to, read off the parts that pass. */
interface Progress {
  state: StreamState;
  error: ApiError | undefined;
  usage: Usage | undefined;
}

function isFinal({ state }: Progress): boolean {
  return state === 'ended' || state === 'failed';
}

function note(progress: Progress, part: StreamPart): void {
  if (part.type === 'message-start') progress.usage = part.usage;
  else if (part.type === 'stream-error') {
    progress.state = 'failed';
    progress.error = part.error;
  } else if (part.type === 'message-end') {
    progress.state = 'ended';
    progress.usage = part.usage ?? progress.usage;
  } else if (progress.state === 'waiting' && !silentParts.has(part.type)) progress.state = 'begun';
}

/** What may come long before anything is said. */
const silentParts: ReadonlySet<StreamPart['type']> = new Set([
  'ping',
  'message-start',
  'text-start',
  'reasoning-start',
]);

export function createStreamTranslation(options: Options): StreamTranslation {
  const { decoder, encoder, restoration } = options;
  const parser = createSseParser();
  const progress: Progress = { state: 'waiting', error: undefined, usage: undefined };
  let failure: ApiError | undefined;
  let text = '';

  const write = (piece: string): void => {
    text += piece;
  };
  const restored = restoreStream(restoration, (part) => encoder.push(part, write));
  const read = (event: SseEvent): void => decoder.push(event, emit);

  function emit(part: StreamPart): void {
    if (isFinal(progress)) return;
    const isOurs = part.type === 'stream-error' && failure !== undefined;
    const outgoing = isOurs ? { ...part, error: failure ?? part.error } : part;
    note(progress, outgoing);
    restored(outgoing);
  }

  function take(step: () => void): string {
    try {
      step();
    } catch (cause) {
      // Upstream bytes are hostile input: whatever a codec makes of them must end as an error event.
      if (!isFinal(progress)) emit({ type: 'stream-error', error: unreadable(cause) });
    }
    const written = text;
    // Nothing of it has to be kept until the next step, which may be long in coming.
    text = '';
    return written;
  }

  return {
    contentType: encoder.contentType,
    state() {
      return progress.state;
    },
    error() {
      return progress.error;
    },
    usage() {
      return progress.usage;
    },
    isOver() {
      return progress.state === 'failed';
    },
    push: (chunk) => take(() => parser.push(chunk, read)),
    end: () =>
      take(() => {
        parser.end(read);
        decoder.end(emit);
      }),
    fail: (error) =>
      take(() => {
        failure = error;
        decoder.end(emit);
      }),
    keepAlive: () => (isFinal(progress) ? '' : encoder.keepAlive()),
  };
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
