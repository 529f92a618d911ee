/** A gateway that serves requests of all kinds, and what it holds of memory when it has done so many. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleGateway, startGateway } from './gateway.ts';
import type { InUse } from './in-use.ts';
import { createMixedLoad } from './mixed-load.ts';
import { probeIn } from './probing.ts';
import { CORE_OF_LOAD, CORE_UNDER_TEST, endAll } from './processes.ts';
import { startUpstream } from './upstream.ts';

const CONCURRENCY = 16;
const BOTH_CORES = `${CORE_UNDER_TEST},${CORE_OF_LOAD}`;

export interface LeakWatch {
  /** Sends so many more requests of all kinds, then collects all garbage and looks. */
  after(requests: number): Promise<InUse>;
  snapshot(path: string): Promise<void>;
  end(): Promise<void>;
}

export async function watchForLeaks(folder: string): Promise<LeakWatch> {
  mkdirSync(folder, { recursive: true });
  const command = await bundleGateway(join(folder, 'dragoman'));
  const { port: mockPort } = await startUpstream(BOTH_CORES);
  const probe = probeIn(folder);
  const gateway = await startGateway({
    folder,
    command,
    mockPort,
    cores: BOTH_CORES,
    ...probe.changes,
  });
  const load = createMixedLoad(gateway.port, CONCURRENCY);
  return {
    async after(requests) {
      await load.send(requests);
      return probe.memory();
    },
    snapshot: probe.snapshot,
    async end() {
      load.close();
      await endAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a program holds by itself: the heap, and the buffers outside of it. */
export function heldMiB({ heapUsedMiB, externalMiB }: InUse): number {
  return heapUsedMiB + externalMiB;
}
