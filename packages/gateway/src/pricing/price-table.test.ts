import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Usage } from 'ai-api-converter';
import type { PriceSettings } from '../model/settings.ts';
import { createPriceTable } from './price-table.ts';

const autumn2026 = Date.parse('2026-11-25T12:00:00Z');
const list = createPriceTable([], () => autumn2026);

interface Bill {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  /** As a person adds it up: tokens by the price of a million of them. */
  readonly sum: number;
}

const bills: readonly Bill[] = [
  {
    name: 'embeddings, which generate nothing, of OpenAI',
    provider: 'openai',
    model: 'text-embedding-3-small',
    usage: { fresh: 1_000, text: 0 },
    sum: 1_000 * 0.02,
  },
  {
    name: 'embeddings of Google',
    provider: 'gemini',
    model: 'gemini-embedding-001',
    usage: { fresh: 1_000, text: 0 },
    sum: 1_000 * 0.15,
  },
  {
    name: 'cached tokens at their own price, reasoning at that of the output',
    provider: 'openai',
    model: 'gpt-5',
    usage: { fresh: 1_000, cacheRead: 5_000, text: 300, reasoning: 700 },
    sum: 1_000 * 1.25 + 5_000 * 0.125 + 1_000 * 10,
  },
  {
    name: 'cache writes of minutes and of hours apart',
    provider: 'anthropic',
    model: 'claude-opus-5-5',
    usage: { fresh: 100, cacheRead: 50_000, cacheWrite: 3_000, cacheWriteLong: 1_000, text: 500 },
    sum: 100 * 4 + 50_000 * 0.2 + 2_000 * 5 + 1_000 * 8 + 500 * 20,
  },
  {
    name: 'an input up to the bound of the tier',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { fresh: 1_000, cacheRead: 199_000, text: 100 },
    sum: 1_000 * 3 + 199_000 * 0.3 + 100 * 15,
  },
  {
    name: 'everything dearer above it, cached input counted in',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { fresh: 1_000, cacheRead: 199_000, cacheWrite: 1_000, text: 100 },
    sum: 1_000 * 6 + 199_000 * 0.6 + 1_000 * 7.5 + 100 * 22.5,
  },
  {
    name: 'long contexts of Gemini with a cache (litellm#14849 charged the cached tokens twice)',
    provider: 'gemini',
    model: 'gemini-2.5-pro',
    usage: { fresh: 262_960 - 257_955, cacheRead: 257_955, text: 1_744 },
    sum: 5_005 * 2.5 + 257_955 * 0.25 + 1_744 * 15,
  },
  {
    name: 'audio of the input at its own price',
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    usage: { fresh: 2_000, audioInput: 1_500, text: 100 },
    sum: 500 * 0.3 + 1_500 * 1 + 100 * 2.5,
  },
  {
    name: 'audio that can only have come from the cache at the price of cached audio',
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    usage: { fresh: 1_000, cacheRead: 1_000, audioInput: 1_500, text: 0 },
    sum: 1_000 * 1 + 500 * 0.1 + 500 * 0.03,
  },
  {
    name: 'spoken output at its own price',
    provider: 'openai',
    model: 'gpt-audio',
    usage: { fresh: 10, text: 100, audioOutput: 80 },
    sum: 10 * 2.5 + 20 * 10 + 80 * 64,
  },
  {
    name: 'cached tokens of a model without a price for them as any input',
    provider: 'openai',
    model: 'gpt-4-turbo',
    usage: { fresh: 10, cacheRead: 90, text: 10 },
    sum: 100 * 10 + 10 * 30,
  },
  {
    name: 'models of OpenAI on Azure',
    provider: 'azure-openai',
    model: 'gpt-5-mini',
    usage: { fresh: 1_000, text: 1_000 },
    sum: 1_000 * 0.25 + 1_000 * 2,
  },
  {
    name: 'a fee for each request beside the tokens',
    provider: 'https://api.perplexity.ai',
    model: 'sonar',
    usage: { fresh: 1_000, text: 1_000 },
    sum: 1_000 * 1 + 1_000 * 1 + 12_000,
  },
];

for (const { name, provider, model, usage, sum } of bills) {
  test(`costs ${name}`, () => {
    assert.equal(list.costMicroUsd(provider, model, usage), Math.ceil(Number(sum.toFixed(6))));
  });
}

