/**
 * Incremental Server-Sent Events parser: bytes in, events out, wherever the bytes are cut.
 *
 * Accepts LF, CR and CRLF, a byte order mark, comments, `data:` with and without a space, several
 * data lines, and a last event without its blank line. Source: WHATWG HTML, section 9.2.
 */

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

/** Throws EventTooLargeError from `push` when an event outgrows the bound. */
export function createSseParser(): EventReader {
  const decoder = new TextDecoder();
  let fragments: string[] = [];
  let fragmentsLength = 0;
  let skipLineFeed = false;
  let event: string | undefined;
  let data: string | undefined;

  function line(text: string, emit: (event: SseEvent) => void): void {
    if (text === '') {
      if (data !== undefined) emit({ event, data });
      event = undefined;
      data = undefined;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    const value =
      colon === -1 ? '' : text.slice(text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (field === 'data') {
      data = data === undefined ? value : `${data}\n${value}`;
      if (data.length > EVENT_CHARACTERS_MAX) throw new EventTooLargeError();
    } else if (field === 'event') event = value;
  }

  function text(chunk: string, emit: (event: SseEvent) => void): void {
    let start = 0;
    if (skipLineFeed && chunk.length > 0) {
      if (chunk.charCodeAt(0) === 0x0a) start = 1;
      skipLineFeed = false;
    }
    // Each is looked for once where there is none, not to the chunk's end for each of its lines.
    let lineFeed = chunk.indexOf('\n', start);
    let carriageReturn = chunk.indexOf('\r', start);
    for (;;) {
      if (lineFeed !== -1 && lineFeed < start) lineFeed = chunk.indexOf('\n', start);
      if (carriageReturn !== -1 && carriageReturn < start)
        carriageReturn = chunk.indexOf('\r', start);
      const isCarriageReturn =
        carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = isCarriageReturn ? carriageReturn : lineFeed;
      if (end === -1) break;
      const rest = chunk.slice(start, end);
      line(fragments.length === 0 ? rest : join(rest), emit);
      start = end + 1;
      if (isCarriageReturn) {
        if (start === chunk.length) skipLineFeed = true;
        else if (chunk.charCodeAt(start) === 0x0a) start++;
      }
    }
    if (start === chunk.length) return;
    fragments.push(chunk.slice(start));
    fragmentsLength += chunk.length - start;
    if (fragmentsLength > EVENT_CHARACTERS_MAX) throw new EventTooLargeError();
  }

  // Fragments are joined once, when their line ends: repeated concatenation of one long line
  // that arrives in many pieces would flatten it again and again.
  function join(rest: string): string {
    fragments.push(rest);
    const whole = fragments.join('');
    fragments = [];
    fragmentsLength = 0;
    return whole;
  }

  return {
    push: (chunk, emit) => text(decoder.decode(chunk, { stream: true }), emit),
    end(emit) {
      text(decoder.decode(), emit);
      if (fragments.length > 0) line(join(''), emit);
      line('', emit);
    },
  };
}
