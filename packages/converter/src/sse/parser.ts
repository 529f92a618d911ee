/**
 * Incremental Server-Sent Events parser: bytes in, events out, wherever the bytes are cut.
 *
 * Accepts LF, CR and CRLF, a byte order mark, comments, `data:` with and without a space, several
 * data lines, and a last event without its blank line. Source: WHATWG HTML, section 9.2.
 */

import { createTextPieces, type TextPieces, textOfPiece, textOfRest } from './text-pieces.ts';

export interface SseEvent {
  /** The `event:` field; undefined where there was none. */
  readonly event: string | undefined;
  /** The `data:` lines joined with line feeds. */
  readonly data: string;
}

export interface EventReader {
  push(chunk: Uint8Array, emit: (event: SseEvent) => void): void;
  /** The stream is over: emits what is left. */
  end(emit: (event: SseEvent) => void): void;
}

/** One event may hold a base64 image, but not the machine's memory. */
export const EVENT_CHARACTERS_MAX: number = 32 * 1024 * 1024;

export class EventTooLargeError extends Error {
  constructor() {
    super(`an event of the upstream's stream is longer than ${EVENT_CHARACTERS_MAX} characters`);
    this.name = 'EventTooLargeError';
  }
}

type Emit = (event: SseEvent) => void;

interface Parsing extends TextPieces {
  /** Of a line that has no end yet. */
  fragments: string[];
  fragmentsLength: number;
  skipLineFeed: boolean;
  event: string | undefined;
  data: string | undefined;
}

/** Throws EventTooLargeError from `push` when an event outgrows the bound. */
export function createSseParser(): EventReader {
  const parsing: Parsing = {
    ...createTextPieces(),
    fragments: [],
    fragmentsLength: 0,
    skipLineFeed: false,
    event: undefined,
    data: undefined,
  };
  return {
    push: (chunk, emit) => readText(parsing, textOfPiece(parsing, chunk), emit),
    end(emit) {
      readText(parsing, textOfRest(parsing), emit);
      if (parsing.fragments.length > 0) readLine(parsing, join(parsing, ''), emit);
      readLine(parsing, '', emit);
    },
  };
}

function readText(parsing: Parsing, chunk: string, emit: Emit): void {
  let start = 0;
  if (parsing.skipLineFeed && chunk.length > 0) {
    if (chunk.charCodeAt(0) === 0x0a) start = 1;
    parsing.skipLineFeed = false;
  }
  const nextEnd = lineEnds(chunk, start);
  for (let end = nextEnd(start); end !== -1; end = nextEnd(start)) {
    const rest = chunk.slice(start, end);
    readLine(parsing, parsing.fragmentsLength === 0 ? rest : join(parsing, rest), emit);
    start = end + 1;
    if (chunk.charCodeAt(end) === 0x0d) {
      if (start === chunk.length) parsing.skipLineFeed = true;
      else if (chunk.charCodeAt(start) === 0x0a) start++;
    }
  }
  if (start === chunk.length) return;
  parsing.fragments.push(chunk.slice(start));
  parsing.fragmentsLength += chunk.length - start;
  if (parsing.fragmentsLength > EVENT_CHARACTERS_MAX) throw new EventTooLargeError();
}

// Fragments are joined once, when their line ends: repeated concatenation of one long line
// that arrives in many pieces would flatten it again and again.
function join(parsing: Parsing, rest: string): string {
  parsing.fragments.push(rest);
  const whole = parsing.fragments.join('');
  parsing.fragments = [];
  parsing.fragmentsLength = 0;
  return whole;
}

function readLine(parsing: Parsing, text: string, emit: Emit): void {
  if (text === '') {
    const { event, data } = parsing;
    if (data !== undefined) emit({ event, data });
    parsing.event = undefined;
    parsing.data = undefined;
    return;
  }
  const colon = text.indexOf(':');
  if (colon === 0) return;
  const field = colon === -1 ? text : text.slice(0, colon);
  const value =
    colon === -1 ? '' : text.slice(text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
  if (field === 'data') {
    parsing.data = parsing.data === undefined ? value : `${parsing.data}\n${value}`;
    if (parsing.data.length > EVENT_CHARACTERS_MAX) throw new EventTooLargeError();
  } else if (field === 'event') parsing.event = value;
}

/** Where lines end from a place on; -1: nowhere. The places asked for only grow. */
function lineEnds(chunk: string, start: number): (from: number) => number {
  // Each sign is looked for once where there is none, not to the chunk's end for each of its lines.
  let lineFeed = chunk.indexOf('\n', start);
  let carriageReturn = chunk.indexOf('\r', start);
  return (from) => {
    if (lineFeed !== -1 && lineFeed < from) lineFeed = chunk.indexOf('\n', from);
    if (carriageReturn !== -1 && carriageReturn < from) carriageReturn = chunk.indexOf('\r', from);
    if (carriageReturn === -1) return lineFeed;
    return lineFeed === -1 ? carriageReturn : Math.min(lineFeed, carriageReturn);
  };
}
