import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FinishReason, Usage } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import { createOffsetCounter } from '../../openai/offsets.ts';
import { finishFromWire, finishToWire, usageFromWire, usageToWire } from './mappings.ts';

describe('usage', () => {
  const cases: readonly (readonly [string, JsonObject, Usage])[] = [
    [
      'of OpenAI, whose counts contain each other',
      {
        prompt_tokens: 4020,
        completion_tokens: 30,
        total_tokens: 4050,
        prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 4000, audio_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 1 },
      },
      {
        fresh: 12,
        cacheRead: 8,
        cacheWrite: 4000,
        text: 10,
        reasoning: 20,
        audioInput: 3,
        audioOutput: 1,
      },
    ],
    [
      'of DeepSeek',
      { prompt_tokens: 875, completion_tokens: 79, prompt_cache_hit_tokens: 800 },
      { fresh: 75, cacheRead: 800, text: 79 },
    ],
    [
      'of Moonshot',
      { prompt_tokens: 20, completion_tokens: 30, cached_tokens: 10 },
      { fresh: 10, cacheRead: 10, text: 30 },
    ],
    [
      'of Mistral',
      { prompt_tokens: 273, completion_tokens: 104, num_cached_tokens: 32 },
      { fresh: 241, cacheRead: 32, text: 104 },
    ],
    [
      'of xAI, which counts reasoning beside the rest',
      {
        prompt_tokens: 307,
        completion_tokens: 26,
        total_tokens: 588,
        completion_tokens_details: { reasoning_tokens: 255 },
      },
      { fresh: 307, text: 26, reasoning: 255 },
    ],
    [
      'that contradicts itself, never below zero',
      { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 5 } },
      { fresh: 0, cacheRead: 5, text: 1 },
    ],
    ['that is half known', { prompt_tokens: 22, completion_tokens: null }, { fresh: 22, text: 0 }],
  ];
  for (const [name, wire, due] of cases) {
    test(name, () => assert.deepEqual(usageFromWire(wire), due));
  }

  test('that says nothing is none', () => {
    assert.equal(usageFromWire(undefined), undefined);
    assert.equal(usageFromWire(null), undefined);
    assert.equal(usageFromWire({ prompt_tokens: null, completion_tokens: null }), undefined);
  });

  test('goes out and comes back', () => {
    const usage = { fresh: 5, cacheRead: 1, cacheWrite: 2, text: 3, reasoning: 4, audioInput: 1 };
    assert.deepEqual(usageFromWire(usageToWire(usage)), usage);
    assert.deepEqual(usageToWire({ fresh: 1, text: 2 }), {
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
    });
  });
});

describe('the finish', () => {
  const read: readonly (readonly [string | undefined, boolean, FinishReason])[] = [
    ['stop', false, 'stop'],
    ['stop', true, 'tool-calls'],
    ['STOP', true, 'tool-calls'],
    ['tool_calls', true, 'tool-calls'],
    ['tool_calls', false, 'stop'],
    ['length', true, 'length'],
    ['MAX_TOKENS', false, 'length'],
    ['model_length', false, 'context-length'],
    ['content_filter', false, 'content-filter'],
    ['eos', false, 'stop'],
    ['quux', false, 'other'],
    [undefined, false, 'stop'],
    [undefined, true, 'tool-calls'],
  ];
  for (const [raw, hasToolCalls, reason] of read) {
    test(`${raw}, ${hasToolCalls ? 'with' : 'without'} calls, is ${reason}`, () => {
      assert.equal(finishFromWire(raw, { hasToolCalls }).reason, reason);
    });
  }

  test('is written in this format’s words', () => {
    const reasons = [
      'stop',
      'stop-sequence',
      'length',
      'context-length',
      'content-filter',
    ] as const;
    assert.deepEqual(
      [...reasons, 'pause', 'other'].map((reason) => finishToWire(reason as FinishReason, false)),
      ['stop', 'stop', 'length', 'length', 'content_filter', 'stop', 'stop'],
    );
    assert.equal(finishToWire('stop', true), 'tool_calls');
    assert.equal(finishToWire('length', true), 'length');
  });
});

test('offsets count characters, also where a text was cut inside one', () => {
  const counter = createOffsetCounter();
  for (const piece of ['a\ud83d', '\ude00b', '😀c']) counter.add(piece);
  assert.equal(counter.units(), 7);
  assert.deepEqual([0, 1, 3, 4, 6, 7].map(counter.charactersAt), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(counter.unitsAt), [0, 1, 3, 4, 6, 7]);
});
