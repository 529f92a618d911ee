/** When a stream's output came: the first of it, and how far its pieces were apart. */
import { nowMs } from '../lib/clock.ts';

/** To be changed by the functions of this module only; times are of the monotonic clock. */
export interface OutputPace {
  firstAtMs: number | undefined;
  lastAtMs: number;
  pieces: number;
}

export function createOutputPace(): OutputPace {
  return { firstAtMs: undefined, lastAtMs: 0, pieces: 0 };
}

/** There is output from now on; later calls change nothing. */
export function outputBegan(pace: OutputPace): void {
  pace.firstAtMs ??= nowMs();
}

/** A read held something for the client. It may be several events, which reach the client together. */
export function outputCame(pace: OutputPace): void {
  if (pace.firstAtMs === undefined) return;
  pace.pieces += 1;
  if (pace.pieces > 1) pace.lastAtMs = nowMs();
}

/** The mean time between two pieces, from the first output on; undefined: there were not two. */
export function betweenOutputsMs(pace: OutputPace): number | undefined {
  const { firstAtMs, lastAtMs, pieces } = pace;
  return firstAtMs === undefined || pieces < 2 ? undefined : (lastAtMs - firstAtMs) / (pieces - 1);
}
