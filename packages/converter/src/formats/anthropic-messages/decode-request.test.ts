import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { ReasoningRequest } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import { checkShape } from './decode-request.ts';
import { body, createLedger, decoded } from './testing/exchange.ts';

function refused(wire: JsonObject): string | undefined {
  try {
    decoded(wire);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConversionError);
    assert.equal(error.error.status, 400);
    return error.error.param;
  }
}

/** As Claude Code sends it, shortened. */
const claudeCode: JsonObject = {
  model: 'claude-sonnet-4-5[1m]',
  max_tokens: 32_000,
  temperature: 1,
  stream: true,
  system: [
    {
      type: 'text',
      text: 'x-anthropic-billing-header: cc_version=2.1.37.abc; cc_entrypoint=cli; cch=1a2b3;',
    },
    { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: 'Be terse.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>x</system-reminder>' },
        { type: 'text', text: 'Read it', cache_control: { type: 'ephemeral' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'EqQB' },
        { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { path: 'a.png' } },
        { type: 'tool_use', id: 'toolu_2', name: 'ToolSearch', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [
            {
              type: 'image',
              source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
            },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' },
            },
          ],
          cache_control: { type: 'ephemeral' },
        },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          is_error: true,
          content: [
            { type: 'tool_reference', tool_name: 'WebFetch' },
            { type: 'tool_reference', tool_name: 'Grep' },
          ],
        },
      ],
    },
    { role: 'system', content: 'The user opened a file.' },
  ],
  tools: [
    {
      name: 'Read',
      description: 'Reads',
      input_schema: { type: 'object', properties: { path: { type: 'string' } } },
      eager_input_streaming: true,
      input_examples: [{ path: 'a' }],
    },
    { name: 'ToolSearch', input_schema: { type: 'object', properties: {} }, defer_loading: true },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'adaptive' },
  output_config: { effort: 'high' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  betas: ['claude-code-20250219'],
  metadata: {
    user_id: 'user_0123456789abcdef_account_11111111-2222_session_33333333-4444-5555',
  },
};

test('Claude Code’s own request converts, and everything left out is a mere hint', () => {
  const ledger = createLedger();
  const request = decoded(claudeCode, ledger.report);
  assert.deepEqual(ledger.told(), [
    'context-management at context_management: hint',
    'betas at betas: hint',
    'eager-input-streaming at tools[0].eager_input_streaming: hint',
    'input-examples at tools[0].input_examples: hint',
    'defer-loading at tools[1].defer_loading: hint',
    'attribution at system[0]: hint',
  ]);
  assert.equal(request.model, 'claude-sonnet-4-5[1m]');
  assert.equal(request.stream, true);
  assert.equal(request.outputTokensMax, 32_000);
  assert.deepEqual(request.sampling, { temperature: 1 });
  assert.deepEqual(request.reasoning, { mode: 'auto', effort: 'high' });
  assert.deepEqual(request.toolChoice, { mode: 'auto', parallel: false });
  assert.deepEqual(request.system, [
    { text: 'You are Claude Code.', role: 'system', cache: {} },
    { text: 'Be terse.', role: 'system', cache: { ttl: 'long' } },
  ]);
  assert.deepEqual(
    request.turns.map(({ role }) => role),
    ['user', 'assistant', 'user', 'system'],
  );
  assert.deepEqual(request.turns[2]?.parts, [
    {
      type: 'tool-result',
      callId: 'toolu_1',
      isError: false,
      content: [
        {
          type: 'media',
          media: 'image',
          mimeType: 'image/png',
          source: { type: 'base64', data: 'iVBORw0KGgo=' },
        },
        {
          type: 'media',
          media: 'document',
          mimeType: 'application/pdf',
          source: { type: 'base64', data: 'JVBERi0x' },
        },
      ],
      cache: {},
    },
    {
      type: 'tool-result',
      callId: 'toolu_2',
      isError: true,
      content: [{ type: 'text', text: 'WebFetch, Grep' }],
    },
  ]);
});

