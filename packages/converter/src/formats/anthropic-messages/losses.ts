/** How this format's decoders and encoders say what they leave out. */
import type { Placed } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { at } from '../../read.ts';

/** Where something stands, and whom to tell about it. */
export interface Place {
  readonly path: string;
  readonly report: Report;
}

export function placeAt({ path, report }: Place, key: string | number): Place {
  return { path: at(path, key), report };
}

/** A field of something that the client may have written: then its own place says most. */
export function fieldAt(item: Placed, { path, report }: Place, key: string): Place {
  return { path: item.path ?? at(path, key), report };
}

type Said = Pick<Loss, 'feature' | 'effect'> & Partial<Loss>;

export function drop({ path, report }: Place, loss: Said): void {
  report({ path, action: 'dropped', reason: 'unsupported', ...loss });
}

export interface Keys {
  /** Read by the decoder, or without any meaning. */
  readonly known: ReadonlySet<string>;
  /** Never read, and the answer is the same without them. */
  readonly hints: ReadonlySet<string>;
}

/** Longer names are cut. */
const NAME_MAX = 128;

/** Reports every member that nobody reads. */
export function reportRest(object: JsonObject, { known, hints }: Keys, place: Place): void {
  for (const key in object) {
    const value = object[key];
    if (known.has(key) || value === undefined || value === null) continue;
    const isHint = hints.has(key);
    drop(placeAt(place, key), {
      feature: key
        .slice(0, NAME_MAX)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-'),
      effect: isHint ? 'hint' : 'answer',
      reason: isHint ? 'unsupported' : 'unknown',
    });
  }
}
