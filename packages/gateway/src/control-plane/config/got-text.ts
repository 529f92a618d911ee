/** What stands in the file, as a mistake may show it: no secret, and nothing that a variable holds. */
import { settingTable } from '../setting-table.ts';
import { type Path, shortened } from './path.ts';
import type { Tree } from './tree.ts';

/** `, got "three"`; nothing where it could be a secret. */
export function gotText(path: Path, { value, mark }: Tree): string {
  const given = valueAt(value, path);
  if (given === undefined || given === null) return ', got nothing';
  if (Array.isArray(given)) return given.length === 0 ? '' : ', got a list';
  if (typeof given === 'object') return ', got keys and values';
  if (isPrivate(path)) return '';
  const shown = mark(path).source ?? given;
  if (typeof shown === 'number' || typeof shown === 'boolean') return `, got ${shown}`;
  if (typeof shown !== 'string') return '';
  const mayHoldCredentials = path[2] === 'base_url' && /[@?#]/.test(shown);
  return mayHoldCredentials ? '' : `, got ${quoted(shown)}`;
}

/** The text at a path in quotes, with its variables as they are written in the file. */
export function quotedAt(path: Path, text: string, { mark }: Tree): string {
  return quoted(mark(path).source ?? text);
}

function isPrivate([top, , field]: Path): boolean {
  if (settingTable.some(({ key, isSecret }) => isSecret && key === top)) return true;
  if (top === 'channels') return field === 'api_keys' || field === 'headers';
  // Where a hash is expected somebody may have put the key.
  return top === 'keys' && (field === undefined || field === 'hash');
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, part)?.value;
  }
  return found;
}
