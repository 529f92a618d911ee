/** Where parts of a request stand: in the client's own words where they are known. */
import type { Part, Placed } from './part.ts';
import type { Turn } from './request.ts';

/** `neutral` is the place in the neutral form, for what no client wrote. */
export function pathOf({ path }: Placed, neutral: string): string {
  return path ?? neutral;
}

/** Parts without a place of their own, such as reasoning, stand where their turn does. */
export function partPathOf(part: Part, turn: Turn, neutral: string): string {
  return part.path ?? turn.path ?? neutral;
}
