/** Several connections to one Redis, and scripts that run on any of them. */
import { hash } from 'node:crypto';
import { type Connection, createConnection } from './redis-connection.ts';

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/** A call knows whether it was sent, and is not sent any more once it is over. */
export interface Call {
  isSent: boolean;
  isOver: boolean;
}

export interface Pool {
  /** `words`: the number of keys, the keys, the arguments. */
  run(call: Call, script: Script, words: readonly string[]): Promise<unknown>;
  close(withinMs: number): Promise<void>;
}

export interface PoolSettings {
  readonly url: string;
  readonly poolSize: number;
  /** A connection has been made, again or for the first time. */
  readonly onReady: () => void;
}

export function scriptOf(text: string): Script {
  return { text, sha1: hash('sha1', text) };
}

export function createPool({ url, poolSize, onReady }: PoolSettings): Pool {
  const opened = Promise.withResolvers<void>();
  const settings = {
    url,
    onReady() {
      opened.resolve();
      onReady();
    },
  };
  const connections = Array.from({ length: poolSize }, () => createConnection(settings));
  let turn = 0;

  function next(): Connection | undefined {
    for (let tried = 0; tried < connections.length; tried += 1) {
      turn = (turn + 1) % connections.length;
      const connection = connections[turn];
      if (connection?.isReady()) return connection;
    }
    return undefined;
  }

  /** The first calls wait until there is a connection; later ones are told at once that there is none. */
  async function connect(call: Call): Promise<Connection> {
    const ready = next();
    if (ready !== undefined) return ready;
    await opened.promise;
    if (call.isOver) throw new Error('Redis was not reached in time');
    const opening = next();
    if (opening === undefined) throw new Error('Redis is not connected');
    return opening;
  }

  return {
    async run(call, script, words) {
      const connection = await connect(call);
      call.isSent = true;
      try {
        return await connection.send(['EVALSHA', script.sha1, ...words]);
      } catch (error) {
        const isUnknown = error instanceof Error && error.message.startsWith('NOSCRIPT');
        if (!isUnknown) throw error;
        return connection.send(['EVAL', script.text, ...words]);
      }
    },
    async close(withinMs) {
      opened.resolve();
      await Promise.all(connections.map((connection) => connection.close(withinMs)));
    },
  };
}
