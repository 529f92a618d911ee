/**
 * Lets the bytes of whole events pass and keeps back the beginning of one that is not all there: when
 * the upstream breaks off inside an event, a client that was given half of it could read neither the
 * half nor the error that follows.
 */
import { createSseParser, parseJson } from 'ai-api-converter';
import { bufferOf } from '../lib/bytes.ts';

export interface EventGate {
  /** The bytes that may pass now: what was kept, up to the last blank line; the chunk itself where it can. */
  push(chunk: Uint8Array): Uint8Array;
  /**
   * The upstream is done: what was kept, if it is a whole event but for the blank line at its end.
   * `isMended`: with that blank line, without which some clients leave the event out.
   */
  rest(isMended: boolean): Uint8Array;
}

/** A blank line may begin this many bytes before the chunk that ends it. */
const OVERLAP_BYTES = 3;
const NOTHING = new Uint8Array(0);
const EMPTY = Buffer.alloc(0);
const BLANK_LINE = Buffer.from('\n\n');

export function createEventGate(): EventGate {
  let kept: Uint8Array[] = [];
  let overlap = EMPTY;

  function take(last: Uint8Array): Uint8Array {
    if (kept.length === 0) return last;
    const whole = Buffer.concat([...kept, last]);
    kept = [];
    return whole;
  }

  return {
    push(chunk) {
      const buffer = bufferOf(chunk);
      if (endsBlank(buffer)) {
        overlap = EMPTY;
        return take(chunk);
      }
      const end = endOfEvents(buffer, overlap);
      overlap = Buffer.concat([overlap, buffer.subarray(-OVERLAP_BYTES)]).subarray(-OVERLAP_BYTES);
      if (end === chunk.length) return take(chunk);
      if (end === 0) {
        kept.push(chunk);
        return NOTHING;
      }
      const passed = take(chunk.subarray(0, end));
      kept.push(chunk.subarray(end));
      return passed;
    },
    rest(isMended) {
      if (kept.length === 0) return NOTHING;
      const event = take(NOTHING);
      const mended = Buffer.concat([event, BLANK_LINE]);
      if (!isReadable(mended)) return NOTHING;
      return isMended ? mended : event;
    },
  };
}

/** Where the last event ends that is whole with this chunk; 0: none does. */
function endOfEvents(chunk: Buffer, before: Buffer): number {
  const inside = Math.max(
    after(chunk, '\n\n'),
    after(chunk, '\r\n\r\n'),
    after(chunk, '\r\r'),
    after(chunk, '\n\r\n'),
  );
  if (inside > 0 || before.length === 0) return inside;
  const seam = Buffer.concat([before, chunk.subarray(0, OVERLAP_BYTES)]);
  for (let end = Math.min(OVERLAP_BYTES, chunk.length); end > 0; end -= 1) {
    if (endsBlank(seam.subarray(0, before.length + end))) return end;
  }
  return 0;
}

function after(chunk: Buffer, mark: string): number {
  const at = chunk.lastIndexOf(mark, undefined, 'latin1');
  return at === -1 ? 0 : at + mark.length;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

function endsBlank(bytes: Buffer): boolean {
  const last = bytes.at(-1);
  const beforeLast = bytes.at(-2);
  if (last === CARRIAGE_RETURN) return beforeLast === CARRIAGE_RETURN;
  if (last !== LINE_FEED) return false;
  return beforeLast === LINE_FEED || (beforeLast === CARRIAGE_RETURN && bytes.at(-3) === LINE_FEED);
}

function isReadable(bytes: Uint8Array): boolean {
  const texts: string[] = [];
  const parser = createSseParser();
  parser.push(bytes, ({ data }) => texts.push(data));
  return texts.length > 0 && texts.every((text) => text.trim() === '[DONE]' || isJson(text));
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
