/** What a client is told of its limits, in its vendor's own header names. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CounterStates } from '../model/limits.ts';
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

/** Of each counter what is used, and when something becomes free. */
function counted(...states: readonly (readonly [used: number, resetMs: number])[]): CounterStates {
  return {
    used: states.map(([used]) => used),
    resetMs: states.map(([, resetMs]) => resetMs),
    retryAfterMs: states.map(() => 0),
  };
}

it('are in the names of OpenAI for its clients, of the tightest limit', () => {
  const demands = [demand('tokens', 1_000), demand('tokens', 500), demand('requests', 60)];
  const states = counted([100, 90_000], [450, 1_500], [70, 90_000]);
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
  const headers = limitHeaders(
    'anthropic-messages',
    [demand('tokens', 1_000)],
    counted([100, 90_000]),
  );
  assert.equal(headers['anthropic-ratelimit-tokens-limit'], '1000');
  assert.equal(headers['anthropic-ratelimit-tokens-remaining'], '900');
  const reset = Date.parse(headers['anthropic-ratelimit-tokens-reset'] ?? '');
  assert.ok(Math.abs(reset - Date.now() - 90_000) < 5_000);
});

it('say nothing where nothing is counted in them', () => {
  const demands = [demand('concurrency', 5), demand('budget', 5)];
  assert.deepEqual(limitHeaders('openai-chat', demands, counted([1, 0], [1, 0])), {});
});
