import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesFor, capabilitiesOf } from './capabilities.ts';

const messages = (model: string) => capabilitiesOf('anthropic-messages', model);
const chat = (model: string) => capabilitiesOf('openai-chat', model);
const gemini = (model: string) => capabilitiesOf('gemini', model);

test('the longest matching prefix decides, and a version that goes on is another model', () => {
  assert.deepEqual(messages('claude-sonnet-5-5-20261001').reasoning.off, 'no');
  assert.deepEqual(messages('claude-sonnet-5-20260301').reasoning.off, 'yes');
  assert.equal(messages('claude-opus-4-1-20250805').outputTokensMax, 32_000);
  assert.equal(messages('claude-opus-4-20250514').output.schema, 'none');
  assert.equal(messages('claude-3-7-sonnet-latest').outputTokensMax, 64_000);
  assert.equal(messages('claude-3-opus-20240229').outputTokensMax, 4096);
  assert.deepEqual(chat('gpt-5.1-2025-11-13').reasoning.byDefault, false);
  assert.equal(chat('gpt-5-2025-08-07').reasoning.byDefault, true);
  assert.equal(chat('gpt-4o-mini').outputTokensMax, 16_384);
  assert.equal(chat('gpt-4-0613').outputTokensMax, 8192);
  assert.equal(gemini('gemini-2.5-flash-lite').reasoning.byDefault, false);
  assert.equal(gemini('models/gemini-2.5-pro').reasoning.budget?.max, 32_768);
});

test('names are read through what routers and clouds put around them', () => {
  const expected = messages('claude-sonnet-4-5');
  for (const model of [
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'anthropic/claude-sonnet-4.5',
    'claude-sonnet-4-5@20250929',
    'claude-sonnet-4-5[1m]',
    'Claude-Sonnet-4-5',
  ]) {
    assert.deepEqual(messages(model), expected, model);
  }
  assert.deepEqual(chat('openai/gpt-5'), chat('gpt-5'));
  assert.deepEqual(chat('ft:gpt-4o:acme::1'), chat('gpt-4o'));
});

test('unknown models of a family behave like its newest', () => {
  assert.deepEqual(messages('claude-sonnet-6'), messages('claude-opus-5-5'));
  assert.deepEqual(messages('claude-sonnet-5-6'), messages('claude-opus-5-5'));
  assert.deepEqual(chat('gpt-7.2'), chat('gpt-6'));
  assert.deepEqual(gemini('gemini-5-ultra'), gemini('gemini-3-flash'));
});

test('models of other vendors are taken for imitations that refuse little', () => {
  const { toolsMax, rejects, reasoning } = chat('mistral-large');
  assert.deepEqual([toolsMax, rejects, reasoning.off], [undefined, [], 'unknown']);
  assert.equal(messages('kimi-k2').output.schema, 'none');
  assert.equal(messages('kimi-k2').outputTokensDefault, 8192);
  assert.deepEqual(capabilitiesOf('some-format', 'some-model'), chat('some-model'));
});

test('a whole line of models may share one row', () => {
  assert.equal(chat('z-ai/glm-4.6').reasoningHistory, 'echoed');
  assert.equal(chat('deepseek-v3.2').output.schema, 'none');
  assert.equal(gemini('gemma-3-27b-it').systemPlace, 'user');
  assert.equal(messages('claude-instant-1.2').outputTokensMax, 4096);
});

test('configured capabilities win over the tables', () => {
  const target = { format: 'gemini', model: 'gemini-3-flash', capabilities: { stopMax: 1 } };
  const { stopMax, outputTokensMax } = capabilitiesFor(target);
  assert.deepEqual([stopMax, outputTokensMax], [1, 65_536]);
});
