/** Reads of parsed JSON whose shape nobody vouches for: a wrong type reads as nothing. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return listOf(value).filter(isObject);
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Text or a number as text; anything else reads as nothing. */
export function wordOf(value: Json | undefined): string {
  return typeof value === 'number' ? String(value) : textOf(value);
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

/** Undefined for text that is no JSON. */
export function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Proto3-JSON writes one field in camel or snake case: every key of the message becomes camel. */
export function camelKeys(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      member,
    ]),
  );
}

/** What an SDK's object holds, as the JSON that it came from. */
export function plain(value: object): JsonObject {
  return objectOf(parseJson(JSON.stringify(value)));
}
