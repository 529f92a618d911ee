import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../errors.ts';
import type { JsonSchema, Tool } from '../ir/request.ts';
import {
  adaptFor,
  assistant,
  call,
  claude45,
  gemini3,
  gemini25,
  gpt4o,
  look,
  result,
  user,
} from './testing/fixtures.ts';
import { fitNames } from './tool-names.ts';

const chatNames = { charactersMax: 64, marks: '_-', wordStart: false };

function toolWith(schema: JsonSchema | undefined): Tool {
  return { type: 'function', name: 'look', ...(schema !== undefined && { schema }) };
}

function schemaFor(target: typeof gpt4o, schema: JsonSchema | undefined) {
  const { request, restoration } = adaptFor(target, { tools: [toolWith(schema)] });
  const [tool] = request.tools;
  return {
    schema: tool?.type === 'function' ? tool.schema : undefined,
    wrapped: restoration.wrappedTools.has('look'),
  };
}

test('names that fit stay, others become fitting ones, each its own', () => {
  const names = ['ok-name', 'a.b', 'a:b', 'a b', `x${'y'.repeat(64)}`, 'größe', ''];
  const fitted = fitNames(names, chatNames);
  assert.equal(fitted.has('ok-name'), false);
  const values = [...fitted.values()];
  assert.equal(new Set(values).size, names.length - 1);
  for (const value of values) assert.match(value, /^[a-zA-Z0-9_-]{1,64}$/);
  assert.deepEqual(fitNames(['a.b'], chatNames).get('a.b'), fitted.get('a.b'));
});

test('Gemini allows dots and colons but no digit at the start', () => {
  const grammar = { charactersMax: 128, marks: '_.:-', wordStart: true };
  const fitted = fitNames(['a.b:c', '3d', '-x'], grammar);
  assert.deepEqual([...fitted.keys()], ['3d', '-x']);
  for (const value of fitted.values()) assert.match(value, /^[a-zA-Z_][a-zA-Z0-9_.:-]*$/);
});

test('a changed name changes in definitions, history and choice, and can be told back (CLIProxyAPI#2268)', () => {
  const { request, restoration } = adaptFor(gpt4o, {
    tools: [{ ...look, name: 'fs.look' }],
    toolChoice: { mode: 'required', only: ['fs.look'] },
    turns: [
      user('a'),
      assistant(call('1', { name: 'fs.look' })),
      user(result('1', 'x', { name: 'fs.look' })),
    ],
  });
  const [[upstream, client] = ['', '']] = restoration.toolNames;
  assert.equal(client, 'fs.look');
  assert.match(upstream, /^fs_look_[a-z0-9]+$/);
  assert.deepEqual(request.tools, [{ ...look, name: upstream }]);
  assert.deepEqual(request.toolChoice?.only, [upstream]);
  assert.deepEqual(request.turns.slice(1), [
    assistant(call('1', { name: upstream })),
    user(result('1', 'x', { name: upstream })),
  ]);
});

test('a tool without a schema takes an empty object where one is required', () => {
  const empty = { type: 'object', properties: {} };
  assert.deepEqual(schemaFor(claude45, undefined).schema, empty);
  assert.deepEqual(schemaFor(gpt4o, undefined).schema, empty);
  assert.deepEqual(schemaFor(gemini3, undefined).schema, undefined);
  assert.deepEqual(schemaFor(gpt4o, { type: 'object' }).schema, empty);
  assert.deepEqual(schemaFor(claude45, {}).schema, empty);
});

test('a root that refers to an object is replaced by it', () => {
  const place = { type: 'object', properties: { at: { type: 'string' } } };
  const { schema, wrapped } = schemaFor(claude45, { $ref: '#/$defs/place', $defs: { place } });
  assert.deepEqual(schema, { ...place, $defs: { place } });
  assert.equal(wrapped, false);
});

test('a root that is no object is wrapped, with its references and its history', () => {
  const union = {
    anyOf: [{ type: 'string' }, { $ref: '#/$defs/node' }],
    $defs: { node: { type: 'object', properties: { $ref: { type: 'string' } } } },
  };
  const { request, restoration } = adaptFor(claude45, {
    tools: [toolWith(union)],
    turns: [user('a'), assistant(call('1', { input: '"x"' })), user(result('1'))],
  });
  assert.deepEqual([...restoration.wrappedTools], ['look']);
  assert.deepEqual(request.tools[0], {
    type: 'function',
    name: 'look',
    schema: {
      type: 'object',
      properties: {
        input: {
          anyOf: [{ type: 'string' }, { $ref: '#/properties/input/$defs/node' }],
          $defs: union.$defs,
        },
      },
      required: ['input'],
      additionalProperties: false,
    },
  });
  assert.deepEqual(request.turns[1], assistant(call('1', { input: '{"input":"x"}' })));
});

