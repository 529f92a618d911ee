/** Typed reads from wire objects; a wrong type is an error that names its place. */
import { invalidRequest } from './errors.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from './json.ts';

/** Absent and null are the same to every format here. */
function present(object: JsonObject, key: string): JsonValue | undefined {
  const value = object[key];
  return value === null ? undefined : value;
}

export function at(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

export function optionalString(object: JsonObject, key: string, path: string): string | undefined {
  const value = present(object, key);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(at(path, key), 'a string', value);
}

export function requiredString(object: JsonObject, key: string, path: string): string {
  const value = optionalString(object, key, path);
  if (value === undefined) throw missing(at(path, key), 'a string');
  return value;
}

export function optionalNumber(object: JsonObject, key: string, path: string): number | undefined {
  const value = present(object, key);
  if (value === undefined || typeof value === 'number') return value;
  throw wrongType(at(path, key), 'a number', value);
}

export function optionalInteger(object: JsonObject, key: string, path: string): number | undefined {
  const value = optionalNumber(object, key, path);
  if (value === undefined || Number.isInteger(value)) return value;
  throw invalidRequest(at(path, key), `${at(path, key)}: expected an integer, got ${value}`);
}

export function optionalBoolean(
  object: JsonObject,
  key: string,
  path: string,
): boolean | undefined {
  const value = present(object, key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(at(path, key), 'a boolean', value);
}

export function optionalObject(
  object: JsonObject,
  key: string,
  path: string,
): JsonObject | undefined {
  const value = present(object, key);
  if (value === undefined || isObject(value)) return value;
  throw wrongType(at(path, key), 'an object', value);
}

export function requiredObject(object: JsonObject, key: string, path: string): JsonObject {
  const value = optionalObject(object, key, path);
  if (value === undefined) throw missing(at(path, key), 'an object');
  return value;
}

export function optionalArray(
  object: JsonObject,
  key: string,
  path: string,
): JsonArray | undefined {
  const value = present(object, key);
  if (value === undefined || Array.isArray(value)) return value as JsonArray | undefined;
  throw wrongType(at(path, key), 'an array', value);
}

export function requiredArray(object: JsonObject, key: string, path: string): JsonArray {
  const value = optionalArray(object, key, path);
  if (value === undefined) throw missing(at(path, key), 'an array');
  return value;
}

export interface Element {
  readonly value: JsonObject;
  readonly path: string;
  readonly index: number;
}

/** The elements of an array that must all be objects. */
export function objectsOf(array: JsonArray, path: string): readonly Element[] {
  return array.map((value, index) => {
    if (!isObject(value)) throw wrongType(at(path, index), 'an object', value);
    return { value, path: at(path, index), index };
  });
}

export function stringsOf(array: JsonArray, path: string): readonly string[] {
  return array.map((value, index) => {
    if (typeof value !== 'string') throw wrongType(at(path, index), 'a string', value);
    return value;
  });
}

export function wrongType(path: string, expected: string, value: unknown): Error {
  return invalidRequest(path, `${path}: expected ${expected}, got ${nameOfType(value)}`);
}

export function missing(path: string, expected: string): Error {
  return invalidRequest(path, `${path}: required, expected ${expected}`);
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
