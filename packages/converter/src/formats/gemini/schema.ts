/**
 * From the OpenAPI subset of `parameters` and `responseSchema` to JSON Schema. Walks schema positions,
 * never keys, so that properties named like keywords stay; a JSON Schema comes out as it went in.
 */
import type { JsonSchema } from '../../ir/request.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { numericOf } from './fields.ts';

const otherSpellings: ReadonlyMap<string, string> = new Map([
  ['any_of', 'anyOf'],
  ['one_of', 'oneOf'],
  ['all_of', 'allOf'],
  ['prefix_items', 'prefixItems'],
  ['max_items', 'maxItems'],
  ['min_items', 'minItems'],
  ['max_length', 'maxLength'],
  ['min_length', 'minLength'],
  ['max_properties', 'maxProperties'],
  ['min_properties', 'minProperties'],
  ['additional_properties', 'additionalProperties'],
  ['property_ordering', 'propertyOrdering'],
  ['ref', '$ref'],
  ['defs', '$defs'],
]);

const counts: ReadonlySet<string> = new Set([
  'maxItems',
  'minItems',
  'maxLength',
  'minLength',
  'maxProperties',
  'minProperties',
  'maximum',
  'minimum',
]);

export function schemaOfOpenApi(wire: JsonObject): JsonSchema {
  return schemaAt(wire);
}

function schemaAt(wire: JsonObject): JsonObject {
  const members: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(wire)) {
    if (value === undefined) continue;
    const key = otherSpellings.get(name) ?? name;
    const converted = memberOf(key, value);
    if (converted !== undefined) members.push([key, converted]);
  }
  const schema = withEnum(withOrder(Object.fromEntries(members)));
  return withNull(schema, wire['nullable'] === true);
}

/** Undefined: JSON Schema has no such member, or says it elsewhere. */
function memberOf(key: string, value: JsonValue): JsonValue | undefined {
  if (key === 'type') return typeOf(value);
  if (key === 'nullable') return undefined;
  if (key === 'format' && value === 'enum') return undefined;
  if (counts.has(key)) return numericOf(value) ?? value;
  if (key === 'properties' || key === '$defs') return eachOf(value);
  if (Array.isArray(value) && /^(anyOf|oneOf|allOf|prefixItems|items)$/.test(key)) {
    return value.map((schema) => (isObject(schema) ? schemaAt(schema) : schema));
  }
  if (isObject(value) && (key === 'items' || key === 'additionalProperties')) {
    return schemaAt(value);
  }
  return value;
}

function eachOf(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [
      name,
      isObject(schema) ? schemaAt(schema) : schema,
    ]),
  );
}

function typeOf(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((name) => typeOf(name) ?? name);
  const name = typeof value === 'number' ? (numberedTypes[value] ?? value) : value;
  if (typeof name !== 'string') return name;
  return name === 'TYPE_UNSPECIFIED' ? undefined : name.toLowerCase();
}

/** Google's older libraries write the number of the enum's value. */
const numberedTypes = [
  'TYPE_UNSPECIFIED',
  'STRING',
  'NUMBER',
  'INTEGER',
  'BOOLEAN',
  'ARRAY',
  'OBJECT',
  'NULL',
];

/** The order that Gemini was told to write properties in is the order of the properties elsewhere. */
function withOrder(schema: JsonObject): JsonObject {
  const { propertyOrdering, ...rest } = schema;
  const properties = rest['properties'];
  if (!Array.isArray(propertyOrdering) || !isObject(properties)) return rest;
  const names = propertyOrdering.filter((name) => typeof name === 'string');
  const ordered = new Set([...names, ...Object.keys(properties)]);
  const entries = [...ordered]
    .filter((name) => Object.hasOwn(properties, name))
    .map((name) => [name, properties[name]] as const);
  return { ...rest, properties: Object.fromEntries(entries) };
}

/** OpenAPI writes the values of a numeric enum as strings. */
function withEnum(schema: JsonObject): JsonObject {
  const values = schema['enum'];
  const isNumeric = schema['type'] === 'integer' || schema['type'] === 'number';
  if (!isNumeric || !Array.isArray(values)) return schema;
  return { ...schema, enum: values.map((value) => numericOf(value) ?? value) };
}

function withNull(schema: JsonObject, isNullable: boolean): JsonObject {
  if (!isNullable) return schema;
  const { type, enum: values, anyOf } = schema;
  return {
    ...schema,
    ...(typeof type === 'string' && { type: [type, 'null'] }),
    ...(Array.isArray(values) && !values.includes(null) && { enum: [...values, null] }),
    ...(type === undefined && Array.isArray(anyOf) && { anyOf: [...anyOf, { type: 'null' }] }),
  };
}
