/** Checks that all validators share. */

import { type Problems, shown } from '../../../packages/conformance/src/judge/problems.ts';
import { isObject, type Json, type JsonObject, listOf, objectOf, wordOf } from '../json.ts';

interface Allowed {
  readonly place: string;
  readonly keys: readonly string[];
}

export function allowKeys(problems: Problems, value: JsonObject, { place, keys }: Allowed): void {
  for (const [key, member] of Object.entries(value)) {
    problems.expect(keys.includes(key), `${place}: unknown field ${key}`);
    if (key !== 'content' && key !== 'stop_sequence') {
      problems.expect(member !== null, `${place}: ${key} is null`);
    }
  }
}

const schemaTypes = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** JSON Schema of an object, with types in lower case all the way down. */
export function checkSchema(problems: Problems, schema: Json | undefined, place: string): void {
  const root = isObject(schema) ? schema : undefined;
  problems.expect(
    root?.['type'] === 'object',
    `${place}: the schema's root is ${shown(root?.['type'])}`,
  );
  checkNode(problems, schema, place);
}

function checkNode(problems: Problems, node: Json | undefined, place: string): void {
  if (!isObject(node)) return;
  const types = Array.isArray(node['type']) ? (node['type'] as readonly Json[]) : [node['type']];
  for (const type of types) {
    const fair = type === undefined || schemaTypes.has(wordOf(type));
    problems.expect(fair, `${place}: schema type ${shown(type)}`);
  }
  problems.expect(node['nullable'] === undefined, `${place}: nullable is no JSON Schema`);
  for (const key of ['properties', '$defs']) {
    const members = node[key];
    if (!isObject(members)) continue;
    for (const member of Object.values(members)) checkNode(problems, member, place);
  }
  checkNode(problems, node['items'], place);
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const members = node[key];
    if (Array.isArray(members))
      for (const member of members as readonly Json[]) checkNode(problems, member, place);
  }
}

/** OpenAI's strict schemas name every property as required and allow no others, at every level. */
export function checkStrict(problems: Problems, schema: JsonObject, place: string): void {
  if (isObject(schema['properties'])) {
    const keys = Object.keys(schema['properties']).toSorted();
    const required = listOf(schema['required']).map(wordOf).toSorted();
    problems.expect(keys.join() === required.join(), `${place}: strict, but not all is required`);
    problems.expect(schema['additionalProperties'] === false, `${place}: strict, but open`);
    for (const member of Object.values(schema['properties']))
      checkStrict(problems, objectOf(member), place);
  }
  if (isObject(schema['items'])) checkStrict(problems, schema['items'], place);
}
