/** Finds one member in JSON text without parsing the rest. */
import { endOfString, type JsonValue, tryParseJson } from './json.ts';

/**
 * The value of the last member of that name whose value is an object, at whatever depth: for members
 * that stand at the end of a body, such as usage. Text inside strings is not taken for a member,
 * since its quotes are escaped. Numbers are plain. Undefined: none, or one that cannot be read.
 */
export function lastObjectMember(text: string, key: string): JsonValue | undefined {
  const literal = JSON.stringify(key);
  for (let at = text.lastIndexOf(literal); at !== -1; at = text.lastIndexOf(literal, at - 1)) {
    const start = objectAfter(text, at + literal.length);
    if (start !== -1) return tryParseJson(text.slice(start, endOfObject(text, start)), 'plain');
    if (at === 0) break;
  }
  return undefined;
}

const QUOTE = 0x22;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** Where the object begins that follows a key, or -1 when something else does. */
function objectAfter(text: string, keyEnd: number): number {
  const found = /^\s*:\s*\{/.exec(text.slice(keyEnd, keyEnd + 64));
  return found === null ? -1 : keyEnd + found[0].length - 1;
}

function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPENING) depth++;
    else if (code === CLOSING && --depth === 0) return at + 1;
  }
  return text.length;
}
