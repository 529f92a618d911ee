/**
 * Reads the ids of an answer that passes untouched, its own and its first item's, so that who goes on from
 * it, or refers to what it said, is sent to where it is.
 */
import { textOf } from '../lib/bytes.ts';
import type { Answer } from './ask.ts';
import type { HeldStream, Piece } from './hold-stream.ts';

/** Before the first item the request's instructions and tools are repeated, in streams twice. */
const LOOKED_AT = 1_048_576;
/** What is looked for may be cut. */
const OVERLAP = 1_024;

const ownId = /"id"\s*:\s*"([^"\\]{1,256})"/;
const firstItemId = /"(?:item"\s*:|output"\s*:\s*\[)\s*\{[^{}]{0,256}?"id"\s*:\s*"([^"\\]{1,256})"/;

/** The answer as it may go out. `found` hears the ids before the client does. */
export function notingIds(answer: Answer, found: (id: string) => void): Answer {
  const look = createLook(found);
  if (answer.type === 'stream') return { ...answer, stream: watched(answer.stream, look) };
  look(answer.body);
  return answer;
}

function createLook(found: (id: string) => void): (piece: Piece) => void {
  let wanted: readonly RegExp[] = [ownId, firstItemId];
  let before = '';
  let length = 0;

  return (piece) => {
    if (wanted.length === 0 || length > LOOKED_AT) return;
    const looked = piece.length > LOOKED_AT ? beginningOf(piece) : piece;
    const text = before + (typeof looked === 'string' ? looked : textOf(looked));
    wanted = wanted.filter((pattern) => {
      const id = pattern.exec(text)?.[1];
      if (id !== undefined) found(id);
      return id === undefined;
    });
    // A slice keeps alive what it is cut from.
    before = wanted.length === 0 ? '' : text.slice(-OVERLAP);
    length += piece.length;
  };
}

function beginningOf(piece: Piece): Piece {
  return typeof piece === 'string' ? piece.slice(0, LOOKED_AT) : piece.subarray(0, LOOKED_AT);
}

function watched(stream: HeldStream, look: (piece: Piece) => void): HeldStream {
  return {
    ...stream,
    start: (flow) =>
      stream.start({
        write(piece) {
          look(piece);
          flow.write(piece);
        },
        done: flow.done,
      }),
  };
}
