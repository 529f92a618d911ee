/**
 * Usage on its way to the database, by way of files: what was added outlives the process, waits for a
 * database that is away, and reaches it once. It never makes a request wait or fail.
 *
 * A record is with the kernel within 50 ms, so `kill -9` loses nothing older. The loss of power may.
 */

import { nowMs } from '../../lib/clock.ts';
import type { Database, UsageRecord } from '../../model/records.ts';
import { type Counts, createAppend } from './append.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { createHealth, type SpoolFault } from './health.ts';
import { createMover } from './mover.ts';
import { createOwnership } from './ownership.ts';
import { createSegmentWriter, type SegmentWriter } from './segment-writer.ts';
import { createSoonWriter } from './write-soon.ts';

export interface UsageSpoolOptions {
  /** Several processes may share it. */
  readonly directory: string;
  readonly database: Pick<Database, 'appendUsage'>;
  /** From the first record to the database. */
  readonly flushMs?: number | undefined;
  /** Records to the database at once. */
  readonly batchMax?: number | undefined;
  /** Of records that are not in the database yet; more are dropped and counted. */
  readonly bytesMax?: number | undefined;
  /** Of records that are on no disk either. */
  readonly memoryBytesMax?: number | undefined;
  /** Called when something breaks and when it works again, not for every record. */
  readonly changed?: ((state: UsageSpoolState) => void) | undefined;
}

export interface UsageSpoolState {
  /** Not in the database yet. */
  readonly pending: number;
  /** Lost since the start. */
  readonly dropped: number;
  /** Set apart in `refused.jsonl` since the start: the database will never keep them. */
  readonly refused: number;
  readonly degraded: boolean;
  readonly faults: readonly SpoolFault[];
}

export interface UsageSpool {
  /** Never throws, never waits. */
  add(record: UsageRecord): void;
  /** Resolves when everything added before is in the database, or when that was tried in vain. */
  flush(): Promise<void>;
  /** As flush, within a bound; what is left is taken up by the next start. */
  close(): Promise<void>;
  state(): UsageSpoolState;
}

const FLUSH_MS = 200;
const BATCH_MAX = 500;
const BYTES_MAX = 256_000_000;
const MEMORY_BYTES_MAX = 16_000_000;
const ADOPT_MS = 30_000;
const CLOSE_MS = 3_000;
/** Full until there is room for more than the next record. */
const ROOM_AGAIN = 0.9;

export function createUsageSpool(options: UsageSpoolOptions): UsageSpool {
  const { directory, database, flushMs = FLUSH_MS, batchMax = BATCH_MAX } = options;
  const counts: Counts = { dropped: 0, refused: 0 };
  const health = createHealth(() => options.changed?.(state()));
  const ownership = createOwnership(directory);
  let stopAtMs = Number.POSITIVE_INFINITY;
  const mustStop = (): boolean => nowMs() > stopAtMs;
  const append = createAppend({ directory, database, batchMax, health, counts, mustStop });
  const backlog = createBacklog({ append, health, counts });
  const writer = createSegmentWriter({ nextPath: ownership.nextPath, sealed: backlog.push });
  const isFull = fullness(options, writer, backlog);
  const soonWriter = createSoonWriter(writer, health);
  const mover = createMover({ flushMs, health, pending, moveOn });
  const adopting = setInterval(mover.soon, ADOPT_MS).unref();
  let adoptAtMs = nowMs();
  let closing: Promise<void> | undefined;

  function pending(): number {
    return writer.waitingCount() + writer.open().count + backlog.size().count;
  }

  function state(): UsageSpoolState {
    const faults = health.faults();
    return { pending: pending(), ...counts, degraded: faults.length > 0, faults };
  }

  async function adopt(): Promise<void> {
    if (nowMs() < adoptAtMs) return;
    adoptAtMs = nowMs() + ADOPT_MS;
    await ownership.adopt(backlog.push).catch(() => health.set('disk', true));
  }

  async function moveOn(): Promise<void> {
    await adopt();
    await soonWriter.write();
    await writer.seal();
    await backlog.drain();
    // The database may well be there when the disk is not.
    const inMemory = health.has('disk') ? writer.waiting() : [];
    if (inMemory.length > 0 && (await append(inMemory))) writer.forget(inMemory);
    if (!isFull(ROOM_AGAIN)) health.set('full', false);
  }

  function add(record: UsageRecord): void {
    const full = isFull(1);
    if (full) health.set('full', true);
    if (full || closing !== undefined || !writer.add(record)) {
      counts.dropped += 1;
      return;
    }
    mover.soon();
    soonWriter.soon();
  }

  async function close(): Promise<void> {
    soonWriter.end();
    clearInterval(adopting);
    stopAtMs = nowMs() + CLOSE_MS;
    await mover.flush();
    mover.end();
    counts.dropped += writer.waitingCount();
    ownership.end(pending() === 0);
  }

  // What others left is taken up at once.
  void mover.flush();
  return { add, flush: mover.flush, close: () => (closing ??= close()), state };
}

function fullness(
  { bytesMax = BYTES_MAX, memoryBytesMax = MEMORY_BYTES_MAX }: UsageSpoolOptions,
  writer: SegmentWriter,
  backlog: Backlog,
): (share: number) => boolean {
  return (share) => {
    const inMemory = writer.waitingBytes();
    const bytes = inMemory + writer.open().bytes + backlog.size().bytes;
    return bytes >= bytesMax * share || inMemory >= memoryBytesMax * share;
  };
}
