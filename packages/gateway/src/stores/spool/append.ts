/** Records into the database, batch by batch; what it will never keep is set apart for people. */
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Database, UsageRecord } from '../../model/records.ts';
import { DatabaseRefusal } from '../database/errors.ts';
import type { Health } from './health.ts';
import { lineOf } from './lines.ts';

/** False: the database does not take them now, or it must stop. Those before may be in already. */
export type Append = (records: readonly UsageRecord[]) => Promise<boolean>;

export interface AppendOptions {
  readonly directory: string;
  readonly database: Pick<Database, 'appendUsage'>;
  readonly batchMax: number;
  readonly health: Health;
  readonly counts: Counts;
  /** Asked between batches. */
  readonly mustStop: () => boolean;
}

/** Since the start. */
export interface Counts {
  dropped: number;
  refused: number;
}

/** Only a mistake of ours fills it; it must not fill the disk as well. */
const REFUSED_BYTES_MAX = 16_000_000;

export function createAppend(options: AppendOptions): Append {
  const { directory, database, batchMax, health, counts, mustStop } = options;

  async function keepApart(records: readonly UsageRecord[]): Promise<void> {
    if (records.length === 0) return;
    const kept = await setApart(records, join(directory, 'refused.jsonl')).catch(() => false);
    if (kept) counts.refused += records.length;
    else counts.dropped += records.length;
  }

  return async (records) => {
    for (let at = 0; at < records.length; at += batchMax) {
      if (mustStop()) return false;
      // SQLite answers at once: streams have their turn in between.
      await turn();
      const batch = records.slice(at, at + batchMax);
      const refused = await appendBatch(batch, database).catch(() => undefined);
      health.set('database', refused === undefined);
      if (refused === undefined) return false;
      await keepApart(refused);
    }
    return true;
  };
}

/** Rejects when the database cannot take them now. Resolves with those that it will never take. */
async function appendBatch(
  records: readonly UsageRecord[],
  database: Pick<Database, 'appendUsage'>,
): Promise<readonly UsageRecord[]> {
  try {
    await database.appendUsage(records);
    return [];
  } catch (error) {
    if (!(error instanceof DatabaseRefusal)) throw error;
  }
  if (records.length === 1) return records;
  const middle = Math.ceil(records.length / 2);
  const first = await appendBatch(records.slice(0, middle), database);
  return [...first, ...(await appendBatch(records.slice(middle), database))];
}

/** False: there is no room left for them. */
async function setApart(records: readonly UsageRecord[], path: string): Promise<boolean> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes > REFUSED_BYTES_MAX) return false;
  await appendFile(path, records.map(lineOf).join(''), { mode: 0o600 });
  return true;
}
