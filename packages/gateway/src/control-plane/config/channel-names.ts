/** Ids of channels that other parts of the file name: whether there are such channels. */
import type { Checked } from './check-shape.ts';
import { type Entries, itemsOf } from './entries.ts';
import { quotedAt } from './got-text.ts';
import { suggestion } from './nearest.ts';
import type { Path } from './path.ts';

/** Ids that may be named when the file has no channels. */
const builtIn: readonly string[] = ['openai', 'anthropic', 'gemini'];

/** Undefined: what the file says of channels is too wrong to tell. */
export function channelNames(file: Entries, ids: readonly string[]): readonly string[] | undefined {
  if (!('channels' in file)) return builtIn;
  return itemsOf(file['channels']).length === 0 ? undefined : ids;
}

/** Undefined: there is such a channel. */
export function unknownChannel(
  id: string,
  place: Path,
  { names, checked }: { readonly names: readonly string[]; readonly checked: Checked },
): string | undefined {
  if (names.includes(id)) return undefined;
  return `no channel has the id ${quotedAt(place, id, checked.tree)}${hint(id, names)}`;
}

function hint(id: string, names: readonly string[]): string {
  const near = suggestion(id, names);
  if (near !== '' || names !== builtIn) return near;
  return `; as no channels are configured, there are ${builtIn.join(', ')}`;
}
