/**
 * Peak-sensitive moving average of a latency: it jumps up at once and comes down slowly, so that a
 * channel that stalls is left at once and not after many requests (Finagle's peak EWMA).
 */

export interface Latency {
  /** Undefined: never measured. */
  valueMs(): number | undefined;
  add(sampleMs: number, nowMs: number): void;
}

const DECAY_MS = 10_000;

export function createLatency(): Latency {
  let average: number | undefined;
  let addedMs = 0;

  return {
    valueMs() {
      return average;
    },
    add(sampleMs, nowMs) {
      const old = average;
      if (old === undefined || sampleMs > old) average = sampleMs;
      else {
        const kept = Math.exp(-(nowMs - addedMs) / DECAY_MS);
        average = old * kept + sampleMs * (1 - kept);
      }
      addedMs = nowMs;
    },
  };
}
