/** JSON in and out: depth, kept numbers, and the public test suite where it is at hand. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { JSON_DEPTH_MAX, JsonError, parseJson, stringifyJson } from './json.ts';

const suite = join(import.meta.dirname, '../../../../shared/corpora/jsontestsuite');

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
