import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cacheMarkFromWire,
  cacheMarkToWire,
  effortFromWire,
  effortToWire,
  finishFromWire,
  finishToWire,
  logprobsFromWire,
  logprobsToWire,
  usageFromWire,
  usageToWire,
} from './mappings.ts';

test('counts are taken apart into buckets that do not overlap, and never below zero', () => {
  const wire = {
    input_tokens: 100,
    input_tokens_details: {
      cached_tokens: 60,
      cache_write_tokens: 30,
      cache_write_tokens_details: { ttl_30m_tokens: 10, ttl_12h_tokens: 20 },
    },
    output_tokens: 50,
    output_tokens_details: { reasoning_tokens: 40 },
  };
  assert.deepEqual(usageFromWire(wire), {
    fresh: 10,
    cacheRead: 60,
    cacheWrite: 30,
    cacheWriteLong: 20,
    text: 10,
    reasoning: 40,
  });
  const odd = { input_tokens: 1, input_tokens_details: { cached_tokens: 5 }, output_tokens: 0 };
  assert.deepEqual(usageFromWire(odd), { fresh: 0, cacheRead: 5, text: 0 });
  assert.deepEqual(usageFromWire({ input_tokens: 1 }), { fresh: 1, text: 0 });
  for (const nothing of [null, undefined, {}, 7]) assert.equal(usageFromWire(nothing), undefined);
});

test('clients get every count', () => {
  assert.deepEqual(usageToWire({ fresh: 1, cacheRead: 2, cacheWrite: 3, text: 4, reasoning: 5 }), {
    input_tokens: 6,
    input_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 5 },
    total_tokens: 15,
  });
  assert.equal(usageToWire({ fresh: 1, text: 1 }).output_tokens_details.reasoning_tokens, 0);
});

test('ends, both ways', () => {
  const completed = { status: 'completed' };
  assert.deepEqual(finishFromWire(completed, false), { reason: 'stop', raw: 'completed' });
  assert.deepEqual(finishFromWire(completed, true), { reason: 'tool-calls', raw: 'completed' });
  for (const reason of ['length', 'content-filter'] as const) {
    const wire = { ...finishToWire(reason) };
    assert.equal(finishFromWire(wire, true).reason, reason);
  }
  assert.deepEqual(finishFromWire({ status: 'incomplete' }, false), {
    reason: 'other',
    raw: 'incomplete',
  });
  assert.equal(finishToWire('tool-calls').status, 'completed');
});

test('efforts, both ways', () => {
  assert.equal(effortFromWire('none'), 'off');
  assert.equal(effortFromWire('max'), 'max');
  assert.equal(effortFromWire('enormous'), undefined);
  assert.equal(effortToWire({ mode: 'off', effort: 'high' }), 'none');
  assert.equal(effortToWire({ mode: 'on', effort: 'xhigh' }), 'xhigh');
});

test('marks of the cache, both ways', () => {
  for (const mark of [undefined, {}, { ttl: 'long' }] as const) {
    const wire = cacheMarkToWire(mark);
    assert.deepEqual(
      cacheMarkFromWire(wire === undefined ? {} : { prompt_cache_breakpoint: { ...wire } }),
      mark,
    );
  }
  const short = { prompt_cache_breakpoint: { mode: 'explicit', ttl: '30m' } };
  assert.deepEqual(cacheMarkFromWire(short), { ttl: 'short' });
});

test('probabilities, both ways', () => {
  const logprobs = [
    { token: 'Hi', logprob: -1, bytes: [72, 105], top: [{ token: 'Yo', logprob: -2, bytes: [1] }] },
  ];
  const wire = logprobsToWire(logprobs).map((entry) => ({ ...entry }));
  assert.deepEqual(logprobsFromWire({ logprobs: JSON.parse(JSON.stringify(wire)) }), logprobs);
  assert.equal(logprobsFromWire({ logprobs: [] }), undefined);
});
