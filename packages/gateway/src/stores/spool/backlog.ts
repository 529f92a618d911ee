/** Segments that wait for the database: emptied in order, and deleted when it has committed them. */
import type { UsageRecord } from '../../model/records.ts';
import { codeOf } from '../database/errors.ts';
import type { Append, Counts } from './append.ts';
import type { Health } from './health.ts';
import { readSegment, removeFile, type Segment } from './segments.ts';

export interface BacklogOptions {
  readonly append: Append;
  readonly health: Health;
  readonly counts: Counts;
}

export interface Backlog {
  push(segment: Segment): void;
  /** Until it is empty, or something does not work now. */
  drain(): Promise<void>;
  size(): { readonly count: number; readonly bytes: number };
}

export function createBacklog({ append, health, counts }: BacklogOptions): Backlog {
  const segments: Segment[] = [];
  let count = 0;
  let bytes = 0;

  /** False: not now. */
  async function drainOne(segment: Segment): Promise<boolean> {
    const records = segment.records ?? (await recordsOf(segment));
    if (records === undefined || !(await append(records))) return false;
    try {
      await removeFile(segment.path);
    } catch {
      // Read and appended again at the next start, which changes nothing.
    }
    return true;
  }

  /** Undefined: not now. */
  async function recordsOf({ path, count }: Segment): Promise<readonly UsageRecord[] | undefined> {
    try {
      return await readSegment(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        counts.dropped += count;
        return [];
      }
      health.set('disk', true);
      return undefined;
    }
  }

  return {
    push(segment) {
      // What is on the disk need not fill the memory while nothing moves.
      segments.push(segments.length === 0 ? segment : { ...segment, records: undefined });
      count += segment.count;
      bytes += segment.bytes;
    },
    async drain() {
      for (let first = segments[0]; first !== undefined; first = segments[0]) {
        if (!(await drainOne(first))) return;
        segments.shift();
        count -= first.count;
        bytes -= first.bytes;
      }
    },
    size: () => ({ count, bytes }),
  };
}
