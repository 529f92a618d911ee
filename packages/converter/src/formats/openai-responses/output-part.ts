/** What decoders of the items of an answer have in common. */
import type { Emit } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';

/** There is one candidate. */
export const CANDIDATE = 0;

export interface OutputPlace {
  readonly report: Report;
  answerId(): string;
  /** The next index of a part. */
  takeIndex(): number;
}

export interface ItemDecoder {
  /** An event within the item. */
  push(event: JsonObject, emit: Emit): void;
  /** The whole item: what was not streamed is said, and everything ends. Idempotent. */
  done(item: JsonObject, emit: Emit): void;
  /** The answer ended without the item being whole. Idempotent. */
  close(emit: Emit): void;
  /** The stream failed: calls are no whole ones. Idempotent. */
  cut(emit: Emit): void;
}

/** The event's type without what all have in front. */
export function eventName(event: JsonObject): string {
  const type = event['type'];
  return typeof type === 'string' ? type.replace(/^response\./, '') : '';
}
