/** Whether a trace is recorded: as the client decided, or by its id, so that all who see it agree. */
import { SAMPLED, type TraceContext } from '../lib/trace-context.ts';
import type { SamplerSettings } from '../model/trace-settings.ts';

/** The random part of an id are its last 56 bits; a double holds the first 52 of them. */
const RANDOM_FROM = 18;
const RANDOM_UNTIL = 31;
const RANDOM_VALUES = 2 ** 52;

export function isSampled(
  { ratio, followsParent }: SamplerSettings,
  traceId: string,
  parent: TraceContext | undefined,
): boolean {
  if (followsParent && parent !== undefined) return (parent.flags & SAMPLED) !== 0;
  const random = Number.parseInt(traceId.slice(RANDOM_FROM, RANDOM_UNTIL), 16);
  return random >= (1 - ratio) * RANDOM_VALUES;
}
