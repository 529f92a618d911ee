/** JSON in and out: the only `JSON.parse`, bounded in depth, keeping numbers that a double cannot hold. */

export type JsonValue = string | number | boolean | null | JsonObject | JsonArray;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Deeper bodies are refused: later stages recurse, and no real request comes near it. */
export const JSON_DEPTH_MAX = 128;

export class JsonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonError';
  }
}

interface RawJsonSupport {
  rawJSON(text: string): JsonValue;
  isRawJSON(value: unknown): boolean;
}

const native = JSON as unknown as Partial<RawJsonSupport>;

/**
 * Parses a JSON text. Integers beyond 2^53 and other numbers that would change are kept as written,
 * where the runtime has `JSON.rawJSON`; `plain` numbers are for text that is only looked at.
 * Throws JsonError.
 */
export function parseJson(text: string, numbers: 'exact' | 'plain' = 'exact'): JsonValue {
  checkDepth(text);
  try {
    const keeps = numbers === 'exact' && mayChangeNumbers(text);
    return keeps ? parseKeepingNumbers(text) : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new JsonError(cause instanceof Error ? cause.message : 'not JSON');
  }
}

/** Like parseJson, for text that may well be something else; undefined when it is. */
export function tryParseJson(
  text: string,
  numbers: 'exact' | 'plain' = 'exact',
): JsonValue | undefined {
  try {
    return parseJson(text, numbers);
  } catch {
    return undefined;
  }
}

export function stringifyJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isKeptNumber(value)
  );
}

export function isArray(value: unknown): value is JsonArray {
  return Array.isArray(value);
}

/** True for a number that was kept as written because a double cannot hold it. */
export function isKeptNumber(value: unknown): boolean {
  return native.isRawJSON?.(value) ?? false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Most texts have too few brackets to be deep, which is found out at a tenth of the cost. */
function checkDepth(text: string): void {
  if (hasFew(text, '{') && hasFew(text, '[')) return;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > JSON_DEPTH_MAX)
        throw new JsonError(`nested deeper than ${JSON_DEPTH_MAX} levels`);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
}

function hasFew(text: string, bracket: '{' | '['): boolean {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
    count++;
    if (count > JSON_DEPTH_MAX / 2) return false;
  }
  return true;
}

/** Position of the closing quote of the string that opens at `start`, or the text's end. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/**
 * Whether plain numbers may differ from exact ones. Doubles hold every integer of up to 15 digits; only
 * longer runs, or exponents, can change.
 */
export function mayChangeNumbers(text: string): boolean {
  return native.rawJSON !== undefined && /[:,[\s]-?(?:\d[\d.]{15}|[\d.]+[eE])/.test(text);
}

function parseKeepingNumbers(text: string): JsonValue {
  const keep = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    return sameNumber(value, context.source) ? value : native.rawJSON?.(context.source);
  };
  return JSON.parse(text, keep) as JsonValue;
}

function sameNumber(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return String(value) === source || !/^-?\d{16,}$/.test(source);
}
