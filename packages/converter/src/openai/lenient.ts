/** Reads that never fail: what has the wrong type counts as absent. Upstreams are many and differ. */
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../json.ts';

export function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** The text, unless it is empty, which several upstreams write for "absent". */
export function filledIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberIn(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
}

export function objectIn(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}

export function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  return listOf(object[key]).filter((value) => isObject(value));
}

export function listOf(value: JsonValue | undefined): JsonArray {
  return Array.isArray(value) ? value : [];
}
