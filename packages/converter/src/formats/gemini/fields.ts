/** Reads Gemini's proto3 JSON: keys in either spelling, numbers that may be strings, either base64. */
import { bytesOfBase64, inStandardLetters } from '../../base64.ts';
import { invalidRequest } from '../../errors.ts';
import { isKeptNumber, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import { at, wrongType } from '../../read.ts';

/** Of what is read; a key of megabytes takes seconds to rewrite. */
const NAME_MAX = 128;

/**
 * The same object with its own keys in camelCase; what lies below is not touched, because names of
 * arguments and properties belong to the client. Where both spellings are set, camelCase wins.
 */
export function camelKeys(object: JsonObject): JsonObject {
  const keys = Object.keys(object);
  if (!keys.some((key) => key.includes('_'))) return object;
  const entries: [string, JsonValue | undefined][] = [];
  for (const key of keys) {
    const camel = key.length > NAME_MAX ? key : camelCase(key);
    if (camel !== key && isPresent(object[camel])) continue;
    entries.push([camel, object[key]]);
  }
  return Object.fromEntries(entries);
}

function camelCase(key: string): string {
  return key.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function optionalNumeric(object: JsonObject, key: string, path: string): number | undefined {
  const value = object[key];
  if (!isPresent(value)) return undefined;
  const number = numericOf(value);
  if (number === undefined) throw wrongType(at(path, key), 'a number', value);
  return number;
}

export function optionalWhole(object: JsonObject, key: string, path: string): number | undefined {
  const number = optionalNumeric(object, key, path);
  if (number === undefined || Number.isInteger(number)) return number;
  throw invalidRequest(at(path, key), `${at(path, key)}: expected an integer, got ${number}`);
}

/** A number however proto3 JSON writes it; undefined for anything else. */
export function numericOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    return /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value) ? Number(value) : undefined;
  }
  return isKeptNumber(value) ? Number(stringifyJson(value)) : undefined;
}

/** Google's own Python library writes the URL-safe alphabet; everybody else expects the standard one. */
export function standardBase64(text: string): string {
  const plain = /[-_\s]/.test(text) ? inStandardLetters(text) : text;
  const rest = plain.length % 4;
  return rest < 2 ? plain : plain + '='.repeat(4 - rest);
}

/** The text in a base64 value; undefined when it is not base64 of UTF-8. */
export function textOfBase64(data: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOfBase64(data));
  } catch {
    return undefined;
  }
}
