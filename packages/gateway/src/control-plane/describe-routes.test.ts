/** What `check` tells of the way from models to channels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config/read-config.ts';
import { describe } from './describe.ts';
import { readSettings } from './read-settings.ts';

test('channels that serve the same models by themselves share a line, in their order', () => {
  const text = `
channels:
  - { id: a, provider: openai, api_keys: [x], models: ["gpt-*"] }
  - { id: b, provider: anthropic, api_keys: [x], models: ["claude*"] }
  - { id: c, provider: openai, api_keys: [x], models: ["gpt-*"] }
  - { id: d, provider: openai, api_keys: [x], models: ["gpt-*"], enabled: false }
`;
  const file = readConfig({ text, name: 'dragoman.yaml', env: {}, readSecret: () => '' });
  const told = describe(readSettings({ options: {}, env: {}, file }));
  const [, rest = ''] = told.split('Routes (the first match counts)\n');
  const lines = rest.slice(0, rest.indexOf('\n\n')).split('\n');
  assert.deepEqual(
    lines.map((line) => line.trim().split(/ {2,}/)),
    [
      ['gpt-*', 'a, c'],
      ['claude*', 'b'],
      ['any other model', 'refused: no channel serves it'],
    ],
  );
});
