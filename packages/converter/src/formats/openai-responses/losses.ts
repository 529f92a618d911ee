/** How the decoder of requests says what it leaves out. */
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

/** Reports every member that nobody reads. */
export function reportRest(object: JsonObject, { known, hints }: Keys, place: Place): void {
  for (const [key, value] of Object.entries(object)) {
    if (known.has(key) || value === undefined || value === null || value === false) continue;
    const isHint = hints.has(key);
    drop(placeAt(place, key), {
      feature: isHint ? key.replaceAll('_', '-') : 'unknown-field',
      effect: 'hint',
      reason: isHint ? 'unsupported' : 'unknown',
    });
  }
}
