/** A list in a body, whatever is there. */
import type { JsonArray, JsonObject } from 'ai-api-converter';

export function listIn(object: JsonObject, field: string): JsonArray {
  const value = object[field];
  return Array.isArray(value) ? value : [];
}
