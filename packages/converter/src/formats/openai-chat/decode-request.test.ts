import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { ChatRequest } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import { openaiChat } from './index.ts';
import { createLedger, decoded, features } from './testing/exchange.ts';

function refusal(body: JsonObject): ConversionError['error'] {
  try {
    decoded(body);
  } catch (cause) {
    if (cause instanceof ConversionError) return cause.error;
    throw cause;
  }
  throw new Error('was not refused');
}

test('a plain request says little', () => {
  assert.deepEqual(decoded({}), {
    model: 'gpt-5',
    stream: false,
    streamUsage: false,
    system: [],
    turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
    sampling: {},
  } satisfies ChatRequest);
});

test('settings find their neutral names', () => {
  const request = decoded({
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 10,
    max_completion_tokens: 20,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    presence_penalty: 1,
    frequency_penalty: -1,
    seed: 7,
    stop: 'END',
    logit_bias: { 50256: -100 },
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    verbosity: 'low',
    user: 'old',
    safety_identifier: 'new',
    prompt_cache_key: 'key',
    service_tier: 'flex',
  });
  const { model: _model, system: _system, turns: _turns, tools: _tools, ...rest } = request;
  assert.deepEqual(rest, {
    stream: true,
    streamUsage: true,
    sampling: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      presencePenalty: 1,
      frequencyPenalty: -1,
      seed: 7,
      stop: ['END'],
      logitBias: { 50256: -100 },
    },
    outputTokensMax: 20,
    candidates: 2,
    logprobs: { top: 3 },
    verbosity: 'low',
    user: 'new',
    cacheKey: 'key',
    serviceTier: 'flex',
  });
});

test('null is absent, and -1 is no limit', () => {
  const plainRequest = decoded({});
  const nulls = {
    temperature: null,
    stop: null,
    max_tokens: null,
    tools: null,
    response_format: null,
    reasoning_effort: null,
    metadata: null,
    logit_bias: null,
  };
  assert.deepEqual(decoded(nulls), plainRequest);
  assert.deepEqual(decoded({ max_tokens: -1, stop: [], n: 1, top_k: -1 }), plainRequest);
});

test('wrong types and impossible values name their place', () => {
  assert.equal(refusal({ temperature: 'hot' }).param, 'temperature');
  assert.equal(refusal({ messages: 'Hi' }).param, 'messages');
  assert.equal(refusal({ messages: [] }).param, 'messages');
  assert.equal(refusal({ messages: ['Hi'] }).param, 'messages[0]');
  assert.equal(refusal({ messages: [{ role: 'robot', content: '' }] }).param, 'messages[0].role');
  assert.equal(refusal({ model: null }).param, 'model');
  assert.equal(refusal({ n: 0 }).param, 'n');
  assert.equal(refusal({ max_tokens: 0 }).param, 'max_tokens');
  assert.equal(refusal({ stop: 3 }).param, 'stop');
  assert.equal(refusal({ tool_choice: 'maybe', tools: [{ name: 'f' }] }).param, 'tool_choice');
});

test('Helicone#5629: a body of the Responses API is told so', () => {
  const body = { model: 'gpt-5', input: 'Hi' };
  const check = /Responses API.*not served on this path/;
  assert.throws(() => openaiChat.client.decodeRequest(body, {}, () => {}), check);
  assert.throws(() => openaiChat.client.checkShape(body), check);
});

test('a body that passes through needs messages and nothing else', () => {
  assert.throws(() => openaiChat.client.checkShape({}), /messages/);
  assert.throws(() => openaiChat.client.checkShape({ messages: [] }), /messages/);
  openaiChat.client.checkShape({ messages: [{ role: 'anything' }] });
});

test('the model of the URL wins', () => {
  const body = { model: 'a', messages: [{ role: 'user', content: 'Hi' }] };
  const request = openaiChat.client.decodeRequest(body, { model: 'b' }, () => {});
  assert.equal(request.model, 'b');
});

test('output that is not text is refused', () => {
  const error = refusal({ modalities: ['text', 'audio'], audio: { voice: 'alloy' } });
  assert.equal(error.param, 'modalities');
  assert.equal(error.code, 'unsupported_parameter');
  assert.deepEqual(decoded({ modalities: ['text'] }), decoded({}));
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };

  test('in every shape', () => {
    const named = { name: 'N', description: 'D', strict: true, schema };
    assert.deepEqual(
      decoded({ response_format: { type: 'json_schema', json_schema: named } }).output,
      { type: 'schema', ...named },
    );
    assert.deepEqual(decoded({ response_format: { type: 'json_object' } }).output, {
      type: 'json',
    });
    assert.deepEqual(decoded({ response_format: { type: 'json_object', schema } }).output, {
      type: 'schema',
      schema,
    });
    assert.equal(decoded({ response_format: { type: 'text' } }).output, undefined);
  });

  test('of an unknown kind is refused', () => {
    assert.equal(refusal({ response_format: { type: 'grammar' } }).param, 'response_format.type');
  });
});

describe('reasoning', () => {
  const cases: readonly (readonly [JsonObject, ChatRequest['reasoning']])[] = [
    [{ reasoning_effort: 'none' }, { mode: 'off' }],
    [{ reasoning_effort: 'xhigh' }, { mode: 'on', effort: 'xhigh' }],
    [{ reasoning_effort: 'default' }, undefined],
    [
      { reasoning: { effort: 'low', exclude: true } },
      { mode: 'on', effort: 'low', visible: false },
    ],
    [{ reasoning: { max_tokens: 2000 } }, { mode: 'on', budget: 2000 }],
    [{ reasoning: { enabled: true } }, { mode: 'on' }],
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, { mode: 'on', budget: 1024 }],
    [{ thinking: { type: 'disabled' } }, { mode: 'off' }],
    [{ thinking: { type: 'adaptive' } }, { mode: 'auto' }],
    [{ enable_thinking: false }, { mode: 'off' }],
    [{ thinking_budget: 0 }, { mode: 'off' }],
    [{ include_reasoning: true }, { mode: 'auto', visible: true }],
    [{}, undefined],
  ];
  for (const [body, due] of cases) {
    test(`as ${JSON.stringify(body)}`, () => assert.deepEqual(decoded(body).reasoning, due));
  }

  test('in an unknown word is reported', () => {
    const ledger = createLedger();
    decoded({ reasoning_effort: 'enormous' }, ledger.report);
    assert.deepEqual(features(ledger), ['reasoning-effort']);
  });
});

test('what has no home is reported, as a hint where it cannot change the answer', () => {
  const ledger = createLedger();
  decoded(
    {
      store: true,
      metadata: { a: 'b' },
      prediction: { type: 'content', content: '' },
      moderation: { model: 'm' },
      prompt_cache_options: { mode: 'implicit' },
      repetition_penalty: 1.1,
      service_tier: 'scale',
      frobnicate: 1,
    },
    ledger.report,
  );
  const told = ledger.losses.map(({ feature, effect }) => `${feature} ${effect}`).toSorted();
  assert.deepEqual(told, [
    'metadata hint',
    'moderation answer',
    'prediction hint',
    'prompt-cache-options hint',
    'repetition-penalty answer',
    'service-tier hint',
    'store hint',
    'unknown-field answer',
  ]);
});

test('what asks for nothing is not lost', () => {
  const ledger = createLedger();
  decoded(
    { store: false, stream: true, stream_options: { include_obfuscation: false } },
    ledger.report,
  );
  assert.deepEqual(ledger.losses, []);
});
