/** A database that a test can take away, and a directory that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageRecord } from '../../../model/records.ts';
import { DatabaseRefusal, DatabaseUnavailable } from '../../database/index.ts';

export interface FakeDatabase {
  readonly kept: Map<string, UsageRecord>;
  /** How many records came with each call that succeeded. */
  readonly batches: number[];
  isDown: boolean;
  appendUsage(records: readonly UsageRecord[]): Promise<void>;
}

/** Refuses the records of which `refuses` says so. */
export function fakeDatabase(
  refuses: (record: UsageRecord) => boolean = () => false,
): FakeDatabase {
  const kept = new Map<string, UsageRecord>();
  const batches: number[] = [];
  const database: FakeDatabase = {
    kept,
    batches,
    isDown: false,
    async appendUsage(records) {
      if (database.isDown) throw new DatabaseUnavailable('the test took it away');
      if (records.some(refuses)) throw new DatabaseRefusal('the test does not like it');
      batches.push(records.length);
      for (const record of records) if (!kept.has(record.id)) kept.set(record.id, record);
    },
  };
  return database;
}

export interface Folder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'dragoman-spool-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
