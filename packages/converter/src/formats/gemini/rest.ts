/** Says which fields of an object nobody read, so that nothing of a request vanishes in silence. */
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';
import { isPresent } from './fields.ts';

export interface RestOptions {
  readonly path: string;
  /** Fields that are read. */
  readonly known: ReadonlySet<string>;
  /** Fields that have no place elsewhere, and change nothing that the client would notice. */
  readonly hints?: ReadonlySet<string>;
  readonly report: Report;
}

export function reportRest(wire: JsonObject, { path, known, hints, report }: RestOptions): void {
  for (const [key, value] of Object.entries(wire)) {
    if (known.has(key) || !isPresent(value)) continue;
    const isHint = hints?.has(key) === true;
    report({
      feature: isHint ? kebab(key) : 'unknown-field',
      path: at(path, key),
      action: 'dropped',
      reason: isHint ? 'unsupported' : 'unknown',
      effect: isHint ? 'hint' : 'answer',
    });
  }
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
