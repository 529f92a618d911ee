/** The mock upstream as a process: started, and told how to answer. */
import { join } from 'node:path';
import { type Child, CORE_OF_LOAD, firstLine, start } from './processes.ts';

export interface Manner {
  /** Before each answer. */
  readonly delayMs?: number;
  /** Events of each stream in a second, and how many with text it has; left out: all at once. */
  readonly perSecond?: number;
  readonly events?: number;
}

export interface Upstream {
  readonly child: Child;
  readonly port: number;
  /** Holds from now on. Streams that run are ended. */
  answerLike(manner: Manner): Promise<void>;
  /** How late events of the streams were written at most since the manner was set. */
  lateMsMax(): Promise<number>;
}

export async function startUpstream(core: number | string = CORE_OF_LOAD): Promise<Upstream> {
  const path = join(import.meta.dirname, 'mock.ts');
  const child = start({ core, command: process.execPath, args: [path] });
  const port = Number(await firstLine(child));
  const tell = async (page: string): Promise<{ lateMsMax?: number }> => {
    const response = await fetch(`http://127.0.0.1:${port}/bench/${page}`);
    const state: { lateMsMax?: number } = JSON.parse(await response.text());
    return state;
  };
  return {
    child,
    port,
    async answerLike({ delayMs = 0, perSecond = 0, events = 0 }) {
      await tell(`manner?delayMs=${delayMs}&perSecond=${perSecond}&events=${events}`);
    },
    lateMsMax: async () => (await tell('state')).lateMsMax ?? 0,
  };
}
