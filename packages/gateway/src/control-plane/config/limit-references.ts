/** Checks of keys and limits what zod can not: what must be unique, exist elsewhere or come together. */
import { unknownChannel } from './channel-names.ts';
import type { Checked } from './check-shape.ts';
import { type Entries, entriesOf, itemsOf, textOf } from './entries.ts';
import { quotedAt } from './got-text.ts';
import type { Path } from './path.ts';

interface Known {
  /** Ids of all channels; undefined: nobody can tell. */
  readonly names: readonly string[] | undefined;
  readonly checked: Checked;
}

export function checkKeys(file: Entries, known: Known): void {
  const { checked } = known;
  const names = new Map<string, number>();
  const hashes = new Map<string, number>();
  for (const [index, item] of itemsOf(file['keys']).entries()) {
    const key = entriesOf(item);
    const path = ['keys', index];
    checkOnce(key['name'], names, {
      checked,
      index,
      path: [...path, 'name'],
      says: (first, shown) => `${shown} is the name of keys[${first}] already`,
    });
    checkOnce(key['hash'], hashes, {
      checked,
      index,
      path: [...path, 'hash'],
      says: (first) => `keys[${first}] has the same hash`,
    });
    checkChannels(itemsOf(key['channels']), [...path, 'channels'], known);
    if (!('tokens_per_window' in key || 'requests_per_window' in key))
      refuse(key, [...path, 'window'], {
        checked,
        sentence: 'only tokens_per_window and requests_per_window have a window',
      });
    if (!('budget' in key))
      refuse(key, [...path, 'budget_period'], { checked, sentence: 'only a budget has a period' });
  }
}

export function checkLimits(file: Entries, known: Known): void {
  const { checked } = known;
  for (const [index, item] of itemsOf(file['limits']).entries()) {
    const limit = entriesOf(item);
    const path = ['limits', index];
    const by = textOf(limit['by'])?.toLowerCase();
    const isWindowed = 'tokens' in limit || 'requests' in limit;
    if (!isWindowed && !('concurrency' in limit))
      add(checked, path, 'expected at least one of tokens, requests and concurrency');
    else if (!isWindowed)
      refuse(limit, [...path, 'window'], {
        checked,
        sentence: 'only tokens and requests have a window',
      });
    if (by === 'all')
      refuse(limit, [...path, 'match'], {
        checked,
        sentence: 'by: all counts all requests together, and takes no match',
      });
    const match = itemsOf(limit['match']);
    if (by === 'channel') checkChannels(match, [...path, 'match'], known);
  }
}

interface Once {
  readonly checked: Checked;
  readonly index: number;
  readonly path: Path;
  says(first: number, shown: string): string;
}

function checkOnce(
  value: unknown,
  seen: Map<string, number>,
  { checked, index, path, says }: Once,
): void {
  const text = textOf(value)?.trim();
  if (text === undefined) return;
  const first = seen.get(text);
  if (first === undefined) seen.set(text, index);
  else add(checked, path, says(first, quotedAt(path, text, checked.tree)));
}

/** A pattern may match channels that are still to come. */
function checkChannels(items: readonly unknown[], path: Path, { names, checked }: Known): void {
  if (names === undefined) return;
  for (const [index, item] of items.entries()) {
    const id = textOf(item);
    if (id === undefined || id.includes('*')) continue;
    const place = [...path, index];
    const mistake = unknownChannel(id, place, { names, checked });
    if (mistake !== undefined) add(checked, place, mistake);
  }
}

interface Refusal {
  readonly checked: Checked;
  readonly sentence: string;
}

/** The key at the end of the path must not be there. */
function refuse(entry: Entries, path: Path, { checked, sentence }: Refusal): void {
  const key = String(path.at(-1));
  if (key in entry) add(checked, path, sentence);
}

function add({ tree, mistakes }: Checked, path: Path, sentence: string): void {
  mistakes.add(tree.mark(path).offset, path, sentence);
}
