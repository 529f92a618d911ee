/** Lines of a sample stand for all that went well; what did not go well is always told. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ExchangeRecord } from '../model/exchange.ts';
import { createLineSampling } from './line-sampling.ts';
import { exchangeRecord } from './testing/exchange-record.ts';

const well: ExchangeRecord = { ...exchangeRecord, attempts: ['a:200'] };

function standings(share: number, count: number): readonly number[] {
  const sampling = createLineSampling();
  sampling.share(share);
  return Array.from({ length: count }, () => sampling.standsFor(well));
}

test('without a share every exchange has its line', () => {
  const sampling = createLineSampling();
  assert.equal(sampling.standsFor(well), 1);
});

test('a share has its lines evenly, and they stand for all', () => {
  const stands = standings(0.1, 1_000);
  const lines = stands.filter((count) => count > 0);
  assert.ok(lines.length >= 99 && lines.length <= 100);
  assert.ok(lines.every((count) => count >= 9 && count <= 11));
  assert.deepEqual(
    standings(0, 1_000),
    Array.from({ length: 1_000 }, () => 0),
  );
});

test('failures, broken streams and failovers always have a line of their own', () => {
  const sampling = createLineSampling();
  sampling.share(0);
  const { outcome } = well;
  const others: readonly ExchangeRecord[] = [
    { ...well, outcome: { ...outcome, status: 404, cause: 'refused' } },
    { ...well, outcome: { ...outcome, cause: 'upstream-cut' } },
    { ...well, outcome: { ...outcome, status: 499, cause: 'client-gone' } },
    { ...well, attempts: ['a:503', 'b:200'] },
  ];
  for (const record of others) assert.equal(sampling.standsFor(record), 1);
});
