/** Names of the price list: few, whatever models are called. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createListedNames } from './listed-names.ts';

const cases: readonly (readonly [model: string, name: string | undefined])[] = [
  ['gpt-4o', 'gpt-4o'],
  ['openai/gpt-4o', 'openai/gpt-4o'],
  ['openai/o3-2025-04-16', 'openai/o3'],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5'],
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['claude-4.5-haiku', 'claude-haiku-4-5'],
  ['models/gemini-2.5-flash', 'gemini-2.5-flash'],
  ['junk', undefined],
  ['', undefined],
  [`gpt-4o${'x'.repeat(300)}`, undefined],
];

for (const [model, name] of cases) {
  test(`${model.slice(0, 40) || 'nothing'} is known as ${name ?? 'nothing'}`, () => {
    assert.equal(createListedNames()(model), name);
  });
}
