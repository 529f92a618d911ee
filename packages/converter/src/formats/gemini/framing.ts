/** How chunks stand in the body of a stream: as server-sent events, or as elements of one JSON array. */
import type { Framing } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import { encodeError } from './errors.ts';

type Write = (text: string) => void;

export interface Frames {
  readonly contentType: string;
  next(chunk: string, write: Write): void;
  /** Nothing follows: a JSON array is closed. */
  last(chunk: string, write: Write): void;
  /** Readers look for an array's bracket in the first place, so that it comes before anything else. */
  keepAlive(tail: string): string;
}

/** Without `alt=sse` the stream is one JSON array that arrives element by element. */
export function createFrames(framing: Framing): Frames {
  if (framing === 'sse') {
    const event = (chunk: string, write: Write): void => write(`data: ${chunk}\n\n`);
    return {
      contentType: 'text/event-stream; charset=utf-8',
      next: event,
      last: event,
      keepAlive: emptyEvent,
    };
  }
  let opening = '[';
  const element = (chunk: string, write: Write, closing: string): void => {
    write(`${opening}${chunk}${closing}`);
    opening = ',\r\n';
  };
  return {
    contentType: 'application/json; charset=utf-8',
    next: (chunk, write) => element(chunk, write, ''),
    last: (chunk, write) => element(chunk, write, ']\n'),
    keepAlive() {
      if (opening !== '[') return NEW_LINE;
      opening = '';
      return '[';
    },
  };
}

/**
 * Adds nothing, wherever it stands between two chunks. Server-sent events have comments for this, but Google's
 * libraries end the stream with an error at one (older ones for JavaScript, Gemini CLI's among them, and Go's) or at
 * an event that is empty (Go's), and applications add up the texts of chunks: all can read one whose text is empty.
 */
export function keepAlive(framing: Framing): string {
  return framing === 'sse' ? emptyEvent('}') : NEW_LINE;
}

const NEW_LINE = '\n';

/** `tail`: what every chunk of the stream ends with. */
function emptyEvent(tail: string): string {
  return `data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}]${tail}\n\n`;
}

/** The stream has begun, so an array has its opening bracket and an element before this one. */
export function streamError(error: ApiError, framing: Framing): string {
  const chunk = JSON.stringify(encodeError(error).body);
  return framing === 'sse' ? `\n\ndata: ${chunk}\n\n` : `,\r\n${chunk}]\n`;
}
