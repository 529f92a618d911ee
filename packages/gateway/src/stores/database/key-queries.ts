/** Keys, and the version that says whether they changed. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database, KeyRecord } from '../../model/records.ts';
import type { Connected } from './dialect.ts';
import { keyRecord, keyRow } from './key-rows.ts';
import { versionOf } from './migrations.ts';
import { storedInteger } from './numbers.ts';
import type { Tables } from './tables.ts';
import { storedText } from './texts.ts';

type KeyQueries = Pick<
  Database,
  'insertKey' | 'listKeys' | 'findKey' | 'revokeKey' | 'rotateKey' | 'keysVersion'
>;

interface KeyChange {
  readonly revoked_at?: number;
  readonly hash?: string;
  readonly hint?: string;
}

export function keyQueries({ tables, dialect, ask }: Connected): KeyQueries {
  /** `work` says whether it changed a key. */
  function changeKeys(
    work: (transaction: Transaction<Tables>) => Promise<boolean>,
  ): Promise<boolean> {
    return ask(() =>
      dialect.durably(tables, (connection) =>
        connection.transaction().execute(async (transaction) => {
          const changed = await work(transaction);
          if (changed) await countChange(transaction);
          return changed;
        }),
      ),
    );
  }

  /** Keys that were revoked stay as they are. */
  function changeKey(id: string, change: KeyChange): Promise<boolean> {
    return changeKeys(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('dragoman_keys')
        .set(change)
        .where('id', '=', storedText(id))
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    });
  }

  return {
    async insertKey(key) {
      const row = keyRow(key);
      await changeKeys(async (transaction) => {
        await transaction.insertInto('dragoman_keys').values(row).execute();
        return true;
      });
    },
    listKeys: () => ask(() => listKeys(tables)),
    findKey: (hash) => ask(() => findKey(tables, hash)),
    revokeKey: async (id, at) => changeKey(id, { revoked_at: storedInteger(at) }),
    rotateKey: (id, { hash, hint }) =>
      changeKey(id, { hash: storedText(hash), hint: storedText(hint) }),
    keysVersion: () => ask(() => versionOf(tables, 'keys')),
  };
}

async function countChange(transaction: Transaction<Tables>): Promise<void> {
  await transaction
    .updateTable('dragoman_versions')
    .set({ version: sql<number>`version + 1` })
    .where('name', '=', 'keys')
    .execute();
}

async function listKeys(tables: Kysely<Tables>): Promise<readonly KeyRecord[]> {
  const rows = await tables
    .selectFrom('dragoman_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(keyRecord);
}

async function findKey(tables: Kysely<Tables>, hash: string): Promise<KeyRecord | undefined> {
  const row = await tables
    .selectFrom('dragoman_keys')
    .selectAll()
    .where('hash', '=', storedText(hash))
    .executeTakeFirst();
  return row && keyRecord(row);
}
