import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { fromJSONSchema } from 'zod';
import { settingTable } from '../setting-table.ts';
import { jsonSchemaText } from './json-schema.ts';
import { exampleText } from './testing/example.ts';

const committed = new URL('../../../dragoman.schema.json', import.meta.url);

function fits(text: string): boolean {
  return fromJSONSchema(JSON.parse(jsonSchemaText())).safeParse(parse(text)).success;
}

test('the committed schema is current: npm run schema', () => {
  assert.equal(readFileSync(committed, 'utf8'), jsonSchemaText());
});

test('an editor accepts the example', () => {
  assert.ok(fits(exampleText.replace('strict: yes', 'strict: true')));
});

const accepted = [
  'proxy_port: ${PORT}',
  'aliases: { a: b }',
  'channels: [{ id: a, provider: gemini, weight: "${WEIGHT:-2}" }]',
  'routes: [{ models: ["*"], channels: [openai], rewrite: { "*": gpt-4o } }]',
  'database_url: sqlite:dragoman.db',
  'database_url: postgres://user:word@host/name',
  'redis_url: rediss://host:6379/1',
  'limits: [{ by: user, tokens: "${TOKENS}", window: "${WINDOW:-60m}" }]',
];

for (const text of accepted) {
  test(`an editor accepts ${text}`, () => assert.ok(fits(text)));
}

const marked = [
  'colour: red',
  'proxy_port: 99999',
  'strict: perhaps',
  'aliases: { a: 1 }',
  'openai_api_key: key',
  'channels: []',
  'channels: [{ id: a }]',
  'channels: [{ id: "a b", provider: openai }]',
  'channels: [{ id: a, provider: opnai }]',
  'channels: [{ id: a, provider: openai, weight: 0 }]',
  'channels: [{ id: a, provider: openai, base_url: api.openai.com }]',
  'channels: [{ id: a, provider: openai, api_keys: key }]',
  'channels: [{ id: a, provider: openai, timeouts: { idle: 1 } }]',
  'channels: [{ id: a, provider: openai, headers: { "a b": c } }]',
  'routes: [{ models: ["*"] }]',
  'routes: [{ models: ["*"], channels: [a], strategy: any }]',
  'auth: perhaps',
  'dragoman_pepper: 0123456789abcdef',
  'database_url: mysql://host/name',
  'redis_url: localhost:6379',
  'redis_failure: ignore',
  'keys: []',
  'keys: [{ name: a, hash: short }]',
  'limits: [{ by: user, window: 60 }]',
  'limits: [{ by: tenant, tokens: 1 }]',
  'limits: [{ by: user, tokens: 0 }]',
  'limits: [{ by: user, match: gpt-4 }]',
  'prices: [{ models: [x], input: -1, output: 1 }]',
];

for (const text of marked) {
  test(`an editor marks ${text}`, () => assert.ok(!fits(text)));
}

test('an editor describes every setting', () => {
  const { properties }: { properties: Record<string, { description?: string }> } = JSON.parse(
    jsonSchemaText(),
  );
  for (const { key, help } of settingTable) {
    if (key !== undefined) assert.equal(properties[key]?.description, help);
  }
  for (const list of ['channels', 'routes', 'keys', 'limits', 'prices'])
    assert.ok(properties[list]?.description, list);
});