// Small enough for the first tier of every model.
const hundredThousand: Usage = { fresh: 100_000, text: 0 };

const names: readonly (readonly [provider: string, model: string, price: number])[] = [
  ['openai', 'gpt-4o', 2.5],
  ['openai', 'GPT-4o', 2.5],
  ['openai', 'openai/gpt-4o', 2.5],
  ['openai', 'gpt-4o-2024-08-06', 2.5],
  ['openai', 'gpt-4o-2024-05-13', 5],
  ['openai', 'gpt-4o-2031-01-31', 2.5],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme::b7Xq', 0.3],
  ['anthropic', 'claude-3-5-haiku-20241022', 0.8],
  ['anthropic', 'claude-haiku-4-5@20251001', 1],
  ['anthropic', 'anthropic/claude-opus-5', 5],
  ['anthropic', 'claude-opus-5-20991231', 5],
  ['gemini', 'models/gemini-2.5-flash', 0.3],
  ['gemini', 'google/gemini-2.5-flash', 0.3],
  ['gemini', 'publishers/google/models/gemini-2.5-flash', 0.3],
  ['azure-openai', 'gpt-35-turbo', 0.5],
  ['https://openrouter.ai/api/v1', 'mistralai/mistral-large', 2],
  ['https://api.groq.com/openai/v1', 'llama-3.1-8b-instant', 0.05],
];

for (const [provider, model, price] of names) {
  test(`knows ${model} of ${provider}`, () => {
    assert.equal(list.costMicroUsd(provider, model, hundredThousand), price * 100_000);
  });
}

const unknown: readonly (readonly [provider: string, model: string])[] = [
  ['openai', 'gpt-99'],
  ['openai', ''],
  ['openai', 'anthropic/claude-opus-5'],
  ['openai', 'ft:gpt-4.1-2025-04-14:acme::b7Xq'],
  ['openai', 'gpt-image-1'],
  ['gemini', 'gemini-2.5-flash-image'],
  ['gemini', 'tunedModels/gemini-2.5-flash-mine'],
  ['azure-openai', 'our-deployment'],
  ['openai-compatible', 'gpt-4o'],
  ['openai-compatible', 'deepseek-chat'],
  ['http://localhost:11434/v1', 'deepseek-r1:8b'],
  ['nobody', 'gpt-4o'],
  ['anthropic', `claude-opus-5.0${'x'.repeat(10_000)}`],
];

for (const [provider, model] of unknown) {
  test(`has no price for ${model.slice(0, 40) || 'no name'} of ${provider}`, () => {
    assert.equal(list.costMicroUsd(provider, model, { fresh: 10, text: 10 }), undefined);
  });
}

test('has no price for output of a model that sells none', () => {
  const embedding = 'text-embedding-3-small';
  assert.equal(list.costMicroUsd('openai', embedding, { fresh: 1_000, text: 0 }), 20);
  assert.equal(list.costMicroUsd('openai', embedding, { fresh: 1_000, text: 1 }), undefined);
});

test('rounds up to whole millionths, and only what is more than the noise of doubles', () => {
  const table = createPriceTable([prices({ input: 0.28, output: 0 })]);
  assert.equal(table.costMicroUsd('openai', 'a', { fresh: 1, text: 0 }), 1);
  assert.equal(table.costMicroUsd('openai', 'a', { fresh: 0, text: 0 }), 0);
  assert.equal(table.costMicroUsd('openai', 'a', { fresh: 100, text: 0 }), 28);
  assert.equal(table.costMicroUsd('openai', 'a', { fresh: 101, text: 0 }), 29);
});

test('counts no bucket twice: the exchange of litellm#14849 costs $0.1849, not $0.7642', () => {
  const table = createPriceTable([prices({ input: 1.25, output: 10, cacheRead: 0.625 })]);
  const usage = { fresh: 262_960 - 257_955, cacheRead: 257_955, text: 1_744 };
  assert.equal(table.costMicroUsd('gemini', 'gemini-2.5-pro', usage), 184_919);
});

