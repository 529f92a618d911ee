import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { decoded, refusalOf } from './testing/client.ts';
import { createLedger, features } from './testing/upstream.ts';

const schema = { type: 'object', properties: { at: { type: 'string' } } };
const look = { type: 'function', name: 'look', description: 'Looks', parameters: schema };
const neutralLook = { type: 'function', name: 'look', description: 'Looks', schema };

describe('tools', () => {
  test('are functions and custom tools', () => {
    const definition = { syntax: 'lark', definition: 'start: "a"' };
    const tools = [
      { ...look, strict: true },
      { type: 'function', name: 'wait', parameters: null, strict: null },
      { type: 'custom', name: 'patch', format: { type: 'grammar', ...definition } },
      { type: 'custom', name: 'say', format: { type: 'text' } },
      { type: 'function', function: { name: 'hear', parameters: schema } },
    ];
    assert.deepEqual(decoded({ tools }).tools, [
      { ...neutralLook, strict: true },
      { type: 'function', name: 'wait' },
      { type: 'custom', name: 'patch', grammar: definition },
      { type: 'custom', name: 'say' },
      { type: 'function', name: 'hear', schema },
    ]);
  });

  test('search the web', () => {
    const ledger = createLedger();
    const search = {
      type: 'web_search',
      filters: { allowed_domains: ['a.example'] },
      search_context_size: 'high',
      user_location: { type: 'approximate', city: 'Rome', country: null },
      external_web_access: false,
    };
    assert.deepEqual(decoded({ tools: [search] }, ledger.report).tools, [
      {
        type: 'web-search',
        allowedDomains: ['a.example'],
        contextSize: 'high',
        location: { city: 'Rome' },
      },
    ]);
    assert.deepEqual(features(ledger), ['web-search-cached']);
    const preview = [{ type: 'web_search_preview_2025_03_11' }];
    assert.deepEqual(decoded({ tools: preview }).tools, [{ type: 'web-search' }]);
    assert.deepEqual(decoded({ tools: preview, tool_choice: 'none' }).tools, []);
  });

  test('of namespaces have both names in one', () => {
    const ledger = createLedger();
    const namespace = { type: 'namespace', name: 'eyes', description: 'To see', tools: [look] };
    const { tools, clientNotes } = decoded({ tools: [namespace] }, ledger.report);
    assert.deepEqual(tools, [{ ...neutralLook, name: 'eyes__look' }]);
    const forms = { eyes__look: { namespace: 'eyes', name: 'look' } };
    assert.deepEqual(clientNotes?.['callForms'], forms);
    assert.deepEqual(features(ledger), ['namespace-description']);
  });

  test('that are to be searched for are there from the start', () => {
    const ledger = createLedger();
    const tools = [{ ...look, defer_loading: true }, { type: 'tool_search' }];
    assert.deepEqual(decoded({ tools }, ledger.report).tools, [neutralLook]);
    assert.deepEqual(
      ledger.losses.map(({ feature, effect }) => [feature, effect]),
      [
        ['defer-loading', 'hint'],
        ['tool-search', 'hint'],
      ],
    );
  });

  test('may stand among the items, once each', () => {
    const input: readonly JsonObject[] = [
      { role: 'user', content: 'Hi' },
      { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'wait' }] },
      { type: 'tool_search_call', execution: 'server', call_id: null, arguments: {} },
      { type: 'tool_search_output', execution: 'server', call_id: null, tools: [look] },
    ];
    const { tools, turns } = decoded({ input, tools: [look] });
    assert.deepEqual(tools, [neutralLook, { type: 'function', name: 'wait' }]);
    assert.equal(turns.length, 1);
  });

  test('that run at the provider are refused', () => {
    const refused: readonly JsonObject[] = [
      { type: 'file_search', vector_store_ids: ['vs_1'] },
      { type: 'code_interpreter', container: { type: 'auto' } },
      { type: 'image_generation' },
      { type: 'mcp', server_label: 'a', server_url: 'https://a.example' },
      { type: 'computer_use_preview' },
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'brand_new' },
    ];
    for (const tool of refused) {
      const { param, code } = refusalOf({ tools: [look, tool] });
      assert.deepEqual([param, code], ['tools[1]', 'unsupported_parameter']);
    }
  });
});

describe('the choice among tools', () => {
  const tools = [look, { type: 'custom', name: 'patch' }, { type: 'apply_patch' }];
  const cases = [
    ['auto', { mode: 'auto' }],
    ['none', { mode: 'none' }],
    ['required', { mode: 'required' }],
    [
      { type: 'function', name: 'look' },
      { mode: 'required', only: ['look'] },
    ],
    [
      { type: 'custom', name: 'patch' },
      { mode: 'required', only: ['patch'] },
    ],
    [{ type: 'apply_patch' }, { mode: 'required', only: ['apply_patch'] }],
    [
      {
        type: 'allowed_tools',
        mode: 'required',
        tools: [
          { type: 'function', name: 'look' },
          { type: 'custom', name: 'patch' },
        ],
      },
      { mode: 'required', only: ['look', 'patch'] },
    ],
  ] as const;
  for (const [tool_choice, expected] of cases) {
    test(JSON.stringify(tool_choice), () => {
      assert.deepEqual(decoded({ tools, tool_choice }).toolChoice, expected);
    });
  }

  test('leaves out the search unless it is named', () => {
    const withSearch = [...tools, { type: 'web_search' }];
    const only = [{ type: 'function', name: 'look' }];
    const choice = { type: 'allowed_tools', mode: 'auto', tools: only };
    const types = (allowed: JsonObject): readonly string[] =>
      decoded({ tools: withSearch, tool_choice: allowed }).tools.map(({ type }) => type);
    assert.ok(!types(choice).includes('web-search'));
    assert.ok(
      types({ ...choice, tools: [...only, { type: 'web_search' }] }).includes('web-search'),
    );
  });

  test('goes with the number of calls at once', () => {
    const parallel_tool_calls = false;
    const expected = { mode: 'auto', parallel: false };
    assert.deepEqual(decoded({ tools, parallel_tool_calls }).toolChoice, expected);
    assert.equal(decoded({ parallel_tool_calls, tool_choice: 'auto' }).toolChoice, undefined);
  });

  test('cannot be a tool of the provider’s', () => {
    const ledger = createLedger();
    const tool_choice = { type: 'web_search_preview' };
    const request = decoded(
      { tools: [...tools, { type: 'web_search' }], tool_choice },
      ledger.report,
    );
    assert.deepEqual(request.toolChoice, { mode: 'auto' });
    assert.deepEqual(features(ledger), ['tool-choice']);
    const alone = createLedger();
    const only = [{ type: 'web_search' }];
    const forced = decoded({ tools: only, tool_choice: 'required' }, alone.report);
    assert.deepEqual([forced.toolChoice, features(alone)], [undefined, ['tool-choice']]);
    assert.equal(refusalOf({ tools, tool_choice: 'perhaps' }).param, 'tool_choice');
    assert.equal(refusalOf({ tools, tool_choice: {} }).param, 'tool_choice');
  });
});
