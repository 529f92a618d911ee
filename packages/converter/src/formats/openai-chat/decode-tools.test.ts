import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tool, ToolChoice } from '../../ir/request.ts';
import type { JsonValue } from '../../json.ts';
import { createLedger, decoded, features } from './testing/exchange.ts';

const parameters = { type: 'object', properties: { at: { type: 'string' } } };

function toolOf(tool: JsonValue): Tool | undefined {
  return decoded({ tools: [tool] }).tools[0];
}

describe('a tool', () => {
  const cases: readonly (readonly [string, JsonValue, Tool])[] = [
    [
      'as a function',
      {
        type: 'function',
        function: { name: 'look', description: 'Looks', parameters, strict: true },
      },
      { type: 'function', name: 'look', description: 'Looks', schema: parameters, strict: true },
    ],
    [
      'without its type, as Mistral takes it',
      { function: { name: 'look', parameters } },
      { type: 'function', name: 'look', schema: parameters },
    ],
    [
      "in Anthropic's shape, which Cursor posts here",
      { name: 'look', description: 'Looks', input_schema: parameters },
      { type: 'function', name: 'look', description: 'Looks', schema: parameters },
    ],
    [
      'in the shape of the Responses API',
      { type: 'function', name: 'look', parameters },
      { type: 'function', name: 'look', schema: parameters },
    ],
    [
      'with a cache mark, as OpenRouter takes it',
      { type: 'function', function: { name: 'look' }, cache_control: { type: 'ephemeral' } },
      { type: 'function', name: 'look', cache: {} },
    ],
    [
      'of free text',
      { type: 'custom', custom: { name: 'run', description: 'Runs', format: { type: 'text' } } },
      { type: 'custom', name: 'run', description: 'Runs' },
    ],
    [
      'of text bound by a grammar',
      {
        type: 'custom',
        custom: {
          name: 'run',
          format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } },
        },
      },
      { type: 'custom', name: 'run', grammar: { syntax: 'lark', definition: 'start: "x"' } },
    ],
    [
      'for searching, as OpenRouter has it',
      {
        type: 'openrouter:web_search',
        parameters: { max_uses: 2, allowed_domains: ['a.org'], search_context_size: 'low' },
      },
      { type: 'web-search', maxUses: 2, allowedDomains: ['a.org'], contextSize: 'low' },
    ],
  ];
  for (const [name, tool, due] of cases) test(name, () => assert.deepEqual(toolOf(tool), due));

  test('that only one provider runs is refused', () => {
    assert.throws(() => toolOf({ type: 'openrouter:advisor' }), /runs at one provider only/);
  });

  test('that is defined twice counts as it was defined last', () => {
    const ledger = createLedger();
    const tools = [
      { name: 'look', description: 'first' },
      { name: 'look', description: 'second' },
    ];
    const [tool, ...others] = decoded({ tools }, ledger.report).tools;
    assert.deepEqual(tool, { type: 'function', name: 'look', description: 'second' });
    assert.deepEqual(others, []);
    assert.deepEqual(features(ledger), ['duplicate-tool']);
  });
});

test('search options are a tool', () => {
  const approximate = { city: 'Paris', country: 'FR' };
  const options = {
    search_context_size: 'high',
    user_location: { type: 'approximate', approximate },
  };
  assert.deepEqual(decoded({ web_search_options: options }).tools, [
    { type: 'web-search', contextSize: 'high', location: approximate },
  ]);
  assert.deepEqual(decoded({ web_search_options: {} }).tools, [{ type: 'web-search' }]);
});

describe('the choice among tools', () => {
  const allowed = (mode: string): JsonValue => ({
    type: 'allowed_tools',
    allowed_tools: {
      mode,
      tools: [
        { type: 'function', function: { name: 'a' } },
        { type: 'custom', custom: { name: 'b' } },
      ],
    },
  });
  const cases: readonly (readonly [JsonValue, ToolChoice])[] = [
    ['auto', { mode: 'auto' }],
    ['none', { mode: 'none' }],
    ['required', { mode: 'required' }],
    ['any', { mode: 'required' }],
    [
      { type: 'function', function: { name: 'a' } },
      { mode: 'required', only: ['a'] },
    ],
    [{ function: { name: 'a' } }, { mode: 'required', only: ['a'] }],
    [
      { type: 'custom', custom: { name: 'b' } },
      { mode: 'required', only: ['b'] },
    ],
    [allowed('auto'), { mode: 'auto', only: ['a', 'b'] }],
    [allowed('required'), { mode: 'required', only: ['a', 'b'] }],
    [
      { type: 'tool', name: 'a' },
      { mode: 'required', only: ['a'] },
    ],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { mode: 'required', parallel: false },
    ],
  ];
  for (const [choice, due] of cases) {
    test(`as ${JSON.stringify(choice)}`, () => {
      const tools = [{ name: 'a' }, { type: 'custom', custom: { name: 'b' } }];
      assert.deepEqual(decoded({ tools, tool_choice: choice }).toolChoice, due);
    });
  }

  test('may be serial alone', () => {
    const request = decoded({ tools: [{ name: 'a' }], parallel_tool_calls: false });
    assert.deepEqual(request.toolChoice, { mode: 'auto', parallel: false });
  });

  test('llm-rosetta#87: goes when there are no tools', () => {
    const request = decoded({ tools: [], tool_choice: 'auto', parallel_tool_calls: true });
    assert.deepEqual(request.tools, []);
    assert.equal(request.toolChoice, undefined);
  });
});

test('deprecated functions are tools, called one at a time, and remembered', () => {
  const request = decoded({
    functions: [{ name: 'look', parameters }],
    function_call: { name: 'look' },
  });
  assert.deepEqual(request.tools, [{ type: 'function', name: 'look', schema: parameters }]);
  assert.deepEqual(request.toolChoice, { mode: 'required', only: ['look'], parallel: false });
  assert.deepEqual(request.clientNotes, { legacyFunctions: true });
});