test('prices of the operator go first, for every provider', () => {
  const table = createPriceTable([
    prices({ models: ['claude-*', 'gpt-4o'], input: 1, output: 2 }),
    prices({ models: ['*-opus-5'], input: 100, output: 200 }),
    prices({ models: ['llama*'], input: 0, output: 0 }),
  ]);
  const usage = { fresh: 10, text: 10 };
  assert.equal(table.costMicroUsd('anthropic', 'claude-opus-5', usage), 30);
  assert.equal(table.costMicroUsd('openai-compatible', 'gpt-4o', usage), 30);
  assert.equal(table.costMicroUsd('openai', 'gpt-4o-mini', usage), 10 * 0.15 + 10 * 0.6 + 0.5);
  assert.equal(table.costMicroUsd('openai-compatible', 'llama3:8b', usage), 0);
});

test('cached tokens cost as any input where the operator says nothing of them', () => {
  const usage = { fresh: 1, cacheRead: 10, cacheWrite: 100, cacheWriteLong: 50, text: 0 };
  const silent = createPriceTable([prices({ input: 2, output: 0 })]);
  assert.equal(silent.costMicroUsd('openai', 'a', usage), 222);
  const explicit = createPriceTable([
    prices({ input: 2, output: 0, cacheRead: 0.5, cacheWrite: 3 }),
  ]);
  assert.equal(explicit.costMicroUsd('openai', 'a', usage), 2 + 5 + 300);
});

test('a price that is announced holds from its day on', () => {
  const lastDay = createPriceTable([], () => Date.parse('2026-12-31T23:59:59Z'));
  const firstDay = createPriceTable([], () => Date.parse('2027-01-01T00:00:00Z'));
  const usage = { fresh: 1_000, text: 0 };
  assert.equal(lastDay.costMicroUsd('gemini', 'gemini-3.6-flash', usage), 750);
  assert.equal(firstDay.costMicroUsd('gemini', 'gemini-3.6-flash', usage), 1_500);
});

test('a price of some hours holds in those hours, whenever the model was first seen', () => {
  let now = Date.parse('2026-11-25T00:00:00Z');
  const table = createPriceTable([], () => now);
  function priceAt(time: string): number | undefined {
    now = Date.parse(`2026-11-25T${time}Z`);
    const usage = { fresh: 1_000, text: 0 };
    return table.costMicroUsd('https://api.deepseek.com', 'deepseek-v4-flash', usage);
  }
  assert.equal(priceAt('00:59:59'), 220);
  assert.equal(priceAt('01:00:00'), 440);
  assert.equal(priceAt('03:59:59'), 440);
  assert.equal(priceAt('04:00:00'), 220);
  assert.equal(priceAt('06:00:00'), 440);
  assert.equal(priceAt('10:00:00'), 220);
});

test('knows the same prices after thousands of names that clients made up', () => {
  const usage = { fresh: 1_000, text: 0 };
  for (let round = 0; round < 3_000; round += 1) {
    assert.equal(list.costMicroUsd('openai', `gpt-4o-made-up-${round}`, usage), undefined);
  }
  assert.equal(list.costMicroUsd('openai', 'gpt-4o', usage), 2_500);
});

test('counts that are no counts cost nothing that could be shown', () => {
  const usage = { fresh: Number.POSITIVE_INFINITY, text: 0 };
  assert.equal(list.costMicroUsd('openai', 'gpt-4o', usage), undefined);
  assert.equal(list.costMicroUsd('openai', 'gpt-4o', { fresh: -5, text: 0 }), undefined);
  const tooLong = { fresh: 0, cacheWrite: 10, cacheWriteLong: 99, text: 0 };
  assert.equal(list.costMicroUsd('anthropic', 'claude-opus-5', tooLong), 100);
});

function prices(given: Partial<PriceSettings>): PriceSettings {
  return {
    models: ['*'],
    input: 0,
    output: 0,
    cacheRead: undefined,
    cacheWrite: undefined,
    ...given,
  };
}

test('a model whose tokens cost by what they are of has no price until it is given one', () => {
  const model = 'gemini-embedding-2';
  const usage = { fresh: 1_000, text: 0 };
  assert.equal(list.costMicroUsd('gemini', model, usage), undefined);
  const prices = { models: [model], input: 0.2, output: 0 };
  const own = { ...prices, cacheRead: undefined, cacheWrite: undefined };
  assert.equal(createPriceTable([own]).costMicroUsd('gemini', model, usage), 200);
});
