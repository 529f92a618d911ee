import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Understood } from '../read-settings.ts';
import { loadSettings } from './load.ts';

interface Started {
  readonly config?: string;
  readonly env?: { readonly [name: string]: string };
}

/** A working directory with these files in it; `load` starts in it. */
function folderWith(context: TestContext, files: { readonly [path: string]: string | Uint8Array }) {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return {
    folder,
    load: ({ config, env = {} }: Started = {}): Understood =>
      loadSettings({ options: { config }, env, workingDirectory: folder }),
  };
}

test('without a file in the working directory there is none', (context) => {
  const { file, mistakes } = folderWith(context, {}).load();
  assert.deepEqual([file, mistakes], [undefined, []]);
});

test('dragoman.yaml is found, and dragoman.yml when that is not there', (context) => {
  const both = { 'dragoman.yaml': 'attempts: 4', 'dragoman.yml': 'attempts: 5' };
  const first = folderWith(context, both).load();
  assert.deepEqual([first.file, first.settings.attemptsMax], ['dragoman.yaml', 4]);
  const second = folderWith(context, { 'dragoman.yml': 'attempts: 5' }).load();
  assert.deepEqual([second.file, second.settings.attemptsMax], ['dragoman.yml', 5]);
});

test('a file named by an option goes before one named by the environment', (context) => {
  const files = {
    'dragoman.yaml': 'attempts: 4',
    'a/b.yaml': 'attempts: 5',
    'c.yaml': 'attempts: 6',
  };
  const { load, folder } = folderWith(context, files);
  const env = { DRAGOMAN_CONFIG: 'c.yaml' };
  assert.equal(load({ env: { DRAGOMAN_CONFIG: '' } }).settings.attemptsMax, 4);
  assert.equal(load({ env }).settings.attemptsMax, 6);
  assert.equal(load({ env, config: 'a/b.yaml' }).settings.attemptsMax, 5);
  assert.equal(load({ env, config: join(folder, 'a/b.yaml') }).settings.attemptsMax, 5);
});

test('a named file that can not be read is a mistake', (context) => {
  const { load } = folderWith(context, {
    'dragoman.yaml': 'attempts: 4',
    'folder/x': '',
    'latin.yaml': Uint8Array.of(0x61, 0x3a, 0x20, 0xe9),
    'utf16.yaml': Buffer.from('\uFEFFstrict: true', 'utf16le'),
    'large.yaml': '#'.repeat(600_000),
  });
  const reasons = {
    'none.yaml': 'no such file',
    'dragoman.yaml/none.yaml': 'no such file',
    folder: 'it is a folder',
    'latin.yaml': 'it is not UTF-8 text',
    'utf16.yaml': 'it is not UTF-8 text',
    'large.yaml': 'it is larger than 524288 bytes',
    '/dev/zero': 'it is larger than 524288 bytes',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    const { mistakes, file, settings } = load({ config: name });
    assert.deepEqual(mistakes, [`--config: ${name}: can not be read: ${reason}`]);
    assert.deepEqual([file, settings.attemptsMax], [name, 3]);
  }
  assert.deepEqual(load({ env: { DRAGOMAN_CONFIG: 'none.yaml' } }).mistakes, [
    'DRAGOMAN_CONFIG: none.yaml: can not be read: no such file',
  ]);
});

test('a default file that is there and can not be read is a mistake', (context) => {
  const { load, folder } = folderWith(context, {});
  symlinkSync('nowhere', join(folder, 'dragoman.yaml'));
  assert.deepEqual(load().mistakes, ['dragoman.yaml: can not be read: no such file']);
});

test('a byte order mark is no part of the file', (context) => {
  const { load } = folderWith(context, { 'dragoman.yaml': '\uFEFFattempts: 4\r\n' });
  const { settings, mistakes } = load();
  assert.deepEqual([settings.attemptsMax, mistakes], [4, []]);
});

test('files of keys are looked for beside the configuration file', (context) => {
  const { load, folder } = folderWith(context, {
    'etc/dragoman.yaml': [
      'channels:',
      '  - id: a',
      '    provider: openai',
      '    api_keys: ["file:secrets/one", "file:${ETC}/etc/secrets/two"]',
    ].join('\n'),
    'etc/secrets/one': 'key-1\n',
    'etc/secrets/two': 'key-2\n',
  });
  const { settings, mistakes } = load({ config: 'etc/dragoman.yaml', env: { ETC: folder } });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(settings.channels[0]?.apiKeys, ['key-1', 'key-2']);
});

test('a file of keys that can not be read is a mistake with its place', (context) => {
  const { load } = folderWith(context, {
    'dragoman.yaml': [
      'channels:',
      '  - id: a',
      '    provider: openai',
      '    api_keys: ["file:none", "file:large", "file:."]',
    ].join('\n'),
    large: 'canary'.repeat(10_000),
  });
  const { mistakes } = load();
  const says = 'the file of the key can not be read';
  assert.deepEqual(mistakes, [
    `dragoman.yaml:4:16: channels[0].api_keys[0]: ${says}: no such file`,
    `dragoman.yaml:4:29: channels[0].api_keys[1]: ${says}: it is larger than 16384 bytes`,
    `dragoman.yaml:4:43: channels[0].api_keys[2]: ${says}: it is a folder`,
  ]);
});

test('every call reads anew', (context) => {
  const { load, folder } = folderWith(context, {
    'dragoman.yaml': 'channels: [{ id: a, provider: openai, api_keys: ["file:key"] }]',
    key: 'key-1',
  });
  assert.deepEqual(load().settings.channels[0]?.apiKeys, ['key-1']);
  writeFileSync(join(folder, 'key'), 'key-2');
  assert.deepEqual(load().settings.channels[0]?.apiKeys, ['key-2']);
  writeFileSync(join(folder, 'dragoman.yaml'), 'attempts: 9');
  assert.deepEqual([load().settings.channels, load().settings.attemptsMax], [[], 9]);
});
