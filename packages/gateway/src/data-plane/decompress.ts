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
  /** Nothing is called any more. */
  stop(): void;
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
export function createDecompressor(encoding: string, receiver: Receiver): Decompressor | undefined {
  const decoder = makers.get(encoding)?.();
  if (decoder === undefined) return undefined;
  decoder.on('data', (chunk: Uint8Array) => receiver.data(chunk));
  decoder.on('end', () => receiver.end());
  decoder.on('error', (cause) => receiver.fail(cause));
  return {
    write: (chunk) => {
      decoder.write(chunk);
    },
    end: () => {
      decoder.end();
    },
    stop: () => {
      decoder.removeAllListeners();
      decoder.destroy();
    },
  };
}
