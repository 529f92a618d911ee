import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { schemaOfOpenApi } from './schema.ts';

function check(openApi: JsonObject, jsonSchema: JsonObject): void {
  assert.deepEqual(schemaOfOpenApi(openApi), jsonSchema);
  assert.deepEqual(schemaOfOpenApi(jsonSchema), jsonSchema, 'JSON Schema stays');
}

test('litellm#12191: types become lower case at every depth', () => {
  check(
    {
      type: 'OBJECT',
      properties: { a: { type: 'ARRAY', items: { type: 'INTEGER' } } },
      required: ['a'],
    },
    {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'integer' } } },
      required: ['a'],
    },
  );
});

test('types written as numbers of the enum are their names', () => {
  check(
    {
      type: 6,
      properties: {
        a: { type: 5, items: { type: 3 } },
        b: { type: 1, nullable: true },
        c: { type: 2 },
        d: { type: 4 },
        e: { type: 7 },
        f: { type: 0, description: 'anything' },
      },
    },
    {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'integer' } },
        b: { type: ['string', 'null'] },
        c: { type: 'number' },
        d: { type: 'boolean' },
        e: { type: 'null' },
        f: { description: 'anything' },
      },
    },
  );
});

test('nullable becomes a union, in the type, the values and the alternatives', () => {
  check({ type: 'STRING', nullable: true }, { type: ['string', 'null'] });
  check(
    { type: 'STRING', nullable: true, enum: ['a'] },
    { type: ['string', 'null'], enum: ['a', null] },
  );
  check(
    { any_of: [{ type: 'STRING' }], nullable: true },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  );
  check({ type: 'STRING', nullable: false }, { type: 'string' });
});

test('counts written as strings become numbers', () => {
  check(
    { type: 'ARRAY', minItems: '1', max_items: '3', items: { type: 'STRING', maxLength: '9' } },
    { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', maxLength: 9 } },
  );
});

test('values of a numeric enum become numbers, and the format that marks them goes', () => {
  check(
    { type: 'INTEGER', format: 'enum', enum: ['101', '201'] },
    { type: 'integer', enum: [101, 201] },
  );
  check({ type: 'STRING', format: 'enum', enum: ['1'] }, { type: 'string', enum: ['1'] });
});

test('CLIProxyAPI#5008: properties named like keywords are properties', () => {
  const names = {
    type: { type: 'STRING' },
    nullable: { type: 'BOOLEAN' },
    max_items: { type: 'STRING' },
    properties: { type: 'OBJECT', properties: { items: { type: 'STRING' } } },
  };
  check(
    { type: 'OBJECT', properties: names, required: ['max_items'] },
    {
      type: 'object',
      properties: {
        type: { type: 'string' },
        nullable: { type: 'boolean' },
        max_items: { type: 'string' },
        properties: { type: 'object', properties: { items: { type: 'string' } } },
      },
      required: ['max_items'],
    },
  );
});

test('the order of properties is kept as their order', () => {
  const schema = schemaOfOpenApi({
    type: 'OBJECT',
    properties: { a: { type: 'STRING' }, b: { type: 'STRING' }, c: { type: 'STRING' } },
    property_ordering: ['c', 'a', 'unknown'],
  });
  assert.equal(
    JSON.stringify(schema),
    '{"type":"object","properties":{"c":{"type":"string"},"a":{"type":"string"},"b":{"type":"string"}}}',
  );
});

test('references, defaults and everything else stay', () => {
  check(
    {
      type: 'OBJECT',
      defs: { n: { type: 'STRING' } },
      properties: { a: { ref: '#/$defs/n' }, b: { type: 'STRING', default: 'STRING' } },
      additional_properties: { type: 'STRING' },
    },
    {
      type: 'object',
      $defs: { n: { type: 'string' } },
      properties: { a: { $ref: '#/$defs/n' }, b: { type: 'string', default: 'STRING' } },
      additionalProperties: { type: 'string' },
    },
  );
});

test('a property called __proto__ is a property', () => {
  const wire: JsonObject = JSON.parse(
    '{"type":"OBJECT","properties":{"__proto__":{"type":"STRING"}}}',
  );
  assert.equal(
    JSON.stringify(schemaOfOpenApi(wire)),
    '{"type":"object","properties":{"__proto__":{"type":"string"}}}',
  );
});
