/** What makes two requests parts of one conversation, whose cache lives at one provider. */
import type { JsonValue } from 'ai-api-converter';
import { digestOf } from '../lib/digest.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Affinity, Routed } from '../model/snapshot.ts';

export interface Conversation {
  readonly id: string;
  /** It is long or continued, so that a provider has a cache of it to lose. */
  readonly prefers: boolean;
}

/** Providers cache from about 1,024 tokens on. */
const CACHED_BYTES_MIN = 4_096;
/** Beginnings that agree this far are the same. */
const START_CHARACTERS = 8_192;

/** Undefined where there is nothing to choose among. */
export function conversationOf(
  ingress: Ingress,
  { route, model }: Routed,
  affinity: Affinity | undefined,
): Conversation | undefined {
  if (affinity === undefined || !route.keepsConversations) return undefined;
  const { start, isContinued, cacheKey } = ingress.format.client.conversation(
    ingress.body.outline(),
  );
  const texts = [model, cacheKey ?? ''];
  if (cacheKey === undefined) gather(start, texts, START_CHARACTERS);
  return {
    id: digestOf(texts.join('\n')),
    prefers: isContinued || cacheKey !== undefined || ingress.bytes.length >= CACHED_BYTES_MIN,
  };
}

/** All texts within, in order, until `left` characters are there; returns how many are still wanted. */
function gather(value: JsonValue | undefined, into: string[], left: number): number {
  if (left <= 0 || typeof value !== 'object' || value === null) {
    if (typeof value !== 'string' || left <= 0) return left;
    into.push(value.slice(0, left));
    return left - value.length;
  }
  let wanted = left;
  for (const part of Array.isArray(value) ? value : Object.values(value))
    wanted = gather(part, into, wanted);
  return wanted;
}
