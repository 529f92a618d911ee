/** When records move on: soon after they come, again after a failure, one move at a time. */
import { createTimer } from '../../lib/timer.ts';
import type { Health } from './health.ts';

export interface Mover {
  /** There is something to move. */
  soon(): void;
  /** A whole move that begins now or later. */
  flush(): Promise<void>;
  /** No move begins by itself any more. */
  end(): void;
}

export interface MoverOptions {
  readonly flushMs: number;
  readonly health: Health;
  readonly pending: () => number;
  /** Never rejects. */
  readonly moveOn: () => Promise<void>;
}

/** With the time that a database takes to answer, it is in use again five seconds after its return. */
const RETRY_MS_MAX = 2_000;

export function createMover({ flushMs, health, pending, moveOn }: MoverOptions): Mover {
  const timer = createTimer();
  let isDue = false;
  let hasEnded = false;
  let waitMs = flushMs;
  let running: Promise<void> | undefined;

  function soon(): void {
    if (isDue || hasEnded || running !== undefined) return;
    isDue = true;
    timer.set(waitMs, () => void run());
  }

  function run(): Promise<void> {
    timer.clear();
    isDue = false;
    running ??= moveOn().finally(() => {
      running = undefined;
      const failed = health.has('database') || health.has('disk');
      waitMs = failed ? Math.min(waitMs * 2, RETRY_MS_MAX) : flushMs;
      if (pending() > 0) soon();
    });
    return running;
  }

  return {
    soon,
    async flush() {
      await running;
      await run();
    },
    end() {
      hasEnded = true;
      timer.clear();
    },
  };
}
