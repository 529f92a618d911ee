/** The texts whose tokens are being counted: so many and so long at most, each settled once. */
import { estimateInputTokens } from './estimate.ts';
import { tokensOf } from './families.ts';
import type { CountReply, CountRequest } from './thread-messages.ts';

export interface QueueBounds {
  readonly waitingMax: number;
  /** Characters of all texts together. */
  readonly waitingLengthMax: number;
}

interface Waiting {
  readonly text: string;
  readonly model: string;
  readonly settle: (tokens: number) => void;
}

export interface Queue {
  isEmpty(): boolean;
  hasRoomFor(text: string): boolean;
  add(entry: Waiting): CountRequest;
  settle(reply: CountReply): void;
  estimateAll(): void;
}

export function createQueue(bounds: QueueBounds): Queue {
  const waiting = new Map<number, Waiting>();
  let length = 0;
  let lastId = 0;

  function take(id: number): Waiting | undefined {
    const entry = waiting.get(id);
    length -= entry?.text.length ?? 0;
    waiting.delete(id);
    return entry;
  }

  return {
    isEmpty: () => waiting.size === 0,
    hasRoomFor(text) {
      return waiting.size < bounds.waitingMax && length + text.length <= bounds.waitingLengthMax;
    },
    add(entry) {
      lastId += 1;
      waiting.set(lastId, entry);
      length += entry.text.length;
      return { id: lastId, text: entry.text };
    },
    settle({ id, tokens, otherShare }) {
      const entry = take(id);
      entry?.settle(tokensOf(entry.model, tokens, otherShare));
    },
    estimateAll() {
      for (const id of waiting.keys()) {
        const entry = take(id);
        entry?.settle(estimateText(entry.text));
      }
    },
  };
}

export function estimateText(text: string): number {
  return estimateInputTokens(Buffer.from(text));
}
