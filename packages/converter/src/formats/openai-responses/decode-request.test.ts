import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatRequest } from '../../ir/request.ts';
import { checkShape, decodeRequest } from './decode-request.ts';
import { echoOf } from './response-object.ts';
import { answered, decoded, refusalOf } from './testing/client.ts';
import { createLedger, features } from './testing/upstream.ts';

test('a plain request says little', () => {
  const body = { model: 'gpt-5', input: 'Hi' };
  assert.deepEqual(decoded({}), {
    model: 'gpt-5',
    stream: false,
    streamUsage: true,
    system: [],
    turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
    sampling: {},
    clientNotes: { echo: echoOf(body), store: true },
  } satisfies ChatRequest);
});

test('what is null is not there', () => {
  const names = ['instructions', 'reasoning', 'text', 'tools', 'tool_choice', 'store', 'metadata'];
  const more = ['previous_response_id', 'conversation', 'prompt', 'include', 'max_output_tokens'];
  const ledger = createLedger();
  const nulls = Object.fromEntries([...names, ...more].map((name) => [name, null]));
  const { clientNotes: _, ...request } = decoded(nulls, ledger.report);
  const { clientNotes: __, ...plain } = decoded({});
  assert.deepEqual(request, plain);
  assert.deepEqual(ledger.losses, []);
});

test('settings find their neutral names', () => {
  const ledger = createLedger();
  const {
    clientNotes: _,
    turns: __,
    ...request
  } = decoded(
    {
      stream: true,
      stream_options: { include_obfuscation: false },
      instructions: 'Be brief',
      max_output_tokens: 20,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      presence_penalty: 1,
      frequency_penalty: 2,
      top_logprobs: 3,
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
      reasoning: { effort: 'xhigh', summary: 'detailed' },
      text: { format: { type: 'text' }, verbosity: 'low' },
      user: 'old',
      safety_identifier: 'new',
      prompt_cache_key: 'key',
      service_tier: 'priority',
      store: false,
    },
    ledger.report,
  );
  assert.deepEqual(request, {
    model: 'gpt-5',
    stream: true,
    streamUsage: true,
    system: [{ text: 'Be brief', role: 'system' }],
    tools: [],
    reasoning: { mode: 'on', effort: 'xhigh', visible: true },
    sampling: { temperature: 0.5, topP: 0.9, topK: 40, presencePenalty: 1, frequencyPenalty: 2 },
    outputTokensMax: 20,
    logprobs: { top: 3 },
    verbosity: 'low',
    user: 'new',
    cacheKey: 'key',
    serviceTier: 'priority',
  });
  assert.deepEqual(ledger.losses, []);
});

test('-1 is no limit and 0 is none that could be met', () => {
  assert.equal(decoded({ max_output_tokens: -1 }).outputTokensMax, undefined);
  assert.equal(refusalOf({ max_output_tokens: 0 }).param, 'max_output_tokens');
});

test('what the answer repeats is what the client asked for', () => {
  const asked = { instructions: 'Be', metadata: { a: 'b' }, temperature: 0.5, max_tool_calls: 3 };
  const response = answered([], decoded(asked));
  for (const [name, value] of Object.entries(asked)) assert.deepEqual(response[name], value);
  assert.equal(response['store'], false);
  assert.equal(decoded({ store: false }).clientNotes?.['store'], false);
});

