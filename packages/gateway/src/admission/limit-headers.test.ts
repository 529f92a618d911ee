/** What a client is told of its limits, in its vendor's own header names. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CounterState } from '../model/limits.ts';
import { limitHeaders } from './limit-headers.ts';
import type { Demand, Unit } from './rules.ts';

function demand(unit: Unit, limit: number): Demand {
  return {
    unit,
    by: 'user',
    subject: `s:${unit}:${limit}`,
    shape: 'window',
    limit,
    spanMs: 60_000,
    period: undefined,
  };
}

function state(used: number, resetMs = 90_000): CounterState {
  return { used, resetMs, retryAfterMs: 0 };
}

it('are in the names of OpenAI for its clients, of the tightest limit', () => {
  const demands = [demand('tokens', 1_000), demand('tokens', 500), demand('requests', 60)];
  const states = [state(100), state(450, 1_500), state(70)];
  assert.deepEqual(limitHeaders('openai-chat', demands, states), {
    'x-ratelimit-limit-tokens': '500',
    'x-ratelimit-remaining-tokens': '50',
    'x-ratelimit-reset-tokens': '2s',
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1m30s',
  });
});

it('are in the names of Anthropic for its clients, with moments', () => {
  const headers = limitHeaders('anthropic-messages', [demand('tokens', 1_000)], [state(100)]);
  assert.equal(headers['anthropic-ratelimit-tokens-limit'], '1000');
  assert.equal(headers['anthropic-ratelimit-tokens-remaining'], '900');
  const reset = Date.parse(headers['anthropic-ratelimit-tokens-reset'] ?? '');
  assert.ok(Math.abs(reset - Date.now() - 90_000) < 5_000);
});

it('say nothing where nothing is counted in them', () => {
  const demands = [demand('concurrency', 5), demand('budget', 5)];
  assert.deepEqual(limitHeaders('openai-chat', demands, [state(1), state(1)]), {});
});
