/** A request's body of which the beginning is held until it is known enough of; the rest flows on as it comes. */
import type { GatewayError } from '../../model/errors.ts';
import type { BodyReceiver, IncomingRequest, Upload, UploadSink } from '../../model/http.ts';

export interface HeldBody {
  /** What is held of it. */
  bytes(): Buffer;
  /** There is no more of it. */
  isWhole(): boolean;
  /** Some of it has gone on, and is held no more. */
  isSpent(): boolean;
  /** `first`, in the place of what is held, then the rest. */
  upload(first: Uint8Array, listener: UploadListener): Upload;
}

export interface UploadListener {
  /** More of it goes on its way. */
  moved(): void;
  /** The rest will not come. */
  failed(cause: Error): void;
}

interface Terms {
  /** So much may be held. */
  readonly bytesMax: number;
  /** Sees every piece once, also those that flow on. May throw GatewayError. */
  saw?(piece: Uint8Array): void;
  /** All is known that has to be known before it goes anywhere. */
  isEnough(): boolean;
  /** What is told when so much is held and that is not enough. */
  tooMuch(): GatewayError;
}

/** So much is always held, so that another channel can be asked where one fails. */
const HELD_BYTES_MIN = 1024 * 1024;

/** Resolves when enough of it is there. Rejects with GatewayError. */
export async function holdBody(raw: IncomingRequest, terms: Terms): Promise<HeldBody> {
  const store = createByteStore();
  let isWhole = false;
  let fault: Error | undefined;
  let next: BodyReceiver | undefined;
  const { promise: decided, resolve: decide } = Promise.withResolvers<void>();

  function fail(cause: Error): void {
    fault ??= cause;
    decide();
    next?.fail(fault);
  }

  function hold(piece: Uint8Array): void {
    store.add(piece);
    const size = store.size();
    if (size < HELD_BYTES_MIN) return;
    if (terms.isEnough()) {
      flow.pause();
      decide();
    } else if (size > terms.bytesMax) fail(terms.tooMuch());
  }

  const flow = raw.openBody({
    data(piece) {
      if (fault !== undefined) return;
      try {
        terms.saw?.(piece);
      } catch (cause) {
        return fail(cause instanceof Error ? cause : new Error(String(cause)));
      }
      if (next === undefined) hold(piece);
      else next.data(piece);
    },
    end() {
      isWhole = true;
      decide();
      next?.end();
    },
    fail,
  });
  await decided;
  if (fault !== undefined) throw fault;

  return {
    bytes: store.bytes,
    isWhole: () => isWhole,
    isSpent: () => next !== undefined,
    upload: (first, listener) => ({
      length: flow.length === undefined ? undefined : flow.length + first.length - store.size(),
      start(to) {
        next = receiverFor(to, flow.pause, listener);
        store.clear();
        if (fault !== undefined) listener.failed(fault);
        else if (to.write(first)) flow.resume();
      },
      resume: flow.resume,
    }),
  };
}

function receiverFor(to: UploadSink, pause: () => void, listener: UploadListener): BodyReceiver {
  return {
    data(piece) {
      listener.moved();
      if (!to.write(piece)) pause();
    },
    end: () => to.end(),
    fail: listener.failed,
  };
}

interface ByteStore {
  add(piece: Uint8Array): void;
  bytes(): Buffer;
  size(): number;
  clear(): void;
}

const FIRST_BYTES = 16 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** Copied together: kept apart, many small pieces would take a hundred times their size. */
function createByteStore(): ByteStore {
  let room: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let size = 0;
  return {
    add(piece) {
      const needed = size + piece.length;
      if (needed > room.length) {
        const larger = Buffer.allocUnsafeSlow(2 * needed);
        room.copy(larger, 0, 0, size);
        room = larger;
      }
      room.set(piece, size);
      size = needed;
    },
    bytes: () => room.subarray(0, size),
    size: () => size,
    clear() {
      room = NOTHING;
      size = 0;
    },
  };
}
