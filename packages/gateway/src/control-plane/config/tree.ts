/** The nodes of a YAML file into plain values with their places: aliases, merge keys and variables are filled in. */
import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { hasVariables, interpolate } from './interpolate.ts';
import type { Mistakes } from './mistakes.ts';
import { type Path, pathText } from './path.ts';

export interface Tree {
  readonly value: unknown;
  /** What is known of the place at a path; of one that is not there, what is known of the nearest above it. */
  mark(path: Path): Mark;
}

interface Mark {
  /** Of the key, in a map. */
  readonly offset: number;
  /** The text as the file has it, when variables are in it. */
  readonly source: string | undefined;
}

interface Surroundings {
  readonly env: { readonly [name: string]: string | undefined };
  readonly mistakes: Mistakes;
}

interface Walk extends Surroundings {
  readonly marks: Map<string, Mark>;
  readonly anchors: Map<string, unknown>;
  nodesLeft: number;
  /** Within an alias, whose anchors are known already. */
  isRepeated: boolean;
}

interface Place {
  readonly path: Path;
  readonly offset: number;
}

/** Far above any real file; aliases of aliases reach them in a few lines. */
const nodesMax = 100_000;
const depthMax = 32;

class TreeError extends Error {
  readonly place: Place;

  constructor(place: Place, message: string) {
    super(message);
    this.name = 'TreeError';
    this.place = place;
  }
}

export function growTree(root: unknown, surroundings: Surroundings): Tree {
  const marks = new Map<string, Mark>();
  const walk: Walk = {
    ...surroundings,
    marks,
    anchors: new Map(),
    nodesLeft: nodesMax,
    isRepeated: false,
  };
  return {
    value: grow(root, walk),
    mark(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const mark = marks.get(pathText(path.slice(0, length)));
        if (mark !== undefined) return mark;
      }
      return { offset: 0, source: undefined };
    },
  };
}

function grow(root: unknown, walk: Walk): unknown {
  try {
    return valueOf(root, { path: [], offset: 0 }, walk);
  } catch (cause) {
    if (!(cause instanceof TreeError)) throw cause;
    walk.mistakes.add(cause.place.offset, [], cause.message);
    return undefined;
  }
}

function valueOf(node: unknown, place: Place, walk: Walk): unknown {
  spend(place, walk);
  if (isAlias(node)) return repeated(node.source, place, walk);
  remember(node, walk);
  if (isMap(node)) return mapOf(node, place, walk);
  if (isSeq(node)) return node.items.map((item, index) => itemOf(item, index, { place, walk }));
  return isScalar(node) ? scalarOf(node, place, walk) : null;
}

function spend(place: Place, walk: Walk): void {
  walk.nodesLeft -= 1;
  if (walk.nodesLeft < 0)
    throw new TreeError(place, 'this is too large with its aliases filled in');
  if (place.path.length > depthMax) throw new TreeError(place, 'this is nested too deeply');
}

function remember(node: unknown, walk: Walk): void {
  if (walk.isRepeated || !(isMap(node) || isSeq(node) || isScalar(node))) return;
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
}

function repeated(name: string, place: Place, walk: Walk): unknown {
  const target = walk.anchors.get(name);
  if (target === undefined) {
    walk.mistakes.add(
      place.offset,
      place.path,
      'this alias has no anchor before it; text that begins with * needs quotes',
    );
    return undefined;
  }
  return within(walk, () => valueOf(target, place, walk));
}

function within<T>(walk: Walk, read: () => T): T {
  const before = walk.isRepeated;
  walk.isRepeated = true;
  const value = read();
  walk.isRepeated = before;
  return value;
}

function itemOf(
  item: unknown,
  index: number,
  { place, walk }: { place: Place; walk: Walk },
): unknown {
  const path = [...place.path, index];
  const offset = offsetOf(item) ?? place.offset;
  walk.marks.set(pathText(path), { offset, source: undefined });
  return valueOf(item, { path, offset }, walk);
}

function scalarOf(node: Scalar, { path, offset }: Place, walk: Walk): unknown {
  const { value } = node;
  if (typeof value !== 'string' || !hasVariables(value)) return value;
  const { text, mistake } = interpolate(value, walk.env);
  if (mistake !== undefined) walk.mistakes.add(offset, path, mistake);
  walk.marks.set(pathText(path), { offset, source: value });
  return text;
}

interface Entry {
  readonly offset: number;
  readonly value: unknown;
  /** Comes from another map by a merge key. */
  readonly isMerged: boolean;
}

function mapOf(node: YAMLMap, place: Place, walk: Walk): unknown {
  const value: { [key: string]: unknown } = {};
  for (const [key, entry] of entriesOf(node, place, walk)) {
    const path = [...place.path, key];
    walk.marks.set(pathText(path), { offset: entry.offset, source: undefined });
    const read = (): unknown => valueOf(entry.value, { path, offset: entry.offset }, walk);
    value[key] = entry.isMerged ? within(walk, read) : read();
  }
  return value;
}

/** The map's own entries, then those of the maps that `<<` names; whoever comes first has a key. */
function entriesOf(node: YAMLMap, place: Place, walk: Walk): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const merges: Pair[] = [];
  for (const pair of node.items) {
    spend(place, walk);
    const key = keyOf(pair.key);
    const offset = offsetOf(pair.key) ?? place.offset;
    if (isMergeKey(pair.key)) merges.push(pair);
    else if (key === undefined) {
      walk.mistakes.add(offset, place.path, 'this can not be a key');
    } else if (entries.has(key)) {
      walk.mistakes.add(offset, [...place.path, key], 'the key is there twice');
    } else entries.set(key, { offset, value: pair.value, isMerged: false });
  }
  for (const pair of merges) {
    // One level deeper each time, so that a map that merges itself comes to an end.
    const deeper = { path: [...place.path, '<<'], offset: offsetOf(pair.key) ?? place.offset };
    const merged = mapsOf(pair.value, deeper, walk).flatMap((map) => [
      ...entriesOf(map, deeper, walk),
    ]);
    for (const [key, entry] of merged) {
      if (!entries.has(key)) entries.set(key, { ...entry, isMerged: true });
    }
  }
  return entries;
}

function mapsOf(node: unknown, place: Place, walk: Walk): readonly YAMLMap[] {
  spend(place, walk);
  const target = isAlias(node) ? walk.anchors.get(node.source) : node;
  remember(target, walk);
  if (isMap(target)) return [target];
  if (isSeq(target)) {
    const deeper: Place = { ...place, path: [...place.path, '<<'] };
    return target.items.flatMap((item) => mapsOf(item, deeper, walk));
  }
  walk.mistakes.add(place.offset, place.path, 'expected a map, or an alias of one before it');
  return [];
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

/** Undefined: it is no text, or no name that an object can have. */
function keyOf(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  const text = typeof key.value === 'string' ? key.value : key.source;
  return text === '__proto__' ? undefined : text;
}

function offsetOf(node: unknown): number | undefined {
  if (isAlias(node) || isMap(node) || isSeq(node) || isScalar(node)) return node.range?.[0];
  return undefined;
}
