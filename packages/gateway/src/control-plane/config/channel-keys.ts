/** The keys of channels: from variables, from files, or as they stand. No mistake shows any of them. */
import type { Checked } from './check-shape.ts';
import type { Path } from './path.ts';
import { isKey, splitKeys } from './setting-readers.ts';

/** The text of a file beside the configuration; throws an Error whose message says why not. */
export type ReadSecret = (path: string) => string;

const filePrefix = 'file:';

/** The keys of one channel; entries that are no text are for the schema to refuse. */
export function readKeys(
  entries: readonly unknown[],
  { path, readSecret }: { readonly path: Path; readonly readSecret: ReadSecret },
  { tree, mistakes }: Checked,
): readonly string[] {
  const found = entries.flatMap((entry, index) => {
    const place = [...path, index];
    // What an unset variable leaves is not worth a second mistake, nor a look for its file.
    if (typeof entry !== 'string' || mistakes.has(place)) return [];
    const { offset, source } = tree.mark(place);
    const parts = source === undefined ? [entry.trim()] : splitKeys(entry);
    if (parts.every((part) => part === '')) {
      const why = source === undefined ? '' : ' once its variables are filled in';
      mistakes.add(offset, place, `the key is empty${why}`);
      return [];
    }
    return parts.map((part) => {
      try {
        return keyOf(part, readSecret);
      } catch (cause) {
        mistakes.add(offset, place, cause instanceof Error ? cause.message : 'not readable');
        return '';
      }
    });
  });
  return [...new Set(found)];
}

function keyOf(text: string, readSecret: ReadSecret): string {
  const isFile = text.startsWith(filePrefix);
  const key = isFile ? readSecret(text.slice(filePrefix.length)).trim() : text;
  if (key === '') throw new Error('the file of the key is empty');
  if (!isKey(key)) throw new Error('a key is printable ASCII without spaces');
  return key;
}