test('the person behind a composite id stays the same from session to session', () => {
  const of = (id: string) => decoded(body({ metadata: { user_id: id } }));
  const one = of('user_0123_account_11_session_33');
  const other = of('user_0123_account_11_session_44');
  assert.equal(one.user, other.user);
  assert.notEqual(one.cacheKey, other.cacheKey);
  for (const text of [one.user, one.cacheKey]) assert.ok(text !== undefined && text.length <= 64);
  const json = (session: string) =>
    of(JSON.stringify({ device_id: 'd'.repeat(64), account_uuid: '', session_id: session }));
  assert.equal(json('a').user, json('b').user);
  assert.notEqual(json('a').cacheKey, json('b').cacheKey);
  const plain = of('user-123');
  assert.deepEqual([plain.user, plain.cacheKey], ['user-123', undefined]);
  assert.match(of('u'.repeat(200)).user ?? '', /^user_[a-z0-9]{28}$/);
});

test('an attribution line above other text goes alone', () => {
  const text = 'x-anthropic-billing-header: cch=1;\n\nBe kind.';
  assert.deepEqual(decoded(body({ system: text })).system, [{ text: 'Be kind.', role: 'system' }]);
  const second = [
    { type: 'text', text: 'A' },
    { type: 'text', text },
  ];
  assert.equal(decoded(body({ system: second })).system[1]?.text, text);
});

test('each way to ask for thinking is understood', () => {
  const of = (thinking: JsonObject, config?: JsonObject): ReasoningRequest | undefined =>
    decoded(body({ thinking, ...(config && { output_config: config }) })).reasoning;
  const budget = of({ type: 'enabled', budget_tokens: 2048, display: 'omitted' });
  assert.deepEqual(budget, { mode: 'on', visible: false, budget: 2048 });
  assert.deepEqual(of({ type: 'disabled' }), { mode: 'off', visible: false });
  assert.deepEqual(of({ type: 'adaptive', display: 'summarized' }), {
    mode: 'auto',
    visible: true,
  });
  assert.deepEqual(of({ type: 'adaptive' }, { effort: 'max' }), { mode: 'auto', effort: 'max' });
  assert.deepEqual(of({ type: 'adaptive', display: 'omitted' }), { mode: 'on', visible: false });
  assert.deepEqual(of({ type: 'auto' }), { mode: 'auto' });
  assert.deepEqual(decoded(body({ output_config: { effort: 'low' } })).reasoning, {
    mode: 'auto',
    visible: false,
    effort: 'low',
  });
  assert.deepEqual(decoded(body()).reasoning, { mode: 'auto', visible: false });
  const ledger = createLedger();
  const between = decoded(body({ thinking: { type: 'between_tools' } }), ledger.report);
  assert.deepEqual(between.reasoning, { mode: 'auto' });
  assert.deepEqual(ledger.told(), ['thinking-between-tools at thinking.type: answer']);
});

test('structured output is read from its present and from its former place', () => {
  const format = { type: 'json_schema', schema: { type: 'object' } };
  const output = { type: 'schema', schema: { type: 'object' } };
  assert.deepEqual(decoded(body({ output_config: { format } })).output, output);
  assert.deepEqual(decoded(body({ output_format: format })).output, output);
  assert.equal(refused(body({ output_format: { type: 'xml' } })), 'output_format.type');
});

test('tool choices keep their meaning, and vanish with the tools', () => {
  const tools = [{ name: 'a', input_schema: { type: 'object' } }];
  const of = (choice: JsonObject) => decoded(body({ tools, tool_choice: choice })).toolChoice;
  assert.deepEqual(of({ type: 'any' }), { mode: 'required' });
  assert.deepEqual(of({ type: 'tool', name: 'a' }), { mode: 'required', only: ['a'] });
  assert.deepEqual(of({ type: 'none' }), { mode: 'none' });
  assert.equal(decoded(body({ tools: [], tool_choice: { type: 'any' } })).toolChoice, undefined);
  assert.equal(refused(body({ tools, tool_choice: { type: 'x' } })), 'tool_choice.type');
});

