import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePage } from './parse.ts';
import { type Increase, increases, quantile, type Scrape } from './rates.ts';

const names = new Set(['a', 'b', 'process_start_time_seconds']);
const scrape = (text: string): Scrape => ({ page: parsePage(text, names), takenAtMs: 0 });
const amounts = (before: string, after: string): readonly number[] | undefined =>
  increases(scrape(before), scrape(after))
    .get('a')
    ?.map(({ amount }) => amount);
const bucketsOf = (text: string): readonly Increase[] =>
  increases(scrape(''), scrape(text)).get('b') ?? [];

describe('a counter', () => {
  it('increased by what was counted since, also when it is new or fell', () => {
    assert.deepEqual(amounts('a{x="1",y="2"} 5', 'a{y="2",x="1"} 8\na{x="2"} 3'), [3, 3]);
    assert.deepEqual(amounts('a 5', 'a 2'), [2]);
  });

  it('is all new after a restart, also where it is past its former value', () => {
    const start = 'process_start_time_seconds';
    assert.deepEqual(amounts(`${start} 1\na 5`, `${start} 2\na 9`), [9]);
    assert.deepEqual(amounts(`${start} 1\na 5`, `${start} 1\na 9`), [4]);
  });

  it('that says no number says nothing', () => {
    assert.deepEqual(amounts('a 5', 'a NaN'), [0]);
    assert.deepEqual(amounts('a +Inf', 'a 9'), [9]);
  });
});

describe('a quantile', () => {
  it('is the one that Prometheus finds', () => {
    const buckets = bucketsOf('b{le="2"} 4\nb{le="1"} 2\nb{le="+Inf"} 4');
    assert.equal(quantile(0.5, buckets), 1);
    assert.equal(quantile(0.75, buckets), 1.5);
    assert.equal(quantile(0.95, bucketsOf('b{le="1"} 0\nb{le="+Inf"} 4')), 1);
  });

  it('is taken over all series together', () => {
    const buckets = bucketsOf(
      'b{c="x",le="1"} 1\nb{c="x",le="2"} 1\nb{c="x",le="+Inf"} 1\nb{c="y",le="1"} 0\nb{c="y",le="2"} 1\nb{c="y",le="+Inf"} 1',
    );
    assert.equal(quantile(0.5, buckets), 1);
    assert.equal(quantile(1, buckets), 2);
  });

  it('is unknown where nothing was observed or no bound is known', () => {
    assert.equal(quantile(0.5, []), undefined);
    assert.equal(quantile(0.5, bucketsOf('b{le="1"} 0\nb{le="+Inf"} 0')), undefined);
    assert.equal(quantile(0.5, bucketsOf('b{le="+Inf"} 4')), undefined);
  });
});
