import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestion } from './nearest.ts';

const known = ['base_url', 'api_keys', 'weight', 'id', 'openai-main'];

const meant: { readonly [name: string]: string } = {
  baseUrl: 'base_url',
  'BASE-URL': 'base_url',
  url_base: '',
  apikey: 'api_keys',
  wieght: 'weight',
  wait: '',
  ID: 'id',
  x: '',
  'opnai-mian': 'openai-main',
  '': '',
  ['weight'.repeat(100_000)]: '',
};

for (const [name, found] of Object.entries(meant)) {
  test(`${name.slice(0, 20)} means ${found || 'nothing'}`, () => {
    assert.equal(suggestion(name, known), found === '' ? '' : `; did you mean ${found}?`);
  });
}
