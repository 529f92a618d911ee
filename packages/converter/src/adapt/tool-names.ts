/** Names of tools that the target's grammar takes, one to one with the client's. */
import type { NameGrammar } from './contract.ts';

/** Maps the names that must change; all others stay, and no two come out the same. */
export function fitNames(
  names: Iterable<string>,
  grammar: NameGrammar,
): ReadonlyMap<string, string> {
  const unfit = new Set<string>();
  const taken = new Set<string>();
  for (const name of names) (fitsName(name, grammar) ? taken : unfit).add(name);
  const changed = new Map<string, string>();
  for (const name of unfit) {
    let fitted = fitName(name, name, grammar);
    for (let attempt = 1; taken.has(fitted); attempt++) {
      fitted = fitName(name, `${name} ${attempt}`, grammar);
    }
    taken.add(fitted);
    changed.set(name, fitted);
  }
  return changed;
}

export function fitsName(name: string, { charactersMax, marks, wordStart }: NameGrammar): boolean {
  if (name === '' || name.length > charactersMax) return false;
  for (let at = 0; at < name.length; at++) {
    if (!isLetterOrDigit(name.charCodeAt(at)) && !marks.includes(name.charAt(at))) return false;
  }
  return !wordStart || /^[a-zA-Z_]/.test(name);
}

function isLetterOrDigit(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function legal(name: string, { marks, wordStart }: NameGrammar): string {
  const characters = Array.from(name, (character) =>
    /^[a-zA-Z0-9]$/.test(character) || marks.includes(character) ? character : '_',
  ).join('');
  return wordStart && !/^[a-zA-Z_]/.test(characters) ? `_${characters}` : characters;
}

/** The hash depends on the name alone, so that a conversation's later requests repeat it. */
function fitName(name: string, hashed: string, grammar: NameGrammar): string {
  const { charactersMax } = grammar;
  const suffix = `_${hash(hashed)}`;
  // Two code units may be one character; of a name of megabytes no more is looked at.
  const start = legal(name.slice(0, 2 * charactersMax), grammar);
  return start.slice(0, charactersMax - suffix.length) + suffix;
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value ^= text.charCodeAt(at);
    value = Math.imul(value, 0x01000193);
  }
  return (value >>> 0).toString(36);
}
