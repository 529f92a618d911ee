/** When a stream's output came: the first of it, and how far its pieces were apart. */
import { nowMs } from '../lib/clock.ts';

export interface OutputPace {
  /** There is output from now on; later calls change nothing. */
  begun(): void;
  /** A read held something for the client. It may be several events, which reach the client together. */
  piece(): void;
  /** On the monotonic clock. */
  firstAtMs(): number | undefined;
  /** The mean time between two pieces, from the first output on; undefined: there were not two. */
  betweenMs(): number | undefined;
}

export function createOutputPace(): OutputPace {
  let firstAtMs: number | undefined;
  let lastAtMs = 0;
  let pieces = 0;
  return {
    begun() {
      firstAtMs ??= nowMs();
    },
    piece() {
      if (firstAtMs === undefined) return;
      pieces += 1;
      if (pieces > 1) lastAtMs = nowMs();
    },
    firstAtMs() {
      return firstAtMs;
    },
    betweenMs() {
      return firstAtMs === undefined || pieces < 2
        ? undefined
        : (lastAtMs - firstAtMs) / (pieces - 1);
    },
  };
}
