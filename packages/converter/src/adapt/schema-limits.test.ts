import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonSchema } from '../ir/request.ts';
import { isRecursive, mapSubschemas, resolveReference, subschemas } from './schema.ts';
import { fitToClaude, fitToGemini, meetsOpenAiSubset } from './schema-limits.ts';

const string = { type: 'string' };

function object(properties: JsonSchema, more: JsonSchema = {}): JsonSchema {
  return { type: 'object', properties, ...more };
}

test('properties that are named like keywords are properties (CLIProxyAPI#5008)', () => {
  const schema = object({ not: string, items: string, properties: object({ minimum: string }) });
  assert.deepEqual(
    subschemas(schema).map(([keyword]) => keyword),
    ['properties', 'properties', 'properties'],
  );
  const names: unknown[] = [];
  mapSubschemas(schema, (subschema) => {
    names.push(subschema);
    return subschema;
  });
  assert.deepEqual(names, Object.values(schema.properties as object));
  const fitted = fitToClaude(schema);
  assert.equal(fitted?.weakened, false);
  assert.deepEqual(
    Object.keys((fitted.schema.properties as Record<string, object>).properties ?? {}),
    ['type', 'properties', 'additionalProperties'],
  );
});

test('constants and examples are not taken for schemas', () => {
  const schema = object({ a: { const: { minimum: 1 } }, b: { enum: [{ oneOf: [] }] } });
  assert.deepEqual(fitToClaude(schema)?.schema, { ...schema, additionalProperties: false });
});

test('references are followed within the document, escapes included', () => {
  const root = { $defs: { 'a/b': string, 'c~d': string, e: { anyOf: [string] } } };
  assert.equal(resolveReference(root, '#/$defs/a~1b'), string);
  assert.equal(resolveReference(root, '#/$defs/c~0d'), string);
  assert.equal(resolveReference(root, '#/$defs/e/anyOf/0'), string);
  assert.equal(resolveReference(root, '#/$defs/toString'), undefined);
  assert.equal(resolveReference(root, 'https://example.com/x'), undefined);
});

test('recursion is found through definitions, and repetition is none', () => {
  const node = object({ next: { $ref: '#/$defs/node' } });
  assert.equal(isRecursive(object({ a: { $ref: '#/$defs/node' } }, { $defs: { node } })), true);
  assert.equal(isRecursive(object({ a: { $ref: '#' } })), true);
  const leaf = object({ a: { $ref: '#/$defs/s' }, b: { $ref: '#/$defs/s' } });
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      `d${index}`,
      object({ next: { $ref: `#/$defs/d${index + 1}` } }),
    ]),
  );
  assert.equal(isRecursive(object({ a: { $ref: '#/$defs/d0' } }, { $defs: chain })), true);
  assert.equal(isRecursive({ ...leaf, $defs: { s: string } }), false);
  assert.equal(isRecursive(object({ a: object({ b: { $ref: '#/properties/a' } }) })), true);
});

test('for Claude objects are closed, and what it does not enforce is said in words', () => {
  const schema = object({
    size: { type: 'integer', minimum: 1, maximum: 9, description: 'In metres.' },
    kind: { oneOf: [string, { type: 'null' }] },
    site: { type: 'string', format: 'uri' },
    color: { type: 'string', format: 'color', 'x-order': 1 },
    $schema: { type: 'string', $comment: 'x' },
  });
  assert.deepEqual(fitToClaude(schema), {
    weakened: true,
    schema: {
      type: 'object',
      properties: {
        size: { type: 'integer', description: 'In metres.\n{minimum: 1, maximum: 9}' },
        kind: { anyOf: [string, { type: 'null' }] },
        site: { type: 'string', format: 'uri' },
        color: { type: 'string', description: '{format: color}' },
        $schema: { type: 'string' },
      },
      additionalProperties: false,
    },
  });
});

test('Claude cannot be held to maps, free values, recursion or very many options', () => {
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`p${index}`, string]));
  const unfit: JsonSchema[] = [
    { type: 'object', additionalProperties: string },
    object({ a: { type: 'object' } }),
    object({ a: {} }),
    object({ a: true }),
    object({ a: { type: 'array' } }),
    object({ a: { $ref: '#' } }),
    object(many),
    { type: 'array', items: string },
    { anyOf: [object({})] },
  ];
  for (const schema of unfit) assert.equal(fitToClaude(schema), undefined, JSON.stringify(schema));
  assert.notEqual(fitToClaude(object(many, { required: Object.keys(many) })), undefined);
});

test('Gemini gets constants as enums and keeps the bounds that it knows', () => {
  const schema = object({ a: { const: 1 }, b: { type: 'string', pattern: '^x' } }, { minimum: 1 });
  assert.deepEqual(fitToGemini(schema), {
    weakened: true,
    schema: {
      type: 'object',
      properties: { a: { enum: [1] }, b: { type: 'string', description: '{pattern: ^x}' } },
      minimum: 1,
    },
  });
});

test('strict at OpenAI wants every object closed and every property required', () => {
  const closed = { additionalProperties: false, required: ['a'] };
  assert.equal(meetsOpenAiSubset(object({ a: string }, closed)), true);
  assert.equal(meetsOpenAiSubset(object({ a: object({ b: string }) }, closed)), false);
  for (const a of [
    { allOf: [string] },
    { type: 'string', pattern: '(?=x)' },
    { type: 'string', format: 'uri' },
    { type: 'array' },
    {},
  ]) {
    assert.equal(meetsOpenAiSubset(object({ a }, closed)), false, JSON.stringify(a));
  }
  assert.equal(meetsOpenAiSubset(object({}, { additionalProperties: false })), true);
});
