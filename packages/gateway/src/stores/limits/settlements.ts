/** Which reservations were settled lately, so that a second settlement does nothing. */
import { type LimitMemory, SET_WORDS, wordAt } from './layout.ts';

const WAYS = 7;
const CURSOR = 14;

/**
 * True once for a digest. Some 57,000 are remembered, the oldest of a set are forgotten: a copy
 * would have to come after so many other settlements to count twice.
 */
export function isFirstSettlement(memory: LimitMemory, digest: Int32Array, place: number): boolean {
  const { settled } = memory;
  const setCount = settled.length / SET_WORDS;
  const first = wordAt(digest, place);
  // A free place is two zeros, which no digest must be.
  const second = wordAt(digest, place + 1) | 1;
  const start = (wordAt(digest, place + 2) & (setCount - 1)) * SET_WORDS;
  for (let way = start; way < start + WAYS * 2; way += 2) {
    if (settled[way] === first && settled[way + 1] === second) return false;
  }
  const cursor = wordAt(settled, start + CURSOR) % WAYS;
  settled[start + cursor * 2] = first;
  settled[start + cursor * 2 + 1] = second;
  settled[start + CURSOR] = cursor + 1;
  return true;
}
