/** Undoes the compression of an answer that was asked for as it is and came compressed all the same. */
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

export interface Decompressor {
  write(chunk: Uint8Array): void;
  end(): void;
  /** Nothing is undone ahead of a receiver that waits: few bytes may become a thousand times as many. */
  pause(): void;
  resume(): void;
  /** Nothing is called any more. */
  stop(): void;
}

/** Where the compressed bytes come from. */
interface Source {
  pause(): void;
  resume(): void;
}

interface Receiver {
  data(chunk: Uint8Array): void;
  end(): void;
  fail(cause: Error): void;
}

type Decoder = ReturnType<typeof createGunzip>;

const makers: ReadonlyMap<string, () => Decoder> = new Map<string, () => Decoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

/** Undefined for an encoding that nobody here knows. */
export function createDecompressor(
  encoding: string,
  source: Source,
  receiver: Receiver,
): Decompressor | undefined {
  const decoder = makers.get(encoding)?.();
  if (decoder === undefined) return undefined;
  let isEmpty = true;
  let isPaused = false;
  let isFull = false;
  decoder.on('data', (chunk: Uint8Array) => receiver.data(chunk));
  decoder.on('end', () => receiver.end());
  decoder.on('error', (cause) => receiver.fail(cause));
  decoder.on('drain', () => {
    isFull = false;
    if (!isPaused) source.resume();
  });
  return {
    write(chunk) {
      isEmpty = false;
      isFull = !decoder.write(chunk);
      if (isFull) source.pause();
    },
    end() {
      // Nothing is compressed to nothing: none was sent, as where an answer has no body.
      if (!isEmpty) return void decoder.end();
      decoder.destroy();
      receiver.end();
    },
    pause() {
      isPaused = true;
      decoder.pause();
      source.pause();
    },
    resume() {
      isPaused = false;
      decoder.resume();
      if (!isFull) source.resume();
    },
    stop() {
      decoder.removeAllListeners();
      decoder.destroy();
    },
  };
}
