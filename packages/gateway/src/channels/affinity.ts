/**
 * Which channel answered a conversation last, in memory that all threads share: a conversation's
 * next request may come in at any of them. Bounded; forgets what was not heard of for a while.
 *
 * Threads write without a lock. What two of them write at once may name a wrong channel, and then
 * one request misses its provider's cache.
 */
import { nowMs } from '../lib/clock.ts';
import { mixOf } from '../lib/digest.ts';
import type { Affinity } from '../model/snapshot.ts';

/** Providers keep a prompt's cache for 5 to 10 minutes after its last use. */
const KEEP_MS = 600_000;

/** A conversation has its place in one set, where the one that was silent longest makes room. */
const SETS = 8_192;
const WAYS = 4;
/** Words of 32 bits: two that name the conversation, one the channel, and the time of the last answer. */
const ENTRY_WORDS = 4;
const SET_WORDS = WAYS * ENTRY_WORDS;
const CHANNEL = 2;
/** In milliseconds, 1 or more; 0: free. Good for 24 days, then it starts again. */
const HEARD = 3;
const HEARD_MASK = 0x7fff_ffff;

/** For some 32,000 conversations. */
export function createConversationMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(SETS * SET_WORDS * Int32Array.BYTES_PER_ELEMENT);
}

/** What was not heard of for `keepMs` is forgotten; at most 24 days. */
export function createAffinity(memory = createConversationMemory(), keepMs = KEEP_MS): Affinity {
  const words = new Int32Array(memory);

  function wordAt(place: number): number {
    return words[place] ?? 0;
  }

  function ageMs(entry: number): number {
    const heard = wordAt(entry + HEARD);
    return heard === 0 ? Number.POSITIVE_INFINITY : (present() - heard) & HEARD_MASK;
  }

  /** Where the conversation stands, or else where it may be put. */
  function place(first: number, second: number): number {
    const set = (second & (SETS - 1)) * SET_WORDS;
    let oldest = set;
    for (let entry = set; entry < set + SET_WORDS; entry += ENTRY_WORDS) {
      if (wordAt(entry) === first && wordAt(entry + 1) === second) return entry;
      if (ageMs(entry) > ageMs(oldest)) oldest = entry;
    }
    return oldest;
  }

  return {
    recall(conversation, channels) {
      const first = mixOf(conversation, 1);
      const second = mixOf(conversation, 2);
      const entry = place(first, second);
      if (wordAt(entry) !== first || wordAt(entry + 1) !== second) return undefined;
      if (ageMs(entry) >= keepMs) return undefined;
      const mark = wordAt(entry + CHANNEL);
      const index = channels.findIndex(({ id }) => mixOf(id, 0) === mark);
      return index === -1 ? undefined : index;
    },
    remember(conversation, channelId) {
      const first = mixOf(conversation, 1);
      const second = mixOf(conversation, 2);
      const entry = place(first, second);
      words[entry] = first;
      words[entry + 1] = second;
      words[entry + CHANNEL] = mixOf(channelId, 0);
      words[entry + HEARD] = present();
    },
  };
}

function present(): number {
  return Math.max(1, Math.trunc(nowMs()) % HEARD_MASK);
}
