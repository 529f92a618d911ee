/** JSON in and out: depth, kept numbers, and the public test suite where it is at hand. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  countValues,
  endOfString,
  JSON_DEPTH_MAX,
  JsonError,
  JsonTooLarge,
  mayHaveChangedNumbers,
  parseJson,
  stringifyJson,
} from './json.ts';

const suite = join(import.meta.dirname, '../../../../shared/corpora/jsontestsuite');

function repeated(piece: string, count = 1_000): string {
  return Array.from({ length: count }, () => piece).join(',');
}

describe('parseJson', () => {
  it('keeps numbers that a double cannot hold as they were written', () => {
    for (const text of [
      '{"a":12345678901234567890}',
      '{"a":-98765432109876543210,"b":[1,2.5]}',
      '{"a":1e999}',
      '[9007199254740993]',
    ]) {
      assert.equal(stringifyJson(parseJson(text)), text);
    }
  });

  it('reads keys that are written with escapes, whatever was read before', () => {
    // V8 expects the key that followed last, where only one ever did.
    parseJson('{"seen nowhere else":0,"\\\\u":1}');
    for (const numbers of ['exact', 'plain'] as const) {
      const value = parseJson(
        '{"seen nowhere else":0,"\\u57ce\\u5e02" : {"\\u00e4":["\\u00e4:"]}}',
        numbers,
      );
      assert.deepEqual(value, { 'seen nowhere else': 0, 城市: { ä: ['ä:'] } });
    }
    const large = '{"seen nowhere else":0,"\\u57ce\\u5e02":12345678901234567890}';
    assert.match(stringifyJson(parseJson(large)), /"城市":12345678901234567890/);
  });

  it('reads ordinary numbers as numbers', () => {
    assert.deepEqual(parseJson('{"a":1.50,"b":-0.1,"c":1e3,"d":1234567890123456}'), {
      a: 1.5,
      b: -0.1,
      c: 1000,
      d: 1234567890123456,
    });
  });

  it('refuses what is nested deeper than the bound and says so', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    assert.doesNotThrow(() => parseJson(nested(JSON_DEPTH_MAX)));
    assert.throws(() => parseJson(nested(JSON_DEPTH_MAX + 1)), /nested deeper than 128 levels/);
    assert.throws(() => parseJson('{"a":'.repeat(10_000)), JsonError);
  });

  const full: readonly (readonly [what: string, text: string])[] = [
    ['members', `{${repeated('"a":1')}}`],
    ['objects', `[${repeated('{}')}]`],
    ['arrays', `[${repeated('[]')}]`],
    ['elements', `[${repeated('0', 8 * 1_000)}]`],
    ['strings', `[${repeated('""', 8 * 1_000)}]`],
    ['numbers that are kept', `[${repeated('12345678901234567890')}]`],
    ['digits', `[1${'0'.repeat(64 * 1_000)}]`],
    ['characters of keys', `{"${'k'.repeat(64 * 1_000)}":0}`],
    ['white space', `[${' '.repeat(64 * 1_000)}]`],
  ];
  for (const [what, text] of full) {
    it(`refuses more ${what} than are taken, and takes them where more are`, () => {
      assert.throws(() => parseJson(text, 'exact', 999), JsonTooLarge);
      assert.throws(() => parseJson(text, 'exact', 999), /more than 999 values/);
      assert.doesNotThrow(() => parseJson(text, 'exact', 2_100));
      assert.doesNotThrow(() => parseJson(text));
    });
  }

  it('does not count what stands in strings', () => {
    const text = JSON.stringify({ text: '{"a":[1,2,{}],"b":"\\\\"},'.repeat(10_000) });
    assert.equal(stringifyJson(parseJson(text, 'exact', 10)), text);
  });

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify({ a: '['.repeat(1000), b: '\\"{'.repeat(500) });
    assert.equal(stringifyJson(parseJson(text)), text);
  });

  it('leaves prototypes alone', () => {
    const value = parseJson('{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}}}');
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.equal(stringifyJson(value).includes('__proto__'), true);
  });

  it('agrees with JSONTestSuite', {
    skip: existsSync(suite) ? false : `${suite} is absent`,
  }, () => {
    const files = readdirSync(suite).filter((file) => /^[ny]_/.test(file));
    assert.ok(files.length > 50);
    for (const file of files) {
      const bytes = readFileSync(join(suite, file));
      const read = () =>
        parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
      if (file.startsWith('n_')) assert.throws(read, file);
      else assert.doesNotThrow(read, file);
    }
  });
});

describe('mayHaveChangedNumbers', () => {
  const read = (text: string) => mayHaveChangedNumbers(parseJson(text, 'plain'));

  it('finds integers and magnitudes that a double cannot hold, however deep', () => {
    for (const number of ['9007199254740993', '-12345678901234567890', '1e999', '-1e400']) {
      assert.equal(read(`{"a":[{"b":[0,${number}]}]}`), true, number);
    }
  });

  it('is not misled by long fractions, exponents, or digits in strings', () => {
    assert.equal(read('[0.12345678901234567,-1.5e-7,1e3,9007199254740991]'), false);
    assert.equal(read('{"12345678901234567890":"12345678901234567890"}'), false);
  });
});

describe('countValues', () => {
  it('counts members, elements, objects and arrays once each', () => {
    assert.equal(Math.floor(countValues('{"a":1,"b":[2,3,{"c":[]}]}', 100)), 7);
    assert.equal(Math.floor(countValues('"a,b:[c"', 100)), 0);
  });

  it('ends at the bound', () => {
    assert.ok(countValues(`[${repeated('1', 1_000)}]`, 100) > 100);
    assert.ok(countValues(`[${repeated('1', 1_000)}]`, 100) < 102);
  });
});

describe('endOfString', () => {
  it('finds the quote that ends a string, wherever escapes stand', () => {
    const starts = ['', 'a', '"'.repeat(7), '"'.repeat(8), '"'.repeat(9), '\\"'.repeat(20)];
    for (const start of starts.flatMap((one) => [one, one + 'b'.repeat(255), `${one}\n`])) {
      for (const end of ['', '\\', '"', '\\"', '"\\', '\n', '\\\\', '""""']) {
        const literal = JSON.stringify(start + end);
        assert.equal(endOfString(`${literal}, "b"`, 0), literal.length - 1, literal);
      }
    }
  });

  it('takes a string that does not end for one that goes to the end of the text', () => {
    for (const text of [
      '"',
      '"a',
      `"${'a'.repeat(100)}`,
      `"${'\\"'.repeat(100)}`,
      `"${'\\"'.repeat(300)}\\`,
    ]) {
      assert.equal(endOfString(text, 0), text.length);
    }
  });
});
