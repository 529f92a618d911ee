/**
 * A file that is written to at once: handing a few lines to the kernel takes microseconds, while a
 * thread may get its turn only much later on a busy machine. Should the disk make a write wait after
 * all, then writes go on in the background for a while, so that requests do not wait with them.
 */
import { close, ftruncateSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { nowMs } from '../../lib/clock.ts';

export interface SegmentFile {
  readonly path: string;
  /** Rejects when not all of it could be written; then `bytes` is as before. */
  write(buffer: Buffer): Promise<void>;
  bytes(): number;
  /** What was written in part is cut off. Never rejects. */
  close(): Promise<void>;
}

/** Throws when there can be no such file, or is one already. */
export type OpenSegmentFile = (path: string) => SegmentFile;

type WriteSome = (file: number, bytes: Buffer, at: number) => Promise<number>;

/** Slower than this is no memory of the kernel. */
const SLOW_MS = 50;
const BACKGROUND_MS = 5_000;

export function createSegmentFiles(): OpenSegmentFile {
  let backgroundUntilMs = 0;

  async function writeSome(file: number, bytes: Buffer, at: number): Promise<number> {
    const begunMs = nowMs();
    if (begunMs < backgroundUntilMs) {
      return (await promisify(write)(file, bytes, 0, bytes.length, at)).bytesWritten;
    }
    const written = writeSync(file, bytes, 0, bytes.length, at);
    const endedMs = nowMs();
    if (endedMs - begunMs > SLOW_MS) backgroundUntilMs = endedMs + BACKGROUND_MS;
    return written;
  }

  return (path) => segmentFile(path, writeSome);
}

function segmentFile(path: string, writeSome: WriteSome): SegmentFile {
  const file = openSync(path, 'wx', 0o600);
  let bytes = 0;
  let isTorn = false;

  function mend(): void {
    try {
      if (isTorn) ftruncateSync(file, bytes);
    } catch {
      // Who reads it skips what is no whole line.
    }
  }

  return {
    path,
    async write(buffer) {
      isTorn = true;
      let written = 0;
      while (written < buffer.length) {
        const more = await writeSome(file, buffer.subarray(written), bytes + written);
        if (more === 0) throw new Error('the disk takes nothing');
        written += more;
      }
      isTorn = false;
      bytes += written;
    },
    bytes: () => bytes,
    async close() {
      mend();
      await promisify(close)(file).catch(() => undefined);
    },
  };
}
