/** Which channel answered a conversation last; bounded, forgets what was not heard of for a while. */
import { nowMs } from '../lib/clock.ts';
import type { Affinity } from '../model/snapshot.ts';

/** Providers keep a prompt's cache for 5 to 10 minutes after its last use. */
const KEEP_MS = 600_000;
const CONVERSATIONS_MAX = 20_000;

interface Memory {
  readonly channelId: string;
  readonly untilMs: number;
}

export function createAffinity(): Affinity {
  const memories = new Map<string, Memory>();

  return {
    recall(conversation) {
      const memory = memories.get(conversation);
      return memory !== undefined && nowMs() < memory.untilMs ? memory.channelId : undefined;
    },
    remember(conversation, channelId) {
      // Deleted first: a map keeps the order of first insertion, and the oldest is dropped.
      memories.delete(conversation);
      memories.set(conversation, { channelId, untilMs: nowMs() + KEEP_MS });
      if (memories.size <= CONVERSATIONS_MAX) return;
      for (const oldest of memories.keys()) {
        memories.delete(oldest);
        return;
      }
    },
  };
}
