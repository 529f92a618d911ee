/** The thread that counts tokens: it alone loads the tokenizer, and its event loop alone waits for it. */
import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { CountReply, CountRequest } from './thread-messages.ts';

// What is joined without a space costs its length squared to cut; a thousand characters of it a millisecond or two.
const PIECE_LENGTH_MAX = 1_024;

// Text may quote what marks a conversation's parts; it is text all the same.
const asText = { disallowedSpecial: new Set<string>() };

parentPort?.on('message', ({ id, text }: CountRequest) => {
  const reply: CountReply = { id, tokens: tokensIn(text), otherShare: otherShareOf(text) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(reply);
});

function tokensIn(text: string): number {
  let tokens = 0;
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start);
    tokens += countTokens(text.slice(start, end), asText);
    start = end;
  }
  return tokens;
}

/** Before a space, where the tokenizer cuts by itself, if there is one. */
function pieceEnd(text: string, start: number): number {
  const end = start + PIECE_LENGTH_MAX;
  if (end >= text.length) return text.length;
  const space = text.lastIndexOf(' ', end);
  if (space > start) return space;
  const isPairCut = /[\uDC00-\uDFFF]/.test(text.charAt(end));
  return isPairCut ? end - 1 : end;
}

function otherShareOf(text: string): number {
  const others = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  return text.length === 0 ? 0 : others / text.length;
}
