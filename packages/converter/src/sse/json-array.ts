/**
 * Splits a JSON array that arrives piece by piece into its elements, as Gemini streams it without
 * `alt=sse`. Each element becomes an event whose data is the element's text.
 */
import {
  EVENT_CHARACTERS_MAX,
  type EventReader,
  EventTooLargeError,
  type SseEvent,
} from './parser.ts';
import { createTextPieces, textOfPiece, textOfRest } from './text-pieces.ts';

export function createJsonArrayReader(): EventReader {
  const pieces = createTextPieces();
  let buffer = '';
  let depth = 0;
  let inString = false;
  let escaped = false;
  let elementStart = -1;
  let at = 0;

  function step(code: number): 'open' | 'close' | undefined {
    if (inString) {
      if (escaped) escaped = false;
      else if (code === 0x5c) escaped = true;
      else if (code === 0x22) inString = false;
      return undefined;
    }
    if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) return 'open';
    else if (code === 0x7d || code === 0x5d) return 'close';
    return undefined;
  }

  function scan(emit: (event: SseEvent) => void): void {
    for (; at < buffer.length; at++) {
      const move = step(buffer.charCodeAt(at));
      if (move === 'open') {
        // A body that is one object instead of an array (an error, say) is one element at depth 0.
        if (elementStart === -1 && buffer.charCodeAt(at) === 0x7b) elementStart = at;
        depth++;
      } else if (move === 'close') {
        depth--;
        if (elementStart !== -1 && isElementEnd()) finish(emit);
      }
    }
    if (elementStart === -1) {
      buffer = '';
      at = 0;
    } else if (buffer.length > EVENT_CHARACTERS_MAX) throw new EventTooLargeError();
  }

  let outerDepth = 0;
  function isElementEnd(): boolean {
    return depth === outerDepth;
  }

  function finish(emit: (event: SseEvent) => void): void {
    emit({ event: undefined, data: buffer.slice(elementStart, at + 1) });
    buffer = buffer.slice(at + 1);
    at = -1;
    elementStart = -1;
  }

  return {
    push(chunk, emit) {
      buffer += textOfPiece(pieces, chunk);
      if (outerDepth === 0 && depth === 0 && buffer.trimStart().startsWith('[')) outerDepth = 1;
      scan(emit);
    },
    end(emit) {
      buffer += textOfRest(pieces);
      scan(emit);
      // A cut element is handed on as it is: its reader reports broken JSON rather than silence.
      if (elementStart !== -1) emit({ event: undefined, data: buffer.slice(elementStart) });
      buffer = '';
      elementStart = -1;
    },
  };
}
