/** Changes to immutable lists that hand the same list back when nothing changed. */
import type { Part } from '../ir/part.ts';
import { partPathOf } from '../ir/place.ts';
import type { Turn } from '../ir/request.ts';

/** Maps items; those that become undefined are left out. */
export function mapKeeping<T extends object>(
  items: readonly T[],
  change: (item: T, index: number) => T | undefined,
): readonly T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item === undefined) continue;
    const next = change(item, index);
    if (changed === undefined && next !== item) changed = items.slice(0, index);
    if (next !== undefined) changed?.push(next);
  }
  return changed ?? items;
}

/** Maps the parts of all turns, whatever becomes of a turn that has none left. */
export function mapParts(
  turns: readonly Turn[],
  change: (part: Part, path: string, turn: Turn) => Part | undefined,
): readonly Turn[] {
  return mapKeeping(turns, (turn, turnIndex) => {
    const parts = mapKeeping(turn.parts, (part, partIndex) =>
      change(part, partPathOf(part, turn) ?? `turns[${turnIndex}].parts[${partIndex}]`, turn),
    );
    return parts === turn.parts ? turn : { ...turn, parts };
  });
}
