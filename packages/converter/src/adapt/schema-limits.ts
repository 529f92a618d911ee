/** Providers' subsets of JSON Schema for structured output: who takes what, and how to get there. */

import type { JsonSchema } from '../ir/request.ts';
import { stringifyJson } from '../json.ts';
import {
  hasType,
  isRecursive,
  isSchema,
  mapSubschemas,
  properties,
  required,
  subschemas,
} from './schema.ts';

/** A schema that a provider takes; `weakened`: constraints became words in descriptions. */
export interface FittedSchema {
  readonly schema: JsonSchema;
  readonly weakened: boolean;
}

const claudeKeywords = new Set([
  '$defs',
  '$ref',
  'additionalProperties',
  'allOf',
  'anyOf',
  'const',
  'default',
  'definitions',
  'description',
  'enum',
  'items',
  'oneOf',
  'properties',
  'required',
  'title',
  'type',
]);
const claudeFormats = new Set([
  'date',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'time',
  'uri',
  'uuid',
]);
const geminiKeywords = new Set([
  ...claudeKeywords,
  '$anchor',
  '$id',
  'format',
  'maxItems',
  'maximum',
  'minItems',
  'minimum',
  'prefixItems',
  'propertyOrdering',
]);
/** Say nothing of which values are allowed. */
const annotations = new Set([
  '$anchor',
  '$comment',
  '$id',
  '$schema',
  'deprecated',
  'example',
  'examples',
  'propertyOrdering',
  'readOnly',
  'writeOnly',
]);

const openAiRejects = [
  'allOf',
  'contains',
  'default',
  'dependentRequired',
  'dependentSchemas',
  'else',
  'if',
  'maxContains',
  'maxProperties',
  'minContains',
  'minProperties',
  'not',
  'oneOf',
  'patternProperties',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
  'uniqueItems',
];
const openAiFormats = new Set([...claudeFormats].filter((format) => format !== 'uri'));

const optionalPropertiesMax = 24;

/** Undefined: Claude cannot be held to this schema (recursive, free-form, or too many options). */
export function fitToClaude(root: JsonSchema): FittedSchema | undefined {
  if (!isPlainObject(root) || isRecursive(root) || !isClosed(root)) return undefined;
  if (countOptional(root) > optionalPropertiesMax) return undefined;
  const keep = (keyword: string, value: unknown): boolean =>
    claudeKeywords.has(keyword) ||
    (keyword === 'format' && typeof value === 'string' && claudeFormats.has(value));
  const fitted = reduce(root, keep);
  return { ...fitted, schema: closeObjects(fitted.schema) };
}

export function fitToGemini(root: JsonSchema): FittedSchema {
  const fitted = reduce(root, (keyword) => geminiKeywords.has(keyword));
  return { ...fitted, schema: constantsAsEnums(fitted.schema) };
}

export function meetsClaudeSubset(root: JsonSchema): boolean {
  const fitted = fitToClaude(root);
  return fitted !== undefined && !fitted.weakened && everyObject(root, isSealed);
}

/** What `strict: true` asks for at OpenAI: every object closed and every property required. */
export function meetsOpenAiSubset(root: JsonSchema): boolean {
  return isPlainObject(root) && everySchema(root, isStrict) && everyObject(root, isAllRequired);
}

/**
 * Objects that name their properties and say nothing of others, closed: what strict asks for, and
 * what structured output of the other providers means by them.
 */
export function closeNamedObjects(schema: JsonSchema): JsonSchema {
  const closed = mapSubschemas(schema, closeNamedObjects);
  const named = isObjectSchema(schema) && Object.keys(properties(schema)).length > 0;
  return named && schema.additionalProperties === undefined
    ? { ...closed, additionalProperties: false }
    : closed;
}

/** The root is an object and no union. */
function isPlainObject(root: JsonSchema): boolean {
  return root.type === 'object' && !isUnion(root);
}

const unionKeywords = ['anyOf', 'oneOf', 'allOf', 'not', 'enum'];

export function isUnion(schema: JsonSchema): boolean {
  return unionKeywords.some((key) => schema[key] !== undefined);
}

