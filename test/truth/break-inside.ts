/** Loaded before the command, so that what cannot be provoked from outside can happen: faults of the gateway's own. */
import { isMainThread, type Worker } from 'node:worker_threads';

/** A request with this in it fails inside. */
const PROVOCATION = 'provoke a fault inside';

const threads: Worker[] = [];
// Of all that every body goes through, the plainest.
const { trim } = String.prototype;

function trimOrFail(this: string): string {
  if (this.includes(PROVOCATION)) throw new TypeError('something is not a function');
  return trim.call(this);
}

Object.assign(String.prototype, { trim: trimOrFail });

if (isMainThread) {
  process.on('worker', (thread) => threads.push(thread));
  // Crashes one of the workers: what it is told no worker expects.
  process.on('SIGUSR2', () => {
    threads.shift()?.postMessage(null);
  });
}
