/** One worker, seen from the process: started, asked, ended. */
import { extname } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { createTimer } from '../lib/timer.ts';
import { GatewayError } from '../model/errors.ts';
import type { Asked, Failure, Question, Told, WorkerStart } from './messages.ts';

/**
 * V8 lets the space of young objects grow to 48 MiB and keeps most of it. Half of that holds what the
 * exchanges of a worker need: 2,000 streams took 80 to 140 MiB less with it, for a few per cent of CPU at most.
 */
const YOUNG_MB_MAX = 24;

export interface Worker {
  readonly proxyPort: number;
  readonly host: string;
  /** Resolves to what the worker answered. Rejects when it fails, ends, or does not answer in time. */
  ask(question: Question, timeoutMs?: number): Promise<unknown>;
  /** Ends it at once; resolves when it is gone. */
  end(): Promise<void>;
  /** Resolves when it is gone, to the error that ended it, if one did. */
  readonly gone: Promise<Error | undefined>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(cause: Error): void;
}

/** Resolves once it serves. `log` takes whole lines, the last one without its end. */
export async function startWorker(
  start: WorkerStart,
  log: (lines: string) => void,
): Promise<Worker> {
  const thread = startThread(start);
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<{ readonly proxyPort: number; readonly host: string }>();
  let asked = 0;
  let error: Error | undefined;

  function settle(id: number): Waiting | undefined {
    const known = waiting.get(id);
    waiting.delete(id);
    return known;
  }

  thread.on('message', (told: Told) => {
    if (told.tell === 'ready') ready.resolve(told);
    else if (told.tell === 'log') log(told.lines);
    else if (told.tell === 'answer') settle(told.id)?.resolve(told.value);
    else settle(told.id)?.reject(errorOf(told.failure));
  });
  thread.on('error', (cause: unknown) => {
    error = cause instanceof Error ? cause : new Error(String(cause));
  });
  const gone = new Promise<Error | undefined>((resolve) => {
    thread.on('exit', () => {
      const cause = error ?? new Error('the worker ended');
      ready.reject(cause);
      for (const { reject } of waiting.values()) reject(cause);
      waiting.clear();
      resolve(error);
    });
  });

  const { proxyPort, host } = await ready.promise;
  return {
    proxyPort,
    host,
    gone,
    ask(question, timeoutMs = 0) {
      asked += 1;
      const message: Asked = { id: asked, question };
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const timer = createTimer();
      if (timeoutMs > 0) {
        timer.set(timeoutMs, () => settle(message.id)?.reject(new Error('a worker is silent')));
      }
      waiting.set(message.id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(message);
      return promise.finally(timer.clear);
    },
    async end() {
      await thread.terminate();
    },
  };
}

/** The thread's file stands beside this module, in the sources as in the published bundle. */
function startThread(start: WorkerStart): Thread {
  const { url } = import.meta;
  return new Thread(new URL(`./worker-thread${extname(url)}`, url), {
    name: 'dragoman-worker',
    workerData: start,
    transferList: start.responses === undefined ? [] : [start.responses],
    argv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
}

function errorOf({ code, message }: Failure): Error {
  return code === undefined ? new Error(message) : new GatewayError(code, message);
}
