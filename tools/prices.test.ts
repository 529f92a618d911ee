import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { calcPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import type { Usage } from 'ai-api-converter';
import { costOf } from '../packages/gateway/src/pricing/cost.ts';
import { createPriceList } from '../packages/gateway/src/pricing/price-list.ts';
import { priceTableText } from './prices/price-table-text.ts';
import { sheetsOf } from './prices/sheets.ts';

const committed = new URL('../packages/gateway/src/pricing/prices.json', import.meta.url);

let published: readonly Provider[] = [];

before(async () => {
  published = (await waitForUpdate()) ?? [];
  assert.ok(published.length > 20);
});

test('the committed price table is current: npm run prices', async () => {
  assert.equal(readFileSync(committed, 'utf8'), await priceTableText());
});

test('a model is found where genai-prices finds it, by every name that is spelt out', () => {
  const list = createPriceList();
  let checked = 0;
  for (const [ours, theirs] of [
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['gemini', 'google'],
    ['azure-openai', 'azure'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['https://api.x.ai/v1', 'x-ai'],
    ['https://api.mistral.ai/v1', 'mistral'],
    ['https://api.deepseek.com', 'deepseek'],
  ] as const) {
    const models = published.find(({ id }) => id === theirs)?.models ?? [];
    for (const name of models.flatMap(({ match, id }) => [id, ...wordsOf(match)])) {
      const found = calcPrice({}, name, { providerId: theirs })?.model;
      if (found === undefined) continue;
      assert.deepEqual(list.sheetsOf(ours, name), sheetsOf(found.prices), `${ours}: ${name}`);
      checked += 1;
    }
  }
  assert.ok(checked > 1_000, `${checked} names`);
});

test('a usage costs what genai-prices says, wherever it can be told from the usage', () => {
  let checked = 0;
  for (const provider of published) {
    for (const model of provider.models) {
      const sheets = sheetsOf(model.prices);
      const [sheet] = sheets;
      if (sheet?.rates.output === undefined || sheets.length > 1) continue;
      const alone = { ...provider, models: [{ ...model, match: { contains: '' } }] };
      for (const usage of usages) {
        const theirs = calcPrice(inTheirWords(usage), 'x', { provider: alone })?.total_price ?? -1;
        const ours = costOf(usage, sheet) ?? -1;
        const message = `${provider.id} ${model.id} ${JSON.stringify(usage)}: ${ours}, ${theirs}`;
        assert.ok(Math.abs(ours - theirs * 1_000_000) < 1.001, message);
        checked += 1;
      }
    }
  }
  assert.ok(checked > 5_000, `${checked} costs`);
});

const usages: readonly Usage[] = [
  { fresh: 1, text: 1 },
  { fresh: 123_456, text: 7_890, reasoning: 1_234 },
  { fresh: 1_000, cacheRead: 190_000, text: 10 },
  { fresh: 10, cacheRead: 100_000, cacheWrite: 5_000, cacheWriteLong: 2_000, text: 77 },
  { fresh: 300_000, cacheRead: 300_000, cacheWrite: 5_000, cacheWriteLong: 2_000, text: 10_000 },
  { fresh: 5_000, cacheRead: 1_000, audioInput: 4_000, text: 900, audioOutput: 800, reasoning: 5 },
];

/** Their input holds the cached tokens, their output the reasoning. */
function inTheirWords(usage: Usage): Record<string, number> {
  const { fresh, cacheRead = 0, cacheWrite = 0, cacheWriteLong = 0, text, reasoning = 0 } = usage;
  return {
    input_tokens: fresh + cacheRead + cacheWrite,
    cache_read_tokens: cacheRead,
    cache_audio_read_tokens: 0,
    cache_write_tokens: cacheWrite,
    cache_write_1h_tokens: cacheWriteLong,
    output_tokens: text + reasoning,
    output_reasoning_tokens: reasoning,
    input_audio_tokens: usage.audioInput ?? 0,
    output_audio_tokens: usage.audioOutput ?? 0,
  };
}

/** Every name or part of one in a rule. */
function wordsOf(rule: object): readonly string[] {
  return Object.entries(rule).flatMap(([key, value]) => {
    if (Array.isArray(value)) return value.flatMap(wordsOf);
    return key === 'regex' ? [] : [String(value)];
  });
}
