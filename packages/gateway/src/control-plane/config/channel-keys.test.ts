import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from './read-config.ts';
import { readConfig } from './read-config.ts';

const canary = 'sk-canary-0123456789';

const env: { readonly [name: string]: string } = {
  KEY: 'key-1',
  KEYS: 'key-1, key-2,,key-1',
  EMPTY: '',
  COMMAS: ' , ',
  FILES: 'file:good,key-9',
  FOLDER: 'good',
  SECRET: canary,
  SPACED: `${canary} ${canary}`,
};

const files: { readonly [path: string]: string } = {
  good: '\n  key-7 \n',
  empty: ' \n',
  two: `${canary}\n${canary}\n`,
  binary: `${canary}\u0000`,
};

function read(text: string): Config {
  return readConfig({
    text,
    name: 'dragoman.yaml',
    env,
    readSecret(path) {
      const found = files[path];
      if (found === undefined) throw new Error('the file of the key can not be read: no such file');
      return found;
    },
  });
}

function channelWith(entries: string): string {
  return `channels:\n  - id: a\n    provider: openai\n    api_keys: ${entries}`;
}

const understood: { readonly [entries: string]: readonly string[] } = {
  '[key-1, "key-2"]': ['key-1', 'key-2'],
  '["${KEY}"]': ['key-1'],
  '["${KEYS}", key-3, key-2]': ['key-1', 'key-2', 'key-3'],
  '["file:good"]': ['key-7'],
  '["file:${FOLDER}", "a${KEY}b"]': ['key-7', 'akey-1b'],
  '["${FILES}"]': ['key-7', 'key-9'],
  '["${UNSET:-key-5}"]': ['key-5'],
  '["a,b"]': ['a,b'],
  '["$${KEY}"]': ['${KEY}'],
};

for (const [entries, keys] of Object.entries(understood)) {
  test(`${entries} are the keys ${keys.join(' and ')}`, () => {
    const config = read(channelWith(entries));
    assert.deepEqual(config.mistakes, []);
    assert.deepEqual(config.channels[0]?.apiKeys, keys);
  });
}

const place = 'dragoman.yaml:4:16: channels[0].api_keys[0]';
const refused: { readonly [entries: string]: string } = {
  '["${UNSET}"]': `${place}: the variable UNSET is not set`,
  '["${EMPTY}"]': `${place}: the key is empty once its variables are filled in`,
  '["${COMMAS}"]': `${place}: the key is empty once its variables are filled in`,
  '[""]': `${place}: the key is empty`,
  '["${SPACED}"]': `${place}: a key is printable ASCII without spaces`,
  '["kéy"]': `${place}: a key is printable ASCII without spaces`,
  '["file:none"]': `${place}: the file of the key can not be read: no such file`,
  '["file:empty"]': `${place}: the file of the key is empty`,
  '["file:two"]': `${place}: a key is printable ASCII without spaces`,
  '["file:binary"]': `${place}: a key is printable ASCII without spaces`,
  '[123456]': `${place}: expected text in quotes`,
  '[{ key: a }]': `${place}: expected a key, got keys and values`,
};

for (const [entries, mistake] of Object.entries(refused)) {
  test(`${entries} are no keys`, () => {
    assert.deepEqual(read(channelWith(entries)).mistakes, [mistake]);
  });
}

test('no mistake shows a secret, wherever it was put', () => {
  const lines = [
    `api_keys: ${canary}`,
    `api_keys: ["${canary} x"]`,
    `api_keys: ["\${UNSET}${canary}"]`,
    `api_keys: { a: ${canary} }`,
    `api_key: ${canary}`,
    `headers: { x-key: "${canary}\\n" }`,
    `headers: { authorization: ${canary} }`,
    `headers: ${canary}`,
    `base_url: https://me:${canary}@host`,
    `base_url: "https://host?key=${canary}"`,
    'weight: ${SECRET}',
    'base_url: ${SECRET}',
    'models: ${SECRET}',
    'timeouts: ${SECRET}',
    'provider: ${SECRET}',
    `api_keys: ["${canary}"`,
    `api_keys: ["\\q${canary}"]`,
    `api_keys: [*${canary}]`,
    `api_keys: [!${canary} x]`,
    `api_keys: "${canary}" ${canary}`,
    `api_keys: ${canary}: ${canary}`,
    `api_keys: @${canary}`,
    `api_keys:\n  ${canary}\n`,
    `%${canary}`,
  ];
  for (const line of lines) {
    const { mistakes } = read(`channels:\n  - id: a\n    ${line}`);
    assert.notDeepEqual(mistakes, [], line);
    assert.ok(!mistakes.join('\n').includes(canary), mistakes.join('\n'));
  }
});

test('no mistake shows what a variable holds in settings and routes', () => {
  const { mistakes } = read(
    [
      'proxy_port: ${SECRET}',
      'log_level: ${SECRET}',
      'strict: x${SECRET}',
      'aliases: ${SECRET}',
      'routes:',
      '  - models: ["${SPACED}"]',
      '    channels: ["${SECRET}"]',
      '    rewrite: { openai: "${SPACED}" }',
    ].join('\n'),
  );
  assert.equal(mistakes.length, 7);
  assert.ok(!mistakes.join('\n').includes(canary), mistakes.join('\n'));
  assert.equal(
    mistakes[0],
    'dragoman.yaml:1:1: proxy_port: expected a whole number from 0 to 65535, got "${SECRET}"',
  );
});
