import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './read-config.ts';

/** Far above what any of these takes, and far below what a search that explodes takes. */
const patienceMs = 60_000;

function mistakesOf(text: string): readonly string[] {
  const started = performance.now();
  const { mistakes } = readConfig({ text, name: 'x.yaml', env: {}, readSecret: () => 'key' });
  assert.ok(performance.now() - started < patienceMs, 'it took too long');
  return mistakes;
}

function laughs(open: string, close: string): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 20; level += 1) {
    const aliases = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    lines.push(`a${level}: &a${level} ${open}${aliases}${close}`);
  }
  return lines.join('\n');
}

const tooDeep = /this is nested too deeply/;
const tooLarge = /this is too large with its aliases filled in/;

const refused: { readonly [name: string]: readonly [text: string, says: RegExp] } = {
  'a billion laughs in lists': [laughs('[', ']'), tooLarge],
  'a billion laughs in maps': [
    Array.from(
      { length: 20 },
      (_none, level) =>
        `m${level}: &m${level} { ${level === 0 ? 'k: 1' : 'abcdefgh'.replace(/./g, (key) => `${key}: *m${level - 1}, `)} }`,
    ).join('\n'),
    tooLarge,
  ],
  'a billion laughs in merges': [
    Array.from(
      { length: 20 },
      (_none, level) =>
        `m${level}: &m${level} { ${level === 0 ? 'k: 1' : `<<: [${Array.from({ length: 9 }, () => `*m${level - 1}`).join(', ')}]`} }`,
    ).join('\n'),
    tooLarge,
  ],
  'a list in itself': ['channels: &a [*a]', tooDeep],
  'a map in itself': ['channels: &a { b: *a, c: *a }', tooDeep],
  'a map that merges itself': ['channels: &a { <<: *a }', tooDeep],
  'lists of 10000 levels': [`channels: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, tooDeep],
  'dashes of 10000 levels': [`${'- '.repeat(10_000)}x`, tooDeep],
  'maps of 10000 levels, never closed': ['{ a: '.repeat(10_000), tooDeep],
  'question marks': ['? '.repeat(10_000), tooDeep],
  'a hundred thousand keys': [
    Array.from({ length: 100_000 }, (_none, index) => `k${index}: 1`).join('\n'),
    tooLarge,
  ],
  'a hundred thousand aliases': [`b: &b 1\nc: [${'*b,'.repeat(100_000)}]`, tooLarge],
  'twenty thousand unknown keys': [
    Array.from({ length: 20_000 }, (_none, index) => `k${index}: 1`).join('\n'),
    /and 19950 more/,
  ],
  'brackets without an end': ['}'.repeat(50_000), /this is not expected here/],
  'a long anchor': [`strict: &${'a'.repeat(500_000)} maybe`, /expected true or false/],
  'a long tag': ['!'.repeat(500_000), /the tag is not known/],
  'half a megabyte of one value': [`log_level: ${'x'.repeat(500_000)}`, /got "x{60}\.\.\."/],
  'half a megabyte of one key': [
    `${'x'.repeat(500_000)}: 1`,
    /something is missing|key is too long/,
  ],
  'half a megabyte of variables': [`log_level: "${'${'.repeat(250_000)}"`, /expected \$\{NAME\}/],
  'prototype keys': [
    '__proto__: { strict: true }\nchannels:\n  - { id: a, provider: openai, __proto__: { weight: 9 }, constructor: 1, headers: { __proto__: x } }',
    /1:1: this can not be a key[^]*2?3:\d+: channels\[0\]: this can not be a key[^]*constructor: the key is not known/,
  ],
  'a binary file': ['\u0000\u0001\u0002ELF', /expected keys and values|not expected here/],
  'JSON with an error': ['{"strict": true,,}', /x\.yaml:1:17: /],
};

for (const [name, [text, says]] of Object.entries(refused)) {
  test(`${name}: refused quickly`, () => {
    const mistakes = mistakesOf(text);
    assert.match(mistakes.join('\n'), says);
    assert.ok(mistakes.length <= 51);
    assert.ok(mistakes.join('\n').length < 10_000, 'what it says is short');
  });
}

const read: { readonly [name: string]: string } = {
  'half a megabyte of comments': '# x\n'.repeat(125_000),
  'half a megabyte of empty lines': '\n'.repeat(500_000),
  'JSON, which is YAML': '{"strict": true, "channels": [{"id": "a", "provider": "openai"}]}',
  'a file with a byte order mark and CRLF': '\uFEFFstrict: true\r\nattempts: 3\r\n',
};

for (const [name, text] of Object.entries(read)) {
  test(`${name}: read quickly`, () => {
    assert.deepEqual(mistakesOf(text), []);
  });
}

test('nothing of a file reaches the prototype of objects', () => {
  mistakesOf('__proto__: { polluted: true }\naliases: { __proto__: { polluted: true } }');
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});
