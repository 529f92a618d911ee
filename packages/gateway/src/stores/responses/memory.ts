/**
 * Responses in the memory of one process. Conversations that go on share what they have in common, and
 * what is shared is counted once; it goes with the last response that needs it.
 */
import { nowMs } from '../../lib/clock.ts';
import { createTimer } from '../../lib/timer.ts';
import type {
  NewResponse,
  ResponseCounts,
  ResponseStore,
  StoredResponse,
} from '../../model/responses.ts';
import type { ResponseBounds } from '../../model/settings.ts';

/** What was said from one answer to the next. */
interface Turn {
  readonly previous: Turn | undefined;
  readonly input: readonly Uint8Array[];
  readonly output: Uint8Array;
  readonly bytes: number;
  /** With all turns before it. */
  readonly conversationBytes: number;
  /** Responses and later turns that need it. */
  uses: number;
}

interface Entry {
  readonly owner: string;
  readonly turn: Turn;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

interface Memory {
  readonly bounds: ResponseBounds;
  /** By id; all live equally long, so that the first is the oldest and the next to expire. */
  readonly entries: Map<string, Entry>;
  /** Ids by owner, the oldest first. */
  readonly owned: Map<string, Set<string>>;
  bytes: number;
  readonly dropped: { -readonly [bound in keyof ResponseCounts['dropped']]: number };
}

export interface ResponseMemory extends ResponseStore {
  counts(): ResponseCounts;
}

/** What a response costs beside its texts. */
const OVERHEAD_BYTES = 512;

export function createResponseMemory(bounds: ResponseBounds): ResponseMemory {
  const memory: Memory = {
    bounds,
    entries: new Map(),
    owned: new Map(),
    bytes: 0,
    dropped: { bytes: 0, bytes_each: 0, per_key: 0 },
  };
  const timer = createTimer();

  /** What has expired goes, whether anybody asks for it or not. */
  function expire(): void {
    const now = nowMs();
    for (const [id, { expiresAtMs }] of memory.entries) {
      if (expiresAtMs > now) {
        timer.set(Math.ceil(expiresAtMs - now), expire);
        return;
      }
      drop(memory, id);
    }
    timer.clear();
  }

  return {
    async find(owner, id) {
      expire();
      const entry = memory.entries.get(id);
      return entry?.owner === owner ? storedIn(entry) : undefined;
    },
    async keep(response) {
      expire();
      if (!put(memory, response)) return;
      if (memory.entries.size === 1) timer.set(bounds.ttlMs, expire);
    },
    async remove(owner, id) {
      expire();
      if (memory.entries.get(id)?.owner !== owner) return false;
      drop(memory, id);
      return true;
    },
    counts: () => ({
      entries: memory.entries.size,
      bytes: memory.bytes,
      dropped: { ...memory.dropped },
    }),
    async close() {
      timer.clear();
      memory.entries.clear();
      memory.owned.clear();
    },
  };
}

function put(memory: Memory, response: NewResponse): boolean {
  const { bounds, entries, owned, dropped } = memory;
  const { id, owner, before, after } = response;
  const bytes = before.length + after.length + OVERHEAD_BYTES;
  const turn = turnOf(memory, response);
  const most = Math.min(bounds.bytesEachMax, bounds.bytesMax);
  if (bytes + turn.conversationBytes > most) {
    dropped.bytes_each += 1;
    return false;
  }
  const expiresAtMs = nowMs() + bounds.ttlMs;
  use(memory, turn);
  entries.set(id, { owner, turn, before, after, bytes, expiresAtMs });
  memory.bytes += bytes;
  const ids = owned.get(owner) ?? new Set();
  owned.set(owner, ids.add(id));
  if (ids.size > bounds.perOwnerMax) {
    dropFirst(memory, ids);
    dropped.per_key += 1;
  }
  while (memory.bytes > bounds.bytesMax) {
    dropFirst(memory, entries.keys());
    dropped.bytes += 1;
  }
  return true;
}

function turnOf(memory: Memory, { owner, previous, input, output }: NewResponse): Turn {
  const known = previous && memory.entries.get(previous.id);
  const before = known?.owner === owner ? known.turn : undefined;
  const all = before === undefined ? [...(previous?.items ?? []), ...input] : input;
  const bytes = all.reduce((sum, { length }) => sum + length, output.length);
  const conversationBytes = bytes + (before?.conversationBytes ?? 0);
  return { previous: before, input: all, output, bytes, conversationBytes, uses: 0 };
}

/** Who uses a turn uses it alone; it uses those before it. */
function use(memory: Memory, turn: Turn): void {
  turn.uses += 1;
  memory.bytes += turn.bytes;
  if (turn.previous !== undefined) turn.previous.uses += 1;
}

function drop(memory: Memory, id: string): void {
  const entry = memory.entries.get(id);
  if (entry === undefined) return;
  memory.entries.delete(id);
  memory.bytes -= entry.bytes;
  const ids = memory.owned.get(entry.owner);
  ids?.delete(id);
  if (ids?.size === 0) memory.owned.delete(entry.owner);
  for (let turn: Turn | undefined = entry.turn; turn !== undefined; turn = turn.previous) {
    turn.uses -= 1;
    if (turn.uses > 0) return;
    memory.bytes -= turn.bytes;
  }
}

function dropFirst(memory: Memory, ids: Iterable<string>): void {
  for (const id of ids) return drop(memory, id);
}

function storedIn({ turn, before, after }: Entry): StoredResponse {
  const turns: Turn[] = [];
  for (let at = turn.previous; at !== undefined; at = at.previous) turns.push(at);
  const earlier = turns.toReversed().flatMap(({ input, output }) => [...input, output]);
  return { input: [...earlier, ...turn.input], output: turn.output, before, after };
}
