/**
 * Looks into a gateway from inside: loaded before it by `--import`, in each of its threads. Answers one
 * line of JSON to each line that comes to its socket: `memory` after a collection of all garbage,
 * `block` with the longest time that the event loop was not free since the last one, `snapshot PATH`.
 */
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';
import { inUseOf } from './in-use.ts';

const RESOLUTION_MS = 1;
const path = process.env['BENCH_PROBE'];
if (path !== undefined) listen(`${path}.${threadId}`);

function listen(path: string): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      socket.write(`${JSON.stringify(answer(line))}\n`);
    });
  });
  server.listen(path);
  server.unref();

  function answer(line: string): object {
    const [command, file = ''] = line.split(' ');
    if (command === 'block') {
      const blockMs = delays.max / 1e6;
      delays.reset();
      return { blockMs };
    }
    if (command === 'snapshot') return { path: writeHeapSnapshot(file) };
    if (typeof collect === 'function') for (let turn = 0; turn < 2; turn += 1) collect();
    return inUseOf();
  }
}
