/** The metrics pages of workers, and what of those that are gone still counts. */
import { countersOf, mergePages } from './merge-pages.ts';
import type { Worker } from './worker.ts';

/** A worker that does not answer is shown as it was, so that the page says something of the others. */
const PAGE_MS = 2_000;

export interface Pages {
  /** One page for all. */
  merged(workers: readonly Worker[]): Promise<string>;
  /** The worker is gone. What it counted since its page was last read is lost. */
  retire(worker: Worker): void;
}

export function createPages(): Pages {
  const last = new Map<Worker, string>();
  let retired = '';
  let retirements = 0;

  async function pageOf(worker: Worker): Promise<string> {
    const former = retirements;
    const page = await worker.ask({ ask: 'page' }, PAGE_MS).catch(() => last.get(worker));
    if (typeof page !== 'string') return '';
    // One that was retired meanwhile would be counted twice.
    if (former === retirements) last.set(worker, page);
    return page;
  }

  return {
    async merged(workers) {
      const pages = await Promise.all(workers.map(pageOf));
      return mergePages([...pages, retired]);
    },
    retire(worker) {
      retirements += 1;
      retired = mergePages([retired, countersOf(last.get(worker) ?? '')]);
      last.delete(worker);
    },
  };
}
