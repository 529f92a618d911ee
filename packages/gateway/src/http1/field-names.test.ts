/** Names of fields: one name for every way to write it, and no more kept than a few. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFieldNames } from './field-names.ts';
import { MalformedHttp } from './malformed.ts';

test('a name is the same in every case, each time it is seen', () => {
  const names = createFieldNames();
  for (const name of ['Content-Type', 'content-type', 'CONTENT-TYPE', 'Content-Type'])
    assert.equal(names.lower(name), 'content-type');
});

test('more names than are kept, and longer ones, are read all the same', () => {
  const names = createFieldNames();
  for (let nth = 0; nth < 2_000; nth += 1) assert.equal(names.lower(`X-${nth}`), `x-${nth}`);
  assert.equal(names.lower('X'.repeat(500)), 'x'.repeat(500));
});

test('what is no name is refused each time', () => {
  const names = createFieldNames();
  for (const name of ['', 'a b', 'a ', ' a', 'a\t', 'a\r\nb', 'a\0', 'caf\xe9', '"a"', 'a/b']) {
    assert.throws(() => names.lower(name), MalformedHttp);
    assert.throws(() => names.lower(name), MalformedHttp);
  }
});
