/**
 * A process that adds records until it is killed, and notes each before in a ledger. Its arguments:
 * directory of the spool, URL of the database or nothing, ledger, first part of the ids.
 */
import { openSync, writeSync } from 'node:fs';
import { nowMs } from '../../../lib/clock.ts';
import { DatabaseUnavailable, openDatabase } from '../../database/index.ts';
import { usageOf } from '../../database/testing/records.ts';
import { createUsageSpool } from '../index.ts';

const [, , directory = '', url = '', ledger = '', prefix = ''] = process.argv;
const nobody = { appendUsage: () => Promise.reject(new DatabaseUnavailable('nobody is there')) };
const database = url === '' ? nobody : await openDatabase(url);
const spool = createUsageSpool({ directory, database, flushMs: 30 });
const file = openSync(ledger, 'a');
let count = 0;

setInterval(() => {
  for (let each = 0; each < 3; each++) {
    count += 1;
    const id = `${prefix}-${count}`;
    writeSync(file, `${id} ${nowMs()}\n`);
    spool.add(usageOf(id, { inputTokens: count }));
  }
}, 1);
