import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Page, parsePage, parseValue } from './parse.ts';

const names = new Set(['a', 'up', 'h_bucket']);
const samplesOf = ({ samples }: Page): unknown[] =>
  Array.from(samples.values(), ({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ]);

describe('a page in the Prometheus text format', () => {
  it('is read with quotes, backslashes, line ends, commas and braces in label values', () => {
    const page = parsePage(
      '# HELP a b\na{m="x\\"y\\\\n\\nz",k="},{",} 3 1700000000\nup 1\r\na{ k = "" } 4\n',
      names,
    );
    assert.equal(page.unreadableLines, 0);
    assert.deepEqual(samplesOf(page), [
      ['a', { m: 'x"y\\n\nz', k: '},{' }, 3],
      ['up', {}, 1],
      ['a', { k: '' }, 4],
    ]);
  });

  it('may have buckets for infinity, and values that are no number', () => {
    assert.deepEqual(samplesOf(parsePage('h_bucket{le="+Inf"} 4', names)), [
      ['h_bucket', { le: '+Inf' }, 4],
    ]);
    assert.equal(parseValue('+Inf'), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(parseValue('NaN')));
    assert.equal(parseValue('1e-3'), 0.001);
  });

  it('loses lines that are not of the format, and they are counted', () => {
    for (const line of ['<html>', 'a{b="c} 1', 'a 0x10', 'a{b=c} 1', 'a1', 'a{b="c"x} 1', 'a']) {
      assert.deepEqual(parsePage(line, names), { samples: new Map(), unreadableLines: 1 }, line);
    }
  });

  it('costs little however long its lines are', () => {
    const long = 100_000;
    const page = ['a'.repeat(long), `a{${'""'.repeat(long)}`, `a{b="${'\\'.repeat(long)}"} 1`];
    assert.equal(parsePage(page.join('\n'), names).unreadableLines, 3);
  });

  it('is kept as far as somebody asks for it, a series once', () => {
    const page = parsePage('b 1\na{x="1",y="2"} 1\na{y="2",x="1"} 2', names);
    assert.deepEqual(samplesOf(page), [['a', { y: '2', x: '1' }, 2]]);
    assert.equal(page.unreadableLines, 0);
  });
});
