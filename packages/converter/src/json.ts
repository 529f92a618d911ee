/** JSON in and out: the only `JSON.parse`, bounded in what it makes, keeping numbers that a double cannot hold. */

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

/** It may be JSON, and holds more values than its reader takes. */
export class JsonTooLarge extends JsonError {
  readonly valuesMax: number;

  constructor(valuesMax: number) {
    super(`more than ${valuesMax} values`);
    this.name = 'JsonTooLarge';
    this.valuesMax = valuesMax;
  }
}

type Numbers = 'exact' | 'plain';

interface RawJsonSupport {
  rawJSON(text: string): JsonValue;
  isRawJSON(value: unknown): boolean;
}

const native = JSON as unknown as Partial<RawJsonSupport>;

/**
 * Parses a JSON text. Integers beyond 2^53 and other numbers that would change are kept as written,
 * where the runtime has `JSON.rawJSON`; `plain` numbers are for text that is only looked at.
 * `valuesMax` bounds members, objects and arrays, and an eighth of the elements. Throws JsonError, JsonTooLarge.
 */
export function parseJson(
  text: string,
  numbers: Numbers = 'exact',
  valuesMax: number = Number.POSITIVE_INFINITY,
): JsonValue {
  checkStructure(text, 'plain', valuesMax);
  const value = parseChecked(text);
  if (numbers === 'plain' || !mayHaveChangedNumbers(value)) return value;
  checkStructure(text, 'exact', valuesMax);
  return parseKeepingNumbers(text);
}

/**
 * With plain numbers, what `outlineOf` has taken: a body, or its outline, whose bounds need not be looked at again.
 * Throws JsonError.
 */
export function parseChecked(text: string): JsonValue {
  try {
    return JSON.parse(withPlainKeys(text)) as JsonValue;
  } catch (cause) {
    throw new JsonError(cause instanceof Error ? cause.message : 'not JSON');
  }
}

/** Like parseJson, for text that may well be something else; undefined when it is. */
export function tryParseJson(text: string, numbers: Numbers = 'exact'): JsonValue | undefined {
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
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * What a text holds, by the time that it takes. A member costs about what an object or array does, an element of an
 * array an eighth of it; where numbers are kept, each value is handed to a function. Every other character outside
 * strings, and of keys, costs a little, so that numbers, white space and keys cannot be endless.
 */
export const valueCosts = {
  plain: { member: 64, comma: 8 },
  exact: { member: 1, comma: 64 },
} as const;
export const VALUE_COST = 64;

/** How many values a JSON text holds; where that is more than `max`, any number above it. */
export function countValues(text: string, max: number): number {
  return measure(text, 'exact', max * VALUE_COST).cost / VALUE_COST;
}

/** Most are too short to hold much and have too few brackets to be deep: found out at a tenth of the cost. */
function checkStructure(text: string, numbers: Numbers, valuesMax: number): void {
  if (text.length <= valuesMax && hasFew(text, '{') && hasFew(text, '[')) return;
  const costMax = valuesMax * VALUE_COST;
  const { cost, depth } = measure(text, numbers, costMax);
  if (depth > JSON_DEPTH_MAX) throw new JsonError(`nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (cost > costMax) throw new JsonTooLarge(valuesMax);
}

interface Measure {
  readonly cost: number;
  /** At the end, or where it is too deep. */
  readonly depth: number;
}

/** Goes no further than to where it is too deep or costs too much. */
function measure(text: string, numbers: Numbers, costMax: number): Measure {
  const { member, comma } = valueCosts[numbers];
  let cost = 0;
  let depth = 0;
  let keyStart = 0;
  for (let at = 0; at < text.length && cost <= costMax; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      keyStart = at;
      at = endOfString(text, at);
    } else if (code === COMMA) {
      cost += comma;
      keyStart = at;
    } else if (code === COLON) {
      cost += member + at - keyStart;
      // What is no JSON may have colons without keys.
      keyStart = at;
    } else if (code === 0x5b || code === 0x7b) {
      cost += VALUE_COST;
      depth++;
      if (depth > JSON_DEPTH_MAX) break;
    } else {
      cost++;
      if (code === 0x5d || code === 0x7d) depth--;
    }
  }
  return { cost, depth };
}

function hasFew(text: string, bracket: '{' | '['): boolean {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
    count++;
    if (count > JSON_DEPTH_MAX / 2) return false;
  }
  return true;
}

/** To have the next quote found costs as much as to look at so many characters, about. */
const CLOSE = 4;
const CLOSE_MAX = 8;
/** Looked at one by one where quotes stand so close together. */
const WALKED = 256;

/** Position of the closing quote of the string that opens at `start`, or the text's end. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  let close = 0;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end === -1) return text.length;
    if (!isEscaped(text, end, at)) return end;
    close = end - at < CLOSE ? close + 1 : 0;
    at = end + 1;
    if (close < CLOSE_MAX) continue;
    close = 0;
    for (const until = at + WALKED; at < until; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) return at;
      if (code === BACKSLASH) at++;
    }
  }
}

/** Whether backslashes from `start` on, where none is half of an escape, make the character at `end` part of one. */
function isEscaped(text: string, end: number, start: number): boolean {
  let first = end;
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (end - first) % 2 === 1;
}

/**
 * Whether plain numbers may differ from exact ones. What was read is a fraction of its text, most of which is
 * strings: to look at that took seven times as long.
 */
export function mayHaveChangedNumbers(value: JsonValue): boolean {
  return native.rawJSON !== undefined && holdsLargeNumber(value);
}

/** Doubles hold every integer up to this one, and of other numbers no more than they hold is kept. */
function holdsLargeNumber(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return false;
  if (isArray(value)) return value.some(holdsLargeNumber);
  for (const key in value) if (holdsLargeNumber(value[key])) return true;
  return false;
}

function parseKeepingNumbers(text: string): JsonValue {
  const keep = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    return sameNumber(value, context.source) ? value : native.rawJSON?.(context.source);
  };
  return JSON.parse(withPlainKeys(text), keep) as JsonValue;
}

/**
 * Keys as they are, rather than as `\uXXXX`. V8 may take a key that is written with an escape for one that it has met
 * in another text, by the characters before the escape (nodejs/node#63785): so a client could change the names in
 * requests of others.
 */
function withPlainKeys(text: string): string {
  if (!text.includes('\\u')) return text;
  let result = '';
  let from = 0;
  for (let at = text.indexOf('"'); at !== -1; ) {
    const end = endOfString(text, at) + 1;
    const literal = isBeforeColon(text, end) ? text.slice(at, end) : '';
    if (literal.includes('\\u')) {
      result += text.slice(from, at) + JSON.stringify(JSON.parse(literal));
      from = end;
    }
    at = text.indexOf('"', end);
  }
  return from === 0 ? text : result + text.slice(from);
}

function isBeforeColon(text: string, start: number): boolean {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON;
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function sameNumber(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return String(value) === source || !/^-?\d{16,}$/.test(source);
}
