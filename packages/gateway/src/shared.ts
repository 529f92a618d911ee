/** What all workers of one process have in common, so that they count and remember together. */
import { createConversationMemory } from './channels/affinity.ts';
import { newId } from './lib/ids.ts';
import { createLimitMemory } from './stores/limits/memory.ts';

/** May be handed to another thread. */
export interface Shared {
  readonly limits: SharedArrayBuffer;
  readonly conversations: SharedArrayBuffer;
  readonly responseHomes: SharedArrayBuffer;
  /** The name of this process among those that share a Redis: its workers are one of them together. */
  readonly instance: string;
}

export function createShared(): Shared {
  return {
    limits: createLimitMemory(),
    conversations: createConversationMemory(),
    responseHomes: createConversationMemory(),
    instance: newId(''),
  };
}