test('web search of any version is web search', () => {
  for (const type of ['web_search_20250305', 'web_search_20991231']) {
    const search = {
      type,
      name: 'web_search',
      max_uses: 3,
      blocked_domains: ['a.com'],
      user_location: { type: 'approximate', city: 'Bern' },
    };
    assert.deepEqual(decoded(body({ tools: [search] })).tools, [
      { type: 'web-search', maxUses: 3, blockedDomains: ['a.com'], location: { city: 'Bern' } },
    ]);
    const ledger = createLedger();
    const choice = { type: 'tool', name: 'web_search' };
    const forced = decoded(body({ tools: [search], tool_choice: choice }), ledger.report);
    assert.deepEqual(forced.toolChoice, { mode: 'auto' });
    assert.deepEqual(ledger.told(), ['tool-choice at tool_choice: answer']);
  }
});

test('a search among tools is not needed where all are offered', () => {
  const ledger = createLedger();
  const tools = [{ type: 'tool_search_tool_bm25_20251119', name: 'tool_search_tool_bm25' }];
  assert.deepEqual(decoded(body({ tools }), ledger.report).tools, []);
  assert.deepEqual(ledger.told(), ['tool-search at tools[0]: hint']);
});

test('envoy#2467: tools that only exist at Anthropic are refused, not dropped', () => {
  const types = [
    'bash_20250124',
    'text_editor_20250728',
    'memory_20250818',
    'computer_toolset_20260801',
    'browser_toolset_20260801',
    'web_fetch_20260318',
    'code_execution_20260521',
    'advisor_20260301',
    'mcp_toolset',
    'something_new',
  ];
  for (const type of types) {
    assert.equal(refused(body({ tools: [{ type, name: 'x' }] })), 'tools[0]', type);
  }
});

test('state at Anthropic is refused where there is any', () => {
  assert.equal(refused(body({ container: 'c_1' })), 'container');
  assert.equal(refused(body({ mcp_servers: [{ url: 'https://a' }] })), 'mcp_servers');
  assert.equal(refused(body({ thread: { type: 'create' } })), 'thread');
  assert.equal(refused(body({ mcp_servers: [], container: null })), undefined);
  assert.equal(refused(body({ max_tokens: 0 })), 'max_tokens');
});

test('malformed bodies are refused with the place of the fault', () => {
  assert.equal(refused(body({ messages: [] })), 'messages');
  assert.equal(refused({ messages: [] }), 'model');
  assert.equal(refused(body({ messages: 'Hi' })), 'messages');
  assert.equal(refused(body({ messages: [{ role: 'bot', content: '' }] })), 'messages[0].role');
  assert.equal(refused(body({ messages: [{ role: 'user' }] })), 'messages[0].content');
  assert.equal(refused(body({ model: 7 })), 'model');
  assert.equal(refused(body({ max_tokens: -1 })), 'max_tokens');
  assert.equal(refused(body({ temperature: 'hot' })), 'temperature');
  assert.throws(() => checkShape({ model: 'm' }), ConversionError);
});

test('fields that nobody knows are reported, nulls and transport are not', () => {
  const ledger = createLedger();
  const wire = body({
    brand_new: 1,
    inference_geo: 'eu',
    cache_control: { type: 'ephemeral' },
    anthropic_version: 'vertex-2023-10-16',
    stream: false,
    top_k: null,
    speed: 'fast',
  });
  const request = decoded(wire, ledger.report);
  assert.deepEqual(ledger.told(), [
    'brand-new at brand_new: answer',
    'inference-geo at inference_geo: answer',
    'cache-mark at cache_control: hint',
  ]);
  assert.equal(request.serviceTier, 'fast');
});
