/** Usage, appended and summed up. */
import type { Kysely } from 'kysely';
import type { Database, UsageQuery, UsageSum } from '../../model/records.ts';
import type { Connected } from './dialect.ts';
import { originalInteger, type StoredInteger, storedInteger } from './numbers.ts';
import type { Tables } from './tables.ts';
import { usageRow, usageText } from './usage-rows.ts';

type UsageQueries = Pick<Database, 'appendUsage' | 'sumUsage'>;

export function usageQueries({ tables, dialect, ask }: Connected): UsageQueries {
  return {
    async appendUsage(records) {
      if (records.length === 0) return;
      const rows = records.map(usageRow);
      await ask(() =>
        tables.transaction().execute((transaction) => dialect.insertUsage(transaction, rows)),
      );
    },
    sumUsage: (query) => ask(() => sumUsage(tables, query)),
  };
}

/** From `sinceMs` up to but not including `untilMs`. */
async function sumUsage(tables: Kysely<Tables>, query: UsageQuery): Promise<UsageSum> {
  const { keyId, user, sinceMs, untilMs } = query;
  const row = await tables
    .selectFrom('dragoman_usage')
    .select(({ fn }) => [
      fn.countAll<StoredInteger>().as('requests'),
      fn.sum<StoredInteger | null>('input_tokens').as('input'),
      fn.sum<StoredInteger | null>('output_tokens').as('output'),
      fn.sum<StoredInteger | null>('cost_micro_usd').as('cost'),
    ])
    .where('at', '>=', storedInteger(sinceMs))
    .where('at', '<', storedInteger(untilMs))
    .$if(keyId !== undefined, (some) => some.where('key_id', '=', usageText(keyId)))
    .$if(user !== undefined, (some) => some.where('user_name', '=', usageText(user)))
    .executeTakeFirstOrThrow();
  return {
    requests: originalInteger(row.requests),
    inputTokens: originalInteger(row.input ?? 0),
    outputTokens: originalInteger(row.output ?? 0),
    costMicroUsd: originalInteger(row.cost ?? 0),
  };
}
