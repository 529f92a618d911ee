/**
 * Records on their way to a file. They are handed to the kernel together, soon after they come, which
 * is enough for them to outlive the process; nothing waits for the disk itself, so that the loss of
 * power may cost what came last.
 */
import type { UsageRecord } from '../../model/records.ts';
import { lineOf } from './lines.ts';
import { createSegmentFiles, type SegmentFile } from './segment-file.ts';
import { removeFile, type Segment } from './segments.ts';

/** A whole one is read into memory. */
const SEGMENT_BYTES = 1_000_000;

interface Line {
  readonly record: UsageRecord;
  readonly text: string;
  readonly bytes: number;
}

interface OpenSegment {
  readonly file: SegmentFile;
  readonly records: UsageRecord[];
}

export interface SegmentWriter {
  /** To memory. False: it is not of a kind that can be written. */
  add(record: UsageRecord): boolean;
  /** Everything that waits, to the file; rejects when the disk does not take it. */
  write(): Promise<void>;
  /** Ends the file that is open, after what is being written to it. */
  seal(): Promise<void>;
  /** What no file holds yet, oldest first. */
  waiting(): readonly UsageRecord[];
  waitingCount(): number;
  waitingBytes(): number;
  /** Those that reached the database without a file. */
  forget(records: readonly UsageRecord[]): void;
  /** In the file that is open. */
  open(): { readonly count: number; readonly bytes: number };
}

export interface SegmentWriterOptions {
  /** The path of the next segment; throws when there can be none. */
  readonly nextPath: () => string;
  readonly sealed: (segment: Segment) => void;
}

export function createSegmentWriter({ nextPath, sealed }: SegmentWriterOptions): SegmentWriter {
  let lines: Line[] = [];
  let bytes = 0;
  let segment: OpenSegment | undefined;
  let last: Promise<void> = Promise.resolve();
  const openFile = createSegmentFiles();

  /** One after the other, whatever becomes of the one before. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    last = last.then(work, work);
    return last;
  }

  async function writeNow(): Promise<void> {
    if (lines.length === 0) return;
    const chunk = lines.slice();
    segment ??= { file: openFile(nextPath()), records: [] };
    try {
      await segment.file.write(Buffer.from(chunk.map(({ text }) => text).join('')));
    } catch (error) {
      // What it holds is good; the next write begins another.
      await sealNow();
      throw error;
    }
    for (const { record } of chunk) segment.records.push(record);
    remove(new Set(chunk));
    if (segment.file.bytes() >= SEGMENT_BYTES) await sealNow();
  }

  function remove(gone: ReadonlySet<Line>): void {
    lines = lines.filter((line) => !gone.has(line));
    bytes = lines.reduce((sum, line) => sum + line.bytes, 0);
  }

  async function sealNow(): Promise<void> {
    const done = segment;
    if (done === undefined) return;
    segment = undefined;
    const { file, records } = done;
    const { path } = file;
    // Counted here or there at any moment, so before anything is waited for.
    if (records.length > 0) sealed({ path, records, count: records.length, bytes: file.bytes() });
    await file.close();
    if (records.length === 0) await removeFile(path).catch(() => undefined);
  }

  return {
    add(record) {
      const text = textOf(record);
      if (text === undefined) return false;
      const line = { record, text, bytes: Buffer.byteLength(text) };
      lines.push(line);
      bytes += line.bytes;
      return true;
    },
    write: () => inTurn(writeNow),
    seal: () => inTurn(sealNow),
    waiting: () => lines.map(({ record }) => record),
    waitingCount: () => lines.length,
    waitingBytes: () => bytes,
    forget(records) {
      const gone = new Set(records);
      remove(new Set(lines.filter(({ record }) => gone.has(record))));
    },
    open: () => ({ count: segment?.records.length ?? 0, bytes: segment?.file.bytes() ?? 0 }),
  };
}

function textOf(record: UsageRecord): string | undefined {
  try {
    return lineOf(record);
  } catch {
    return undefined;
  }
}