function reduce(
  root: JsonSchema,
  keep: (keyword: string, value: unknown) => boolean,
): FittedSchema {
  let weakened = false;

  function reduceOne(schema: JsonSchema): JsonSchema {
    const kept: Record<string, unknown> = {};
    const said: string[] = [];
    for (const [keyword, value] of Object.entries(schema)) {
      if (keep(keyword, value)) kept[keyword] = value;
      else if (!annotations.has(keyword) && !keyword.startsWith('x-')) {
        said.push(`${keyword}: ${typeof value === 'string' ? value : stringifyJson(value)}`);
      }
    }
    if (said.length > 0) {
      weakened = true;
      const { description } = schema;
      const words = `{${said.join(', ')}}`;
      kept.description = typeof description === 'string' ? `${description}\n${words}` : words;
    }
    return mapSubschemas(kept, reduceOne);
  }

  return { schema: reduceOne(root), weakened };
}

function closeObjects(schema: JsonSchema): JsonSchema {
  const { oneOf, ...rest } = mapSubschemas(schema, closeObjects);
  const closed = isObjectSchema(rest) ? { ...rest, additionalProperties: false } : rest;
  if (!Array.isArray(oneOf)) return closed;
  // Both may stand side by side; each alone becomes the one union.
  if (closed.anyOf === undefined) return { ...closed, anyOf: oneOf };
  const { anyOf, ...others } = closed;
  const both = [{ anyOf }, { anyOf: oneOf }];
  return { ...others, allOf: Array.isArray(others.allOf) ? [...others.allOf, ...both] : both };
}

function constantsAsEnums(schema: JsonSchema): JsonSchema {
  const { const: constant, ...rest } = mapSubschemas(schema, constantsAsEnums);
  return constant === undefined ? rest : { ...rest, enum: [constant] };
}

function isObjectSchema(schema: JsonSchema): boolean {
  return hasType(schema, 'object') || isSchema(schema.properties);
}

/** No place where values of a shape that nobody described would be right. */
function isClosed(schema: JsonSchema): boolean {
  const { additionalProperties, patternProperties, prefixItems, items } = schema;
  const open = additionalProperties !== undefined && additionalProperties !== false;
  if (open || patternProperties !== undefined || prefixItems !== undefined) return false;
  if (Array.isArray(items) || typeof items === 'boolean') return false;
  if (hasType(schema, 'array') && items === undefined) return false;
  if (isObjectSchema(schema)) {
    const values = Object.values(properties(schema));
    // An object that may be extended and describes nothing takes anything.
    if (values.length === 0 && additionalProperties !== false) return false;
    if (!values.every(isSchema)) return false;
  }
  const described = ['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf', 'properties'];
  if (!described.some((keyword) => schema[keyword] !== undefined)) return false;
  return subschemas(schema).every(
    ([keyword, subschema]) => ignoredByClaude.has(keyword) || isClosed(subschema),
  );
}

/** Their schemas become words, whatever they hold. */
const ignoredByClaude = new Set(['not', 'if', 'then', 'else', 'contains', 'propertyNames']);

function countOptional(schema: JsonSchema): number {
  const names = Object.keys(properties(schema));
  const needed = new Set(required(schema));
  return subschemas(schema).reduce(
    (count, [, subschema]) => count + countOptional(subschema),
    names.filter((name) => !needed.has(name)).length,
  );
}

function everySchema(schema: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  return test(schema) && subschemas(schema).every(([, subschema]) => everySchema(subschema, test));
}

function everyObject(root: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  return everySchema(root, (schema) => !isObjectSchema(schema) || test(schema));
}

function isSealed(schema: JsonSchema): boolean {
  return schema.additionalProperties === false;
}

function isAllRequired(schema: JsonSchema): boolean {
  const needed = new Set(required(schema));
  return isSealed(schema) && Object.keys(properties(schema)).every((name) => needed.has(name));
}

function isStrict(schema: JsonSchema): boolean {
  if (openAiRejects.some((keyword) => schema[keyword] !== undefined)) return false;
  const { format, pattern, items } = schema;
  if (typeof format === 'string' && !openAiFormats.has(format)) return false;
  if (typeof pattern === 'string' && /\(\?<?[=!]/.test(pattern)) return false;
  if (hasType(schema, 'array') && !isSchema(items)) return false;
  if (!Object.values(properties(schema)).every(isSchema)) return false;
  return ['type', 'enum', 'const', '$ref', 'anyOf'].some((key) => schema[key] !== undefined);
}
