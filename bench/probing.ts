/** Asks the probe that was loaded into a gateway. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GatewayPlan } from './gateway.ts';
import type { InUse } from './in-use.ts';

export interface Probe {
  /** What starts a gateway with the probe in it. */
  readonly changes: Pick<GatewayPlan, 'nodeOptions' | 'env'>;
  memory(): Promise<InUse>;
  /** Longest time since the last question that the event loop was not free. */
  blockMs(): Promise<number>;
  snapshot(path: string): Promise<void>;
}

/** Of the main thread, or of that worker. */
export function probeIn(folder: string, thread = 0): Probe {
  const path = join(folder, `probe-${process.hrtime.bigint()}`);
  const module = pathToFileURL(join(import.meta.dirname, 'probe.ts')).href;
  const ask = async (line: string): Promise<string> => {
    const socket = connect(`${path}.${thread}`);
    socket.write(`${line}\n`);
    const [answer]: Buffer[] = await once(socket, 'data');
    socket.destroy();
    return answer?.toString() ?? '{}';
  };
  return {
    changes: { nodeOptions: ['--import', module], env: { BENCH_PROBE: path } },
    async memory() {
      const inUse: InUse = JSON.parse(await ask('memory'));
      return inUse;
    },
    async blockMs() {
      const { blockMs }: { readonly blockMs: number } = JSON.parse(await ask('block'));
      return blockMs;
    },
    async snapshot(path) {
      await ask(`snapshot ${path}`);
    },
  };
}
