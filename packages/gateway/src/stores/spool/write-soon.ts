/** When records are written to their file: a few milliseconds after they come, together. */
import { createTimer } from '../../lib/timer.ts';
import type { Health } from './health.ts';
import type { SegmentWriter } from './segment-writer.ts';

export interface SoonWriter {
  soon(): void;
  /** Now. Never rejects. */
  write(): Promise<void>;
  end(): void;
}

/** A fifth of what is promised; the rest is for a busy machine. */
const WRITE_MS = 10;

export function createSoonWriter(writer: SegmentWriter, health: Health): SoonWriter {
  const timer = createTimer();
  let isDue = false;

  async function write(): Promise<void> {
    timer.clear();
    isDue = false;
    if (writer.waitingCount() === 0) return;
    const failed = await writer.write().then(
      () => false,
      () => true,
    );
    health.set('disk', failed);
  }

  return {
    soon() {
      // A disk that takes nothing is tried again with each move, less often.
      if (isDue || health.has('disk')) return;
      isDue = true;
      timer.set(WRITE_MS, () => void write());
    },
    write,
    end: timer.clear,
  };
}
