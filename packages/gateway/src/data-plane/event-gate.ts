/**
 * Lets the bytes of whole events pass and keeps back the beginning of one that is not all there: when
 * the upstream breaks off inside an event, a client that was given half of it could read neither the
 * half nor the error that follows.
 */
import { createSseParser, parseJson } from 'ai-api-converter';
import { bufferOf } from '../lib/bytes.ts';

/** To be changed by the functions of this module only. */
export interface EventGate {
  kept: Uint8Array[] | undefined;
  /** The end of what came last, unless it was a blank line's. */
  overlap: Buffer;
}

/** A blank line may begin this many bytes before the chunk that ends it. */
const OVERLAP_BYTES = 3;
const NOTHING = new Uint8Array(0);
const EMPTY = Buffer.alloc(0);
const BLANK_LINE = Buffer.from('\n\n');

export function createEventGate(): EventGate {
  return { kept: undefined, overlap: EMPTY };
}

/** The bytes that may pass now: what was kept, up to the last blank line; the chunk itself where it can. */
export function passWhole(gate: EventGate, chunk: Uint8Array): Uint8Array {
  if (endsBlank(chunk)) {
    gate.overlap = EMPTY;
    return take(gate, chunk);
  }
  const { overlap } = gate;
  const buffer = bufferOf(chunk);
  const end = endOfEvents(buffer, overlap);
  gate.overlap = Buffer.concat([overlap, buffer.subarray(-OVERLAP_BYTES)]).subarray(-OVERLAP_BYTES);
  if (end === chunk.length) return take(gate, chunk);
  if (end === 0) {
    keep(gate, chunk);
    return NOTHING;
  }
  const passed = take(gate, chunk.subarray(0, end));
  keep(gate, chunk.subarray(end));
  return passed;
}

/**
 * The upstream is done: what was kept, if it is a whole event but for the blank line at its end.
 * `isMended`: with that blank line, without which some clients leave the event out.
 */
export function passRest(gate: EventGate, isMended: boolean): Uint8Array {
  if (gate.kept === undefined) return NOTHING;
  const event = take(gate, NOTHING);
  const mended = Buffer.concat([event, BLANK_LINE]);
  if (!isReadable(mended)) return NOTHING;
  return isMended ? mended : event;
}

function keep(gate: EventGate, piece: Uint8Array): void {
  if (gate.kept === undefined) gate.kept = [piece];
  else gate.kept.push(piece);
}

function take(gate: EventGate, last: Uint8Array): Uint8Array {
  if (gate.kept === undefined) return last;
  const whole = Buffer.concat([...gate.kept, last]);
  gate.kept = undefined;
  return whole;
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

function endsBlank(bytes: Uint8Array): boolean {
  const { length } = bytes;
  const last = bytes[length - 1];
  const beforeLast = bytes[length - 2];
  if (last === CARRIAGE_RETURN) return beforeLast === CARRIAGE_RETURN;
  if (last !== LINE_FEED) return false;
  return (
    beforeLast === LINE_FEED || (beforeLast === CARRIAGE_RETURN && bytes[length - 3] === LINE_FEED)
  );
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
