import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedUrl } from './masked-url.ts';

const cases: { readonly [text: string]: string } = {
  'sqlite:state/dragoman.db': 'sqlite:state/dragoman.db',
  'postgres://host/name': 'postgres://host/name',
  'postgres://me@host/name': 'postgres://***@host/name',
  'postgres://me:word@host:5432/name': 'postgres://me:***@host:5432/name',
  'postgresql://host/name?sslmode=require&password=word&user=me':
    'postgresql://host/name?sslmode=require&password=***&user=***',
  'postgres:///name?host=/run/postgresql': 'postgres:///name?host=/run/postgresql',
  'redis://:word@host:6379/1': 'redis://:***@host:6379/1',
  'rediss://token@host': 'rediss://***@host',
  'redis://host#word': 'redis://host',
  'no address with a word': '***',
};

for (const [text, shown] of Object.entries(cases)) {
  test(`${text} is shown as ${shown}`, () => {
    assert.equal(maskedUrl(text), shown);
  });
}
