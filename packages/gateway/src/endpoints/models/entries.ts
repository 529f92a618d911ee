/** Lists that upstreams sent, read with suspicion. */
import { isObject, type JsonObject, type JsonValue } from 'ai-api-converter';

const ENTRIES_MAX = 2_000;
const ID_PATTERN = /^[^\s\p{Cc}]{1,256}$/u;
const TEXT_CHARACTERS_MAX = 256;

/** Undefined: there is no list under any of these members, nor is the body one. */
export function entriesIn(
  body: JsonValue,
  members: readonly string[],
): readonly JsonObject[] | undefined {
  const list = isObject(body)
    ? members.map((name) => body[name]).find((member) => Array.isArray(member))
    : body;
  return Array.isArray(list) ? list.filter(isObject).slice(0, ENTRIES_MAX) : undefined;
}

/** What a client could ask for. */
export function idIn(entry: JsonObject, member: string): string | undefined {
  const id = entry[member];
  return typeof id === 'string' && isId(id) ? id : undefined;
}

export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

export function textIn(entry: JsonObject, member: string): string | undefined {
  const text = entry[member];
  if (typeof text !== 'string' || text === '' || text.length > TEXT_CHARACTERS_MAX)
    return undefined;
  return text;
}

/** The last moment that can be written as a date. */
const MOMENT_MS_MAX = 8.64e15;

/** Milliseconds since 1970. */
export function momentOf(milliseconds: unknown): number | undefined {
  if (typeof milliseconds !== 'number') return undefined;
  return milliseconds > 0 && milliseconds <= MOMENT_MS_MAX ? milliseconds : undefined;
}
