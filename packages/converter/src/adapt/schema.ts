/**
 * Walks JSON Schemas by position: a property that is named like a keyword is a property, and a
 * constant that looks like a schema is a constant.
 */

import type { JsonSchema } from '../ir/request.ts';
import { isObject } from '../json.ts';

/** Keywords whose value is a schema. */
const single = [
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
/** Keywords whose value is a list of schemas; `items` was one in old drafts. */
const lists = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'] as const;
/** Keywords whose value maps free names to schemas. */
const maps = [
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
] as const;

export function isSchema(value: unknown): value is JsonSchema {
  return isObject(value);
}

/** The schemas directly below, with their places. `true` and `false` are no schemas here. */
export function subschemas(
  schema: JsonSchema,
): readonly (readonly [keyword: string, subschema: JsonSchema])[] {
  const found: (readonly [string, JsonSchema])[] = [];
  const add = (keyword: string, values: readonly unknown[]): void => {
    for (const value of values) if (isSchema(value)) found.push([keyword, value]);
  };
  for (const keyword of single) add(keyword, [schema[keyword]]);
  for (const keyword of lists) {
    const value = schema[keyword];
    if (Array.isArray(value)) add(keyword, value);
  }
  for (const keyword of maps) {
    const value = schema[keyword];
    if (isSchema(value)) add(keyword, Object.values(value));
  }
  return found;
}

/** The same schema with each schema directly below replaced. */
export function mapSubschemas(
  schema: JsonSchema,
  change: (subschema: JsonSchema) => JsonSchema,
): JsonSchema {
  const changed: Record<string, unknown> = { ...schema };
  const changeAny = (value: unknown): unknown => (isSchema(value) ? change(value) : value);
  for (const keyword of single) {
    if (isSchema(schema[keyword])) changed[keyword] = changeAny(schema[keyword]);
  }
  for (const keyword of lists) {
    const value = schema[keyword];
    if (Array.isArray(value)) changed[keyword] = value.map(changeAny);
  }
  for (const keyword of maps) {
    const value = schema[keyword];
    if (isSchema(value)) changed[keyword] = mapValues(value, changeAny);
  }
  return changed;
}

function mapValues(
  object: JsonSchema,
  change: (value: unknown) => unknown,
): { readonly [key: string]: unknown } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

export function hasType(schema: JsonSchema, type: string): boolean {
  const { type: own } = schema;
  return own === type || (Array.isArray(own) && own.includes(type));
}

export function properties(schema: JsonSchema): JsonSchema {
  return isSchema(schema.properties) ? schema.properties : {};
}

export function required(schema: JsonSchema): readonly unknown[] {
  return Array.isArray(schema.required) ? schema.required : [];
}

/** Follows a reference within the document; undefined when it leads nowhere. */
export function resolveReference(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let place: unknown = root;
  for (const token of reference.slice(2).split('/')) {
    const key = decodeToken(token);
    if (Array.isArray(place)) place = place[Number(key)];
    else if (isSchema(place) && Object.hasOwn(place, key)) place = place[key];
    else return undefined;
  }
  return isSchema(place) ? place : undefined;
}

function decodeToken(token: string): string {
  const plain = token.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** A chain of references that is longer is as good as one without an end, and as deep a recursion here. */
const CHAIN_MAX = 100;

/** Some schema refers to itself, or to one that refers back to it. */
export function isRecursive(root: JsonSchema): boolean {
  const open = new Set<string>();
  const done = new Set<string>();

  function leadsBack(schema: JsonSchema): boolean {
    const { $ref } = schema;
    if (typeof $ref === 'string' && followsBack($ref)) return true;
    for (const [keyword, subschema] of subschemas(schema)) {
      // Definitions count where they are used.
      if (keyword !== '$defs' && keyword !== 'definitions' && leadsBack(subschema)) return true;
    }
    return false;
  }

  function followsBack(reference: string): boolean {
    if (reference === '#' || open.has(reference) || open.size > CHAIN_MAX) return true;
    if (done.has(reference)) return false;
    const target = resolveReference(root, reference);
    open.add(reference);
    const back = target !== undefined && leadsBack(target);
    open.delete(reference);
    done.add(reference);
    return back;
  }

  return leadsBack(root);
}

/** A root that is a reference to another schema, with that one in its place. */
export function inlineRoot(root: JsonSchema): JsonSchema {
  if (typeof root.$ref !== 'string') return root;
  const { $ref, ...rest } = root;
  const target = resolveReference(root, $ref);
  return target === undefined || target === root ? root : { ...target, ...rest };
}

/** `schema` as the property `input` of an object, its references adjusted to where it now stands. */
export function wrapSchema(schema: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { input: moveReferences(schema) },
    required: ['input'],
    additionalProperties: false,
  };
}

function moveReferences(schema: JsonSchema): JsonSchema {
  const moved = mapSubschemas(schema, moveReferences);
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) return moved;
  return { ...moved, $ref: `#/properties/input${$ref.slice(1)}` };
}
