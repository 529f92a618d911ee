/** What `check` tells of keys, limits and stores. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config/read-config.ts';
import { exampleText } from './config/testing/example.ts';
import { describe } from './describe.ts';
import { readSettings } from './read-settings.ts';

function told(text: string, env: { readonly [name: string]: string } = {}): string {
  const file = readConfig({ text, name: 'dragoman.yaml', env, readSecret: () => 'key-2' });
  return describe(readSettings({ options: {}, env, file }));
}

/** The lines below a title, until the next empty one, with single spaces. */
function section(title: string, text: string): readonly string[] {
  const [, rest = ''] = text.split(`\n${title}`);
  const [block = ''] = rest.split('\n\n');
  return block
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/ +/g, ' '));
}

test('without keys and limits there is none', () => {
  const text = told('');
  assert.deepEqual(section('Keys (auto: as soon as there is a key, everybody needs one)', text), [
    'none here; dragoman keys list tells those of the database',
  ]);
  assert.deepEqual(section('Limits', text), ['none']);
});

test('keys are told with what they may, and their hashes not in full', () => {
  const text = told(exampleText, { OPENAI_KEYS: 'key-1' });
  assert.deepEqual(section('Keys', text), [
    'team-a Zk3abcdefghi... user alice openai-main, azure gpt-* 100000 tokens in 90m, 600 requests in 90m, 8 at a time, $50.25 a month until 2031-01-01T00:00:00Z',
    'an old key of ours 012345678901... all channels all models 5 requests in 1h, $0.000001 in total until 2031-01-01T10:00:00Z',
  ]);
  assert.ok(!text.includes('Zk3abcdefghij'));
});

test('limits are told in the order in which they stand', () => {
  const text = told(`enable_rate_limiting: true\n${exampleText}`, { OPENAI_KEYS: 'key-1' });
  assert.deepEqual(section('Limits', text), [
    'each user 1000 tokens in 1h ENABLE_RATE_LIMITING',
    'each key 1000 tokens in 1h ENABLE_RATE_LIMITING',
    'each user 1000 tokens in 1h limits[0]',
    'each key of team-* 60 requests in 1m, 10 at a time limits[1]',
    'each model of gpt-4* 1000000 tokens in 31d limits[2]',
    'each channel of azure openai-* 3 at a time limits[3]',
    'all together 1000 requests in 1s limits[4]',
  ]);
});

test('passwords of stores and the pepper are not told', () => {
  const text = told('redis_url: redis://:canary@host', {
    DATABASE_URL: 'postgres://me:canary@host/name?sslpassword=canary',
    DRAGOMAN_PEPPER: 'canary canary canary',
  });
  assert.ok(!text.includes('canary'), text);
  assert.match(text, /DATABASE_URL +postgres:\/\/me:\*\*\*@host\/name\?sslpassword=\*\*\* /);
  assert.match(text, /REDIS_URL +redis:\/\/:\*\*\*@host +file/);
  assert.match(text, /DRAGOMAN_PEPPER +set +environment/);
});
