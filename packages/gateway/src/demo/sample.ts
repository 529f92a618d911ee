/** Makes a value that a JSON Schema allows, out of words that a model could have found in the question. */
import { at, isObject, type JsonObject, numberAt, stringAt, stringsAt } from './json.ts';

export interface Hints {
  /** For the first free string: the place, the person, the thing that was asked about. */
  readonly subject: string;
  readonly number: number;
}

interface Sampling {
  readonly root: unknown;
  readonly hints: Hints;
  readonly depth: number;
}

// Schemas may refer to themselves; nothing that is asked of a demonstration is nested deeper.
const DEPTH_MAX = 8;

export function sampleOf(schema: unknown, hints: Hints): unknown {
  return sample(schema, { root: schema, hints, depth: 0 });
}

/** A tool's input is an object, whatever its schema says or leaves out. */
export function sampleInput(schema: unknown, hints: Hints): JsonObject {
  const value = sampleOf(schema, hints);
  return isObject(value) ? value : {};
}

function sample(schema: unknown, sampling: Sampling): unknown {
  const target = resolve(schema, sampling.root);
  const [choice] = listAt(target, 'enum');
  const fixed = at(target, 'const') ?? choice;
  if (fixed !== undefined) return fixed;
  if (sampling.depth > DEPTH_MAX) return null;
  const inner = { ...sampling, depth: sampling.depth + 1 };
  const [branch] = [...listAt(target, 'anyOf'), ...listAt(target, 'oneOf')];
  if (branch !== undefined) return sample(branch, inner);
  switch (typeOf(target)) {
    case 'object':
      return sampleObject(target, inner);
    case 'array':
      return [sample(at(target, 'items'), inner)];
    case 'integer':
    case 'number':
      return Math.max(numberAt(target, 'minimum') ?? 0, sampling.hints.number);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampling.hints.subject;
  }
}

/** What is required, or else the first property: enough to be understood. */
function sampleObject(schema: unknown, sampling: Sampling): JsonObject {
  const properties = at(schema, 'properties');
  if (!isObject(properties)) return {};
  const names = Object.keys(properties);
  const required = stringsAt(schema, 'required').filter((name) => names.includes(name));
  const chosen = required.length > 0 ? required : names.slice(0, 1);
  return Object.fromEntries(chosen.map((name) => [name, sample(properties[name], sampling)]));
}

/** Gemini writes types in upper case; a list of types means the first that is not null. */
function typeOf(schema: unknown): string {
  const named = stringsAt(schema, 'type').map((name) => name.toLowerCase());
  const first = named.find((name) => name !== 'null') ?? named[0];
  return first ?? (isObject(at(schema, 'properties')) ? 'object' : 'string');
}

function resolve(schema: unknown, root: unknown): unknown {
  const reference = stringAt(schema, '$ref');
  if (reference?.startsWith('#/') !== true) return schema;
  return at(root, ...reference.slice(2).split('/')) ?? schema;
}

function listAt(schema: unknown, key: string): readonly unknown[] {
  const found = at(schema, key);
  return Array.isArray(found) ? found : [];
}
