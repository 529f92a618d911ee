/** Counts the tokens of texts with a real tokenizer, in a thread that lives only while there is work. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createQueue, estimateText, type QueueBounds } from './queue.ts';
import type { CountReply } from './thread-messages.ts';

const IDLE_MS = 30_000;
const ANSWER_MS = 20_000;
// A thread that could not start or fell over is not tried again for a while.
const REST_MS = 60_000;
const WAITING_MAX = 256;
// Characters of all texts that wait: they are in memory twice.
const WAITING_LENGTH_MAX = 8 * 1024 * 1024;
const HEAP_MB_MAX = 256;

export interface TokenCounter {
  /** Never rejects: what can not be counted, or not soon, is estimated. */
  count(text: string, model: string): Promise<number>;
  /** Texts that wait are estimated, as are all later ones. */
  close(): Promise<void>;
}

export interface CounterBounds extends QueueBounds {
  /** Without work for this long, the thread ends. */
  readonly idleMs: number;
  /** How long one text may take, and the start of the thread with the first. */
  readonly answerMs: number;
  /** Beside this module, without its extension. */
  readonly thread: string;
}

const standardBounds: CounterBounds = {
  idleMs: IDLE_MS,
  answerMs: ANSWER_MS,
  waitingMax: WAITING_MAX,
  waitingLengthMax: WAITING_LENGTH_MAX,
  thread: 'count-thread',
};

export function createTokenCounter(changed: Partial<CounterBounds> = {}): TokenCounter {
  const bounds = { ...standardBounds, ...changed };
  const queue = createQueue(bounds);
  let thread: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isResting = false;
  let isClosed = false;

  function start(): Worker {
    const worker = startThread(bounds.thread);
    worker.on('message', (reply: CountReply) => {
      queue.settle(reply);
      if (worker !== thread) return;
      if (queue.isEmpty()) arm(bounds.idleMs, stop);
      else arm(bounds.answerMs, giveUp);
    });
    for (const end of ['error', 'exit']) {
      worker.on(end, () => {
        if (worker === thread) giveUp();
      });
    }
    // Not before: a listener for messages keeps the process alive again.
    worker.unref();
    return worker;
  }

  function stop(): Promise<unknown> {
    clearTimeout(timer);
    const ended = thread?.terminate();
    thread = undefined;
    return ended ?? Promise.resolve();
  }

  function giveUp(): void {
    void stop();
    isResting = true;
    arm(REST_MS, () => {
      isResting = false;
    });
    queue.estimateAll();
  }

  function arm(ms: number, act: () => unknown): void {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
    timer.unref();
  }

  return {
    count(text, model) {
      if (text === '') return Promise.resolve(0);
      if (isClosed || isResting || !queue.hasRoomFor(text)) {
        return Promise.resolve(estimateText(text));
      }
      if (queue.isEmpty()) arm(bounds.answerMs, giveUp);
      const { promise, resolve } = Promise.withResolvers<number>();
      const request = queue.add({ text, model, settle: resolve });
      thread ??= start();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(request);
      return promise;
    },
    async close() {
      isClosed = true;
      const ended = stop();
      queue.estimateAll();
      await ended;
    },
  };
}

/** The thread's file stands beside this module, in the sources as in the published bundle. */
function startThread(name: string): Worker {
  return new Worker(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url), {
    name: 'dragoman-tokens',
    // It needs none of what the process was given, keys least of all.
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
}
