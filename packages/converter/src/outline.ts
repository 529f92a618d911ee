/** What stands at the top of a JSON body, found in its bytes without parsing what lies deep in it. */
import { JSON_DEPTH_MAX, JsonTooLarge, VALUE_COST, valueCosts } from './json.ts';

/** Of a list in the body's object, so many elements of its beginning are in an outline. */
export const OUTLINE_FIRST = 16;
/** And so many of its end. */
export const OUTLINE_LAST = 4;
/** And all of its elements that take no more bytes than this, as those that only refer to something. */
export const OUTLINE_SHORT_BYTES = 160;
/** Of a text that is twice as long or longer, wherever it stands, about so much of its beginning. */
export const OUTLINE_TEXT_BYTES: number = 32 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LIST_OPENS = 0x5b;
const LIST_CLOSES = 0x5d;
const OBJECT_OPENS = 0x7b;
const OBJECT_CLOSES = 0x7d;
const SPACE = 0x20;

const SPACES = setOf(' \n\r\t');
const DIGITS = setOf('0123456789');
const HEX_DIGITS = setOf('0123456789abcdefABCDEF');
/** What follows a backslash, but for `u`. */
const ESCAPED = setOf('"\\/bfnrt');
const LITERALS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word));

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

/**
 * The stretches of a body that are its outline: one behind the other they are the same JSON object, but for what is
 * long in the middle of the lists that it holds itself, and for the end of long texts. The whole of it is checked on
 * the way, which takes less than half of the time that it takes to parse it, and leaves no garbage. `valuesMax` as of
 * `parseJson`, with keys counted by their bytes. Undefined: no JSON object, or one that is too deep; `parseJson` says
 * why. Throws JsonTooLarge. `bytes` must be valid UTF-8.
 */
export function outlineOf(bytes: Uint8Array, valuesMax: number): readonly Uint8Array[] | undefined {
  const walk: Walk = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isList: new Uint8Array(JSON_DEPTH_MAX + 1),
    depth: 0,
    commas: 0,
    lastCommas: new Uint32Array(OUTLINE_LAST),
    cuts: [],
  };
  if (bytes[afterSpace(bytes, 0)] !== OBJECT_OPENS || !walkAll(walk, valuesMax)) return undefined;
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of walk.cuts.toSorted((a, b) => a.start - b.start)) {
    // A text in an element that is not there is not there either.
    if (start < from) continue;
    pieces.push(bytes.subarray(from, start));
    from = end;
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** By depth: an object otherwise. */
  readonly isList: Uint8Array;
  depth: number;
  /** Of the list of the body's object that is walked through. */
  commas: number;
  /** Where its last commas stand, in turn. */
  readonly lastCommas: Uint32Array;
  readonly cuts: Cut[];
}

interface Cut {
  readonly start: number;
  end: number;
}

/** What may come next. */
const VALUE = 0;
const FIRST_ELEMENT = 1;
const KEY = 2;
const FIRST_KEY = 3;
const BEHIND_VALUE = 4;

/** False: not JSON, or too deep. */
function walkAll(walk: Walk, valuesMax: number): boolean {
  const { bytes } = walk;
  const { member, comma } = valueCosts.plain;
  const costMax = valuesMax * VALUE_COST;
  let cost = 0;
  let next = VALUE;
  for (let at = 0; at !== -1; ) {
    const start = (bytes[at] ?? 0) > SPACE ? at : afterSpace(bytes, at);
    cost += start - at;
    const byte = bytes[start];
    if (cost > costMax) throw new JsonTooLarge(valuesMax);
    if (next === BEHIND_VALUE) {
      if (walk.depth === 0) return start === bytes.length;
      at = start + 1;
      if (byte === COMMA) {
        cost += comma;
        next = passComma(walk, start);
      } else if (byte === closing(walk)) {
        cost++;
        walk.depth--;
      } else return false;
    } else if (next >= KEY) {
      if (byte === QUOTE) {
        at = afterKey(walk, start);
        cost += member + at - 1 - start;
        next = VALUE;
      } else if (byte === OBJECT_CLOSES && next === FIRST_KEY) {
        at = start + 1;
        cost++;
        walk.depth--;
        next = BEHIND_VALUE;
      } else return false;
    } else if (byte === OBJECT_OPENS || byte === LIST_OPENS) {
      if (walk.depth === JSON_DEPTH_MAX) return false;
      at = start + 1;
      cost += VALUE_COST;
      next = open(walk, byte === LIST_OPENS);
    } else if (byte === LIST_CLOSES && next === FIRST_ELEMENT) {
      at = start + 1;
      cost++;
      walk.depth--;
      next = BEHIND_VALUE;
    } else {
      at = afterScalar(walk, start, byte);
      if (byte !== QUOTE) cost += at - start;
      next = BEHIND_VALUE;
    }
  }
  return false;
}

function closing({ isList, depth }: Walk): number {
  return isList[depth] === 1 ? LIST_CLOSES : OBJECT_CLOSES;
}

