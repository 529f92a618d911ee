/** Texts that break what does not bind its values, cuts at bytes, or trusts that a text is a text. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const corpus = join(import.meta.dirname, '../../../../../../../shared/corpora/blns.json');

/** The big list of naughty strings where it is at hand, and our own. */
export function hostileTexts(): readonly string[] {
  const listed: readonly string[] = existsSync(corpus)
    ? JSON.parse(readFileSync(corpus, 'utf8'))
    : [];
  return [...new Set([...listed, ...sqlFragments, ...oddTexts])];
}

const sqlFragments: readonly string[] = [
  "' OR '1'='1",
  "'; drop table dragoman_keys; --",
  '"; drop table dragoman_usage; --',
  "') on conflict do update set hash = '",
  "\\'; select pg_sleep(10); --",
  '$1',
  '?',
  ':name',
  '@name',
  '$$ select 1 $$',
  "E'\\x41'",
  '/* */ union all select * from dragoman_keys',
  '%',
  '_%',
  'a\u0000b',
  '{"id":"x"}',
  '[1,2]',
  'null',
  '{"a","b"}',
];

const oddTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\u0000\u0000',
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  '\\u0000',
  '\\\u0000',
  '\\\\u0000',
  '\\ud800\ud800',
  '\\u005cu0000',
  '\\',
  '\\u',
  '\\uzzzz',
  '\ufeffmark',
  '\ufffe\uffff',
  '\u2028\u2029',
  '𝕊𝕠 𝕗𝕒𝕣 🐉',
  'line\nline\r\nline\ttab',
  '\u001b[31m',
  'é',
  'é'.normalize('NFD'),
];
