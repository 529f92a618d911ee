/** The workers that serve at the moment; one that dies is replaced. */
import { nowMs } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createTimer } from '../lib/timer.ts';
import type { WorkerCounts } from '../serving.ts';
import { createPages } from './pages.ts';
import type { Worker } from './worker.ts';

const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
/** Who lived so long did not die of its start. */
const LIVED_MS = 10_000;

export interface Crew {
  /** Those that serve. Throws when none does. */
  serving(): readonly [Worker, ...Worker[]];
  counts(): WorkerCounts;
  /** Their metrics. */
  page(): Promise<string>;
  /** Replaces nobody any more, and ends each of those that serve as `end` does. */
  disband(end: (worker: Worker) => Promise<void>): Promise<void>;
}

interface Options {
  readonly log: Log;
  start(): Promise<Worker>;
}

export function createCrew(first: readonly Worker[], { log, start }: Options): Crew {
  const workers = new Set<Worker>();
  const pages = createPages();
  const timers = new Set<ReturnType<typeof createTimer>>();
  let isDisbanded = false;
  let restarts = 0;

  function take(worker: Worker, restartMs: number): void {
    const startedMs = nowMs();
    workers.add(worker);
    void bury(worker, () => (nowMs() - startedMs >= LIVED_MS ? RESTART_MS_MIN : restartMs));
  }

  async function bury(worker: Worker, restartMs: () => number): Promise<void> {
    const cause = await worker.gone;
    workers.delete(worker);
    if (isDisbanded) return;
    pages.retire(worker);
    restarts += 1;
    log.error({ err: cause }, 'a worker died, and with it the requests that it served');
    replaceAfter(restartMs());
  }

  function replaceAfter(restartMs: number): void {
    const timer = createTimer();
    timers.add(timer);
    timer.set(restartMs, () => {
      timers.delete(timer);
      void replace(Math.min(RESTART_MS_MAX, restartMs * 2));
    });
  }

  async function replace(nextMs: number): Promise<void> {
    let worker: Worker;
    try {
      worker = await start();
    } catch (cause) {
      if (isDisbanded) return;
      log.error({ err: cause }, 'a worker cannot be replaced; this is tried again');
      replaceAfter(nextMs);
      return;
    }
    if (isDisbanded) return worker.end();
    take(worker, nextMs);
    log.info('a worker took the place of the one that died');
  }

  for (const worker of first) take(worker, RESTART_MS_MIN);

  return {
    serving() {
      const [worker, ...others] = workers;
      if (worker === undefined) throw new Error('no worker serves at the moment; one is started');
      return [worker, ...others];
    },
    counts: () => ({ running: workers.size, restarts }),
    page: () => pages.merged([...workers]),
    async disband(end) {
      isDisbanded = true;
      for (const timer of timers) timer.clear();
      await Promise.all([...workers].map(end));
    },
  };
}