function open(walk: Walk, isList: boolean): number {
  walk.depth++;
  walk.isList[walk.depth] = isList ? 1 : 0;
  if (walk.depth === 2) walk.commas = 0;
  return isList ? FIRST_ELEMENT : FIRST_KEY;
}

function passComma(walk: Walk, at: number): number {
  const { isList, depth, lastCommas, cuts } = walk;
  if (isList[depth] === 0) return KEY;
  if (depth !== 2) return VALUE;
  walk.commas++;
  const turn = walk.commas % OUTLINE_LAST;
  const start = lastCommas[turn] ?? 0;
  lastCommas[turn] = at;
  const end = lastCommas[(walk.commas + 1) % OUTLINE_LAST] ?? 0;
  // The element between them is one of neither the first nor the last.
  if (walk.commas >= OUTLINE_FIRST + OUTLINE_LAST && end - start > OUTLINE_SHORT_BYTES)
    leaveOut(cuts, start, end);
  return VALUE;
}

function leaveOut(cuts: Cut[], start: number, end: number): void {
  const last = cuts.at(-1);
  if (last?.end === start) last.end = end;
  else cuts.push({ start, end });
}

function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (SPACES[bytes[at] ?? 0] === 1) at++;
  return at;
}

/** Behind the colon, or -1. */
function afterKey({ bytes, view }: Walk, start: number): number {
  const end = afterString(bytes, view, start + 1);
  if (end === -1) return -1;
  const at = bytes[end] === COLON ? end : afterSpace(bytes, end);
  return bytes[at] === COLON ? at + 1 : -1;
}

/** Behind a string, a number or a literal, or -1. */
function afterScalar(walk: Walk, start: number, first: number | undefined): number {
  const { bytes } = walk;
  if (first === QUOTE) return afterText(walk, start + 1);
  for (const literal of LITERALS)
    if (first === literal[0]) return afterLiteral(bytes, start, literal);
  return afterNumber(bytes, start);
}

function afterText({ bytes, view, cuts }: Walk, start: number): number {
  const end = afterString(bytes, view, start);
  if (end - start > 2 * OUTLINE_TEXT_BYTES)
    cuts.push({ start: betweenCharacters(bytes, start), end: end - 1 });
  return end;
}

/** Where about as much as is kept of a text ends, with neither an escape nor a character in two. */
function betweenCharacters(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < start + OUTLINE_TEXT_BYTES) {
    if (bytes[at] !== BACKSLASH) at += 1;
    else at += bytes[at + 1] === 0x75 ? 6 : 2;
  }
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}

/** From behind its first quote to behind its last, or -1. */
function afterString(bytes: Uint8Array, view: DataView, start: number): number {
  for (let at = start; ; ) {
    const byte = bytes[at];
    // One by one, since several may follow each other: to look at words between them took twice as long.
    if (byte === BACKSLASH) {
      const escaped = bytes[at + 1] ?? 0;
      if (ESCAPED[escaped] === 1) at += 2;
      else if (escaped === 0x75 && isHex(bytes, at + 2)) at += 6;
      else return -1;
    } else if (byte === QUOTE) return at + 1;
    else if (byte === undefined || byte < SPACE) return -1;
    else at = afterPlain(view, at + 1);
  }
}

function isHex(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < start + 4; at++) if (HEX_DIGITS[bytes[at] ?? 0] === 0) return false;
  return true;
}

/**
 * The first of four bytes, or of the last three, that may be a quote, a backslash or a control character. Four at once:
 * in each word the highest bit of a byte is set if it is below a space, or if it is zero after what it is compared with
 * was taken out. Byte by byte, by a table, took half as long again.
 */
function afterPlain(view: DataView, start: number): number {
  const wordsEnd = view.byteLength - 3;
  for (let at = start; at < wordsEnd; at += 4) {
    const word = view.getInt32(at, true);
    const noQuote = word ^ 0x22222222;
    const noBackslash = word ^ 0x5c5c5c5c;
    const found =
      (((word - 0x20202020) & ~word) |
        ((noQuote - 0x01010101) & ~noQuote) |
        ((noBackslash - 0x01010101) & ~noBackslash)) &
      0x80808080;
    if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >>> 3);
  }
  return Math.max(start, wordsEnd);
}

function afterLiteral(bytes: Uint8Array, start: number, literal: Uint8Array): number {
  for (let at = 1; at < literal.length; at++) if (bytes[start + at] !== literal[at]) return -1;
  return start + literal.length;
}

function afterNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  at = bytes[at] === 0x30 ? at + 1 : afterDigits(bytes, at);
  if (at !== -1 && bytes[at] === 0x2e) at = afterDigits(bytes, at + 1);
  if (at === -1 || (bytes[at] !== 0x65 && bytes[at] !== 0x45)) return at;
  const sign = bytes[at + 1];
  return afterDigits(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
}

/** -1: none. */
function afterDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (DIGITS[bytes[at] ?? 0] === 1) at++;
  return at === start ? -1 : at;
}
