/** Checks what zod can not: names that must be unique or exist elsewhere, and keys that need one another. */
import { channelNames, unknownChannel } from './channel-names.ts';
import { isReservedHeader } from './channel-readers.ts';
import type { Checked } from './check-shape.ts';
import { type Entries, entriesOf, itemsOf, textOf } from './entries.ts';
import { quotedAt } from './got-text.ts';
import { checkKeys, checkLimits } from './limit-references.ts';
import { suggestion } from './nearest.ts';
import { type Path, pathText } from './path.ts';

/** Looks at the file as it is, so that mistakes elsewhere hide none of these. */
export function checkReferences(checked: Checked): void {
  const file = entriesOf(checked.tree.value);
  const channels = itemsOf(file['channels']).map(entriesOf);
  const ids = new Map<string, number>();
  for (const [index, channel] of channels.entries()) {
    checkChannel(channel, ['channels', index], checked);
    const id = textOf(channel['id']);
    if (id === undefined) continue;
    const first = ids.get(id);
    if (first === undefined) ids.set(id, index);
    else {
      const place = ['channels', index, 'id'];
      add(
        checked,
        place,
        `${quotedAt(place, id, checked.tree)} is the id of channels[${first}] already`,
      );
    }
  }
  const names = channelNames(file, [...ids.keys()]);
  checkKeys(file, { names, checked });
  checkLimits(file, { names, checked });
  if (names === undefined) return;
  for (const [index, route] of itemsOf(file['routes']).entries()) {
    checkRoute(entriesOf(route), { path: ['routes', index], names, checked });
  }
}

function add({ tree, mistakes }: Checked, path: Path, sentence: string): void {
  mistakes.add(tree.mark(path).offset, path, sentence);
}

function checkChannel(channel: Entries, path: Path, checked: Checked): void {
  const provider = textOf(channel['provider'])?.toLowerCase() ?? '';
  if (['openai-compatible', 'azure-openai'].includes(provider) && !('base_url' in channel)) {
    add(checked, [...path, 'base_url'], `missing; ${provider} has no address of its own`);
  }
  if ('api_version' in channel && provider !== 'azure-openai') {
    add(checked, [...path, 'api_version'], 'only azure-openai takes it');
  }
  const seen = new Set<string>();
  for (const name of Object.keys(entriesOf(channel['headers']))) {
    const place = [...path, 'headers', name];
    if (isReservedHeader(name)) add(checked, place, 'the gateway sets this header itself');
    if (seen.has(name.toLowerCase())) add(checked, place, 'the header is there twice');
    seen.add(name.toLowerCase());
  }
}

interface RouteCheck {
  readonly path: Path;
  /** Ids of all channels. */
  readonly names: readonly string[];
  readonly checked: Checked;
}

function checkRoute(route: Entries, { path, names, checked }: RouteCheck): void {
  const used = new Map<string, string>();
  for (const key of ['channels', 'fallback']) {
    for (const [index, item] of itemsOf(route[key]).entries()) {
      const id = textOf(item);
      const place = [...path, key, index];
      if (id === undefined) continue;
      const shown = quotedAt(place, id, checked.tree);
      const first = used.get(id);
      const unknown = unknownChannel(id, place, { names, checked });
      if (unknown !== undefined) add(checked, place, unknown);
      else if (first !== undefined)
        add(checked, place, `${shown} is in this route already: ${first}`);
      else used.set(id, pathText(place));
    }
  }
  for (const key of Object.keys(entriesOf(route['rewrite']))) {
    if (key === '*' || used.has(key)) continue;
    const near = suggestion(key, [...used.keys()]);
    add(checked, [...path, 'rewrite', key], `the route uses no channel of this id${near}`);
  }
}
