/** Finds or replaces the value of a top-level member in raw JSON text, and leaves every other character alone. */
import { endOfString, isSpace, tryParseJson } from './json.ts';

/** A stretch of text, up to but not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * `text` must be valid JSON with an object at its root. When the key is there more than once, all its
 * values are replaced, so that no reader's choice of duplicate matters. Undefined: no such member.
 */
export function spliceMember(text: string, key: string, value: string): string | undefined {
  const replacement = JSON.stringify(value);
  let result = '';
  let from = 0;
  for (const { start, end } of membersOf(text, key)) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return from === 0 ? undefined : result + text.slice(from);
}

/**
 * Where the value of a top-level member stands in a JSON object's text; of the last one, as parsers
 * take it, when the key is there more than once. Undefined: no such member.
 */
export function memberSpan(text: string, key: string): Span | undefined {
  let last: Span | undefined;
  for (const span of membersOf(text, key)) last = span;
  return last;
}

const QUOTE = 0x22;
const COMMA = 0x2c;

function* membersOf(text: string, key: string): Generator<Span> {
  for (let at = text.indexOf('{') + 1; at > 0; ) {
    const keyStart = text.indexOf('"', at);
    if (keyStart === -1) break;
    const keyEnd = endOfString(text, keyStart) + 1;
    const span = valueAfter(text, keyEnd);
    if (isKey(text.slice(keyStart, keyEnd), key)) yield span;
    at = span.end + 1;
  }
}

function isKey(literal: string, key: string): boolean {
  return literal.includes('\\') ? tryParseJson(literal) === key : literal.slice(1, -1) === key;
}

/** The value that follows a key: from its first character to before the comma or brace behind it. */
function valueAfter(text: string, keyEnd: number): Span {
  let start = text.indexOf(':', keyEnd) + 1;
  while (isSpace(text.charCodeAt(start))) start++;
  let depth = 0;
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) end = endOfString(text, end);
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (depth === 0 && (code === COMMA || code === 0x7d)) break;
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}