describe('reasoning', () => {
  const cases = [
    [{ effort: 'none' }, { mode: 'off' }],
    [{ effort: 'high' }, { mode: 'on', effort: 'high', visible: false }],
    [
      { effort: 'low', summary: null },
      { mode: 'on', effort: 'low', visible: false },
    ],
    [{ summary: 'auto' }, { mode: 'auto', visible: true }],
    [{ generate_summary: 'concise' }, { mode: 'auto', visible: true }],
    [{ effort: null, summary: null }, undefined],
    [{ max_tokens: 2000 }, { mode: 'on', budget: 2000, visible: false }],
  ] as const;
  for (const [reasoning, expected] of cases) {
    test(JSON.stringify(reasoning), () => {
      assert.deepEqual(decoded({ reasoning }).reasoning, expected);
    });
  }

  test('words that nobody knows are told', () => {
    const ledger = createLedger();
    decoded({ reasoning: { effort: 'huge', mode: 'pro', context: 'all_turns' } }, ledger.report);
    assert.deepEqual(
      ledger.losses.map(({ path, effect }) => [path, effect]),
      [
        ['reasoning.mode', 'answer'],
        ['reasoning.context', 'hint'],
        ['reasoning.effort', 'answer'],
      ],
    );
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: {} };

  test('has its fields at the top, or one level deeper as in Chat Completions', () => {
    const named = { name: 'out', schema, strict: true, description: 'd' };
    const expected = { type: 'schema', ...named };
    const flat = { type: 'json_schema', ...named };
    assert.deepEqual(decoded({ text: { format: flat } }).output, expected);
    const deep = { type: 'json_schema', json_schema: named };
    assert.deepEqual(decoded({ text: { format: deep } }).output, expected);
  });

  test('without a schema is any JSON', () => {
    assert.deepEqual(decoded({ text: { format: { type: 'json_object' } } }).output, {
      type: 'json',
    });
    assert.equal(refusalOf({ text: { format: { type: 'xml' } } }).param, 'text.format.type');
  });

  test('and effort are those of the last update', () => {
    const input = [
      { role: 'user', content: 'Hi' },
      { type: 'configuration_update', reasoning: { effort: 'high' } },
      {
        type: 'configuration_update',
        reasoning: { effort: 'low' },
        text: { format: { type: 'json_schema', name: 'out', schema } },
      },
    ];
    const request = decoded({ input, reasoning: { effort: 'medium', summary: 'auto' } });
    assert.deepEqual(request.reasoning, { mode: 'on', effort: 'low', visible: true });
    assert.equal(request.output?.type, 'schema');
  });
});

describe('what has no neutral home', () => {
  test('is told, by whether the answer may differ', () => {
    const ledger = createLedger();
    const lost = {
      metadata: { a: 'b' },
      truncation: 'auto',
      max_tool_calls: 1,
      moderation: {},
      seed: 1,
      include: ['web_search_call.action.sources'],
      service_tier: 'scale',
    };
    decoded(lost, ledger.report);
    assert.deepEqual(
      ledger.losses.map(({ path, effect, reason }) => [path, effect, reason]),
      [
        ['service_tier', 'hint', 'unsupported'],
        ['metadata', 'hint', 'unsupported'],
        ['truncation', 'hint', 'unsupported'],
        ['max_tool_calls', 'hint', 'unsupported'],
        ['moderation', 'answer', 'unsupported'],
        ['seed', 'answer', 'unknown'],
        ['include[0]', 'hint', 'unsupported'],
      ],
    );
    const quiet = createLedger();
    decoded({ truncation: 'disabled', metadata: {}, background: false }, quiet.report);
    assert.deepEqual(features(quiet), []);
  });

  test('is refused where the provider keeps it', () => {
    const kept = {
      previous_response_id: 'resp_1',
      conversation: 'conv_1',
      prompt: { id: 'pmpt_1' },
      background: true,
    };
    for (const [name, value] of Object.entries(kept)) {
      const { param, code, status } = refusalOf({ [name]: value });
      assert.deepEqual([param, code, status], [name, 'unsupported_parameter', 400]);
    }
  });
});

describe('a body that no server of this format takes', () => {
  test('is refused before it passes through', () => {
    const broken = [{}, { input: 3 }, { messages: [{ role: 'user', content: 'Hi' }] }];
    for (const body of broken) assert.throws(() => checkShape({ model: 'a', ...body }));
    const good = [{ input: '' }, { input: [] }, { previous_response_id: 'resp_1' }];
    for (const body of good) checkShape({ model: 'a', ...body });
  });

  test('is told which path it belongs on', () => {
    const body = { model: 'a', messages: [{ role: 'user', content: 'Hi' }] };
    assert.throws(() => decodeRequest(body, {}, () => {}), /Chat Completions/);
    assert.throws(() => decodeRequest({ input: 'Hi' }, {}, () => {}), /model/);
  });
});
