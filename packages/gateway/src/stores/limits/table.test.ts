/** What the table of counters is after a thread was ended, or stood still, while it wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counter } from '../../model/limits.ts';
import { writeDigest } from './digest.ts';
import { attachMemory, createLimitMemory, DIGEST_WORDS } from './layout.ts';
import { addRow, findRow, rebuild, SOUGHT_WORDS } from './table.ts';

function soughtOf(subject: string): Int32Array {
  const sought = new Int32Array(SOUGHT_WORDS);
  writeDigest(sought, 0, subject);
  return sought;
}

test('a counter that two threads added is one again once the table is rebuilt', () => {
  const memory = attachMemory(createLimitMemory(64));
  const counter: Counter = { subject: 'a', shape: 'window', limit: 10, spanMs: 60_000 };
  const [one, other] = [soughtOf('a'), soughtOf('a')];
  for (const sought of [one, other])
    sought[DIGEST_WORDS] = addRow(memory, { sought, place: 0, counter });
  assert.notEqual(findRow(memory, one, 0), findRow(memory, other, 0));
  rebuild(memory);
  assert.equal(findRow(memory, one, 0), findRow(memory, other, 0));
  assert.equal(findRow(memory, soughtOf('a'), 0), findRow(memory, one, 0));
  // The row that was given up is there for another.
  const next = soughtOf('b');
  const row = addRow(memory, { sought: next, place: 0, counter: { ...counter, subject: 'b' } });
  assert.equal(findRow(memory, next, 0), row);
  assert.notEqual(row, findRow(memory, one, 0));
});