test('a union of objects is wrapped for Claude and OpenAI, and left alone for Gemini', () => {
  const schema = { type: 'object', anyOf: [{ required: ['a'] }], properties: { a: {} } };
  assert.equal(schemaFor(claude45, schema).wrapped, true);
  assert.equal(schemaFor(gpt4o, schema).wrapped, true);
  assert.deepEqual(schemaFor(gemini3, schema), { schema, wrapped: false });
});

test("strict is kept where the schema is within the target's limits and dropped elsewhere", () => {
  const open = { type: 'object', properties: { a: { type: 'string' } } };
  const closed = { ...open, additionalProperties: false, required: ['a'] };
  const optional = { ...open, additionalProperties: false };
  const strictFor = (target: typeof gpt4o, schema: JsonSchema) => {
    const tool: Tool = { type: 'function', name: 'look', schema, strict: true };
    const { request, lost } = adaptFor(target, { tools: [tool] });
    const [adapted] = request.tools;
    return [adapted?.type === 'function' && adapted.strict === true, lost.length];
  };
  assert.deepEqual(strictFor(gpt4o, closed), [true, 0]);
  assert.deepEqual(strictFor(gpt4o, optional), [false, 1]);
  assert.deepEqual(strictFor(claude45, optional), [true, 0]);
  assert.deepEqual(strictFor(claude45, open), [false, 1]);
  assert.deepEqual(strictFor(gemini3, open), [true, 0]);
  const opus4 = { format: 'anthropic-messages', model: 'claude-opus-4-20250514' };
  assert.deepEqual(strictFor(opus4, closed), [false, 1]);
});

test('strict is never turned on for a schema that came without it', () => {
  const { request } = adaptFor(gpt4o, { tools: [look] });
  assert.deepEqual(request.tools, [look]);
});

test('custom tools become functions of one string, in history too, and say their grammar', () => {
  const custom: Tool = {
    type: 'custom',
    name: 'sql',
    description: 'Runs SQL.',
    grammar: { syntax: 'lark', definition: 'start: "x"' },
  };
  const turns = [
    user('a'),
    assistant(call('1', { name: 'sql', kind: 'custom', input: 'say "x"' })),
    user(result('1', 'ok', { name: 'sql' })),
  ];
  const { request, restoration, lost } = adaptFor(claude45, { tools: [custom], turns });
  assert.deepEqual(request.tools[0], {
    type: 'function',
    name: 'sql',
    description: 'Runs SQL.\n\nThe input must follow this lark grammar:\nstart: "x"',
    schema: {
      type: 'object',
      properties: { input: { type: 'string' } },
      required: ['input'],
      additionalProperties: false,
    },
  });
  assert.deepEqual(
    request.turns[1],
    assistant(call('1', { name: 'sql', input: '{"input":"say \\"x\\""}' })),
  );
  assert.deepEqual([...restoration.customTools], ['sql']);
  assert.deepEqual(lost, ['custom-tool-grammar tools[0] weakened emulated answer']);
  const plain = adaptFor(claude45, { tools: [{ type: 'custom', name: 'sql' }] });
  assert.deepEqual(plain.lost, ['custom-tool tools[0] weakened emulated hint']);
  assert.deepEqual(adaptFor(gpt4o, { tools: [custom], turns }).request.tools, [custom]);
});

test('of tools with one name the last counts', () => {
  const later = { ...look, description: 'later' };
  const { request, lost } = adaptFor(gemini3, { tools: [look, later] });
  assert.deepEqual(request.tools, [later]);
  assert.deepEqual(lost, ['tool tools[0] dropped invalid answer']);
});

test('without tools there is no choice (CLIProxyAPI#3649)', () => {
  const { request } = adaptFor(gpt4o, { tools: [], toolChoice: { mode: 'auto' } });
  assert.equal(request.toolChoice, undefined);
});

test('a choice of a tool that does not exist is refused', () => {
  const toolChoice = { mode: 'required', only: ['nope'] } as const;
  assert.throws(
    () => adaptFor(gpt4o, { tools: [look], toolChoice }),
    (error) => error instanceof ConversionError && error.error.param === 'toolChoice.only[0]',
  );
});

test('search beside functions is given up for Gemini before 3, and that is told', () => {
  const tools: Tool[] = [look, { type: 'web-search' }];
  const { request, losses } = adaptFor(gemini25, { tools });
  assert.deepEqual(request.tools, [look]);
  assert.deepEqual(
    losses.map(({ feature, path, action, effect }) => ({ feature, path, action, effect })),
    [{ feature: 'web-search', path: 'tools[1]', action: 'dropped', effect: 'answer' }],
  );
  assert.deepEqual(adaptFor(gemini3, { tools }).request.tools, tools);
  assert.deepEqual(adaptFor(gemini25, { tools: tools.slice(1) }).request.tools, tools.slice(1));
});
