/** Where parts of a request stand, in the client's own words. */
import type { Part } from './part.ts';
import type { Turn } from './request.ts';

/** Parts without a place of their own, such as reasoning, stand where their turn does. Undefined: nobody noted it. */
export function partPathOf(part: Part, turn: Turn): string | undefined {
  return part.path ?? turn.path;
}
