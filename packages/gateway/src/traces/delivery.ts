/** The spans that wait, so many at most, and what becomes of each batch of them. */
import type { Logger } from '../lib/log.ts';
import type { TraceSettings } from '../model/trace-settings.ts';
import { createBatchText } from './otlp.ts';
import { post } from './post.ts';
import { createTroubles } from './troubles.ts';

export interface Delivery {
  waiting(): number;
  /** What there is no room for is dropped. */
  add(span: string): void;
  /** Sends the next batch. Not taken and to be tried again: resolves to when, else to undefined. */
  sendBatch(): Promise<number | undefined>;
  /** From now on each batch has one try. */
  hurry(): void;
  /** Gives up what is under way and what waits. */
  end(): void;
}

/** Then a batch is given up, since others wait behind it. */
const TRIES_MAX = 5;
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 30_000;

export function createDelivery(settings: TraceSettings, log: Logger): Delivery {
  const { queueMax, batchMax } = settings;
  const troubles = createTroubles(log);
  const batchText = createBatchText(settings.resource);
  let queue: string[] = [];
  let call = new AbortController();
  /** Of the batch at the queue's head. */
  let tries = 0;
  let triesMax = TRIES_MAX;

  return {
    waiting: () => queue.length,
    add(span) {
      if (queue.length < queueMax) queue.push(span);
      else troubles.report('too many wait', 1);
    },
    async sendBatch() {
      const batch = queue.slice(0, batchMax);
      call = new AbortController();
      const posted = await post(settings, batchText(batch), call);
      tries += 1;
      const isOver = posted.type !== 'later' || tries >= triesMax;
      // Given up meanwhile, it was counted then.
      if (posted.type !== 'taken' && queue.length > 0)
        troubles.report(posted.reason, isOver ? batch.length : 0);
      if (!isOver) return pauseMs(tries, posted.afterMs);
      queue = queue.slice(batch.length);
      tries = 0;
      return undefined;
    },
    hurry() {
      triesMax = 1;
    },
    end() {
      if (queue.length > 0) troubles.report('no time left', queue.length);
      queue = [];
      call.abort();
      troubles.close();
    },
  };
}

function pauseMs(tries: number, toldMs = 0): number {
  return Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS * 2 ** (tries - 1), toldMs));
}
