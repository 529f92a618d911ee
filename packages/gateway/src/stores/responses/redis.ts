/** Responses in Redis, shared by every gateway that uses it. Each has its whole conversation. */
import { textOf } from '../../lib/bytes.ts';
import type { NewResponse, ResponseStore } from '../../model/responses.ts';
import type { ResponseBounds } from '../../model/settings.ts';
import { withDeadline } from '../limits/deadline.ts';
import { type Call, createPool, type Pool, type Script, scriptOf } from '../limits/redis-pool.ts';
import { findScript, keepScript, removeScript } from './scripts.ts';

export interface RedisResponseSettings {
  /** `redis://` or `rediss://`, with user, password and database where there are such. */
  readonly url: string;
  readonly bounds: ResponseBounds;
  /** Every call rejects after so long. */
  readonly deadlineMs?: number;
  /** Installations that do not share their responses have different ones. */
  readonly namespace?: string;
}

/** A conversation is large, unlike a counter. */
const DEADLINE_MS = 1_000;
/** Few requests ask for one. Counters have connections of their own, so as not to wait for it. */
const POOL_SIZE = 1;
/** What a response costs beside its texts. */
const OVERHEAD_BYTES = 512;

interface Store {
  readonly pool: Pool;
  readonly deadlineMs: number;
  /** All keys are in one slot of a cluster: a script drops responses of any owner. */
  readonly prefix: string;
  readonly scripts: Readonly<Record<'keep' | 'find' | 'remove', Script>>;
}

export function createRedisResponses(settings: RedisResponseSettings): ResponseStore {
  const { url, bounds, namespace = 'responses', deadlineMs = DEADLINE_MS } = settings;
  // The error of whoever reads it further down would hold the password.
  if (!URL.canParse(url)) throw new TypeError('the address of Redis is no URL');
  const store: Store = {
    pool: createPool({ url, poolSize: POOL_SIZE, onReady: () => {} }),
    deadlineMs,
    prefix: `dragoman:{${namespace}}:`,
    scripts: {
      keep: scriptOf(keepScript),
      find: scriptOf(findScript),
      remove: scriptOf(removeScript),
    },
  };
  const { find, remove } = store.scripts;

  return {
    async find(owner, id) {
      const reply = await ask(store, find, ['1', keptKey(store, id), owner]);
      const [input, output, before, after] = textsIn(reply);
      if (input === undefined || output === undefined) return undefined;
      if (before === undefined || after === undefined) return undefined;
      return {
        input: [Buffer.from(input)],
        output: Buffer.from(output),
        before: Buffer.from(before),
        after: Buffer.from(after),
      };
    },
    keep: (response) => keep(store, response, bounds),
    async remove(owner, id) {
      return (await ask(store, remove, [...keysOf(store, owner, id), id, owner])) === 1;
    },
    close: () => store.pool.close(deadlineMs),
  };
}

async function keep(store: Store, response: NewResponse, bounds: ResponseBounds): Promise<void> {
  const { id, owner, previous, output, before, after } = response;
  const input = [...(previous?.items ?? []), ...response.input].filter(({ length }) => length > 0);
  const texts = [input.map(textOf).join(','), ...[output, before, after].map(textOf)];
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), OVERHEAD_BYTES);
  if (size > Math.min(bounds.bytesEachMax, bounds.bytesMax)) return;
  const { ttlMs, bytesMax, perOwnerMax } = bounds;
  const numbers = [ttlMs, bytesMax, perOwnerMax, size].map(String);
  await ask(store, store.scripts.keep, [
    ...keysOf(store, owner, id),
    id,
    owner,
    ...numbers,
    ...texts,
  ]);
}

async function ask(store: Store, script: Script, words: readonly string[]): Promise<unknown> {
  const call: Call = { isSent: false, isOver: false };
  try {
    return await withDeadline(store.pool.run(call, script, words), store.deadlineMs);
  } finally {
    call.isOver = true;
  }
}

function keptKey({ prefix }: Store, id: string): string {
  return `${prefix}response:${id}`;
}

function keysOf(store: Store, owner: string, id: string): readonly string[] {
  const { prefix } = store;
  const shared = ['index', 'order', `of:${owner}`, 'bytes'].map((name) => prefix + name);
  return [String(shared.length + 1), keptKey(store, id), ...shared];
}

function textsIn(reply: unknown): readonly string[] {
  return Array.isArray(reply) ? reply.filter((text) => typeof text === 'string') : [];
}
