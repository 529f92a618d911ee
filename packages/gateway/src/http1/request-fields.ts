/** The header fields of a request: where they are in its bytes, and their values by name. */
import { RequestFault } from './request-fault.ts';
import { COLON, CR, DELETE, LF, SPACE, TAB, tokenBytes } from './request-syntax.ts';

/** Two positions a field, where it begins and its colon, and last where the fields end. */
export type FieldPositions = readonly number[];

const FIELDS_MAX = 200;

/**
 * Returns where the body begins; -1: not all there yet, and nothing wrong so far. Throws
 * RequestFault.
 */
export function scanFields(bytes: Uint8Array, start: number, positions: number[]): number {
  const { length } = bytes;
  let at = start;
  while (at < length && bytes[at] !== CR) {
    if (positions.length === FIELDS_MAX * 2)
      throw new RequestFault(431, 'the request has too many header fields');
    const colon = endOfName(bytes, at);
    if (colon === -1) return -1;
    positions.push(at, colon);
    at = endOfValue(bytes, colon + 1);
    if (at === -1) return -1;
  }
  positions.push(at);
  return at < length ? endOfLine(bytes, at) : -1;
}

function endOfName(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length && tokenBytes[bytes[at] ?? 0] !== 0) at++;
  if (at === length) return -1;
  if (at === start || bytes[at] !== COLON)
    throw new RequestFault(400, 'a header line is not a field name followed by a colon');
  return at;
}

function endOfValue(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  for (let at = start; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= SPACE ? byte === DELETE : byte !== TAB) return endOfLine(bytes, at);
  }
  return -1;
}

/** -1: its second half is not there yet. */
function endOfLine(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== CR) throw badLine();
  if (at + 1 === bytes.length) return -1;
  if (bytes[at + 1] !== LF) throw badLine();
  return at + 2;
}

function badLine(): RequestFault {
  return new RequestFault(400, 'a header line holds a control character or does not end in CRLF');
}

/** Is this the name of the field? In lower case, whatever the field's case. */
export function hasName(text: string, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    if (tokenBytes[text.charCodeAt(start + index)] !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** The value of the field whose positions are at `index`, without the blanks around it. */
export function valueAt(text: string, fields: FieldPositions, index: number): string {
  let start = (fields[index + 1] ?? 0) + 1;
  let end = (fields[index + 2] ?? 0) - 2;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** By lower-case name; several values are joined with a comma. */
export function valueOf(text: string, fields: FieldPositions, name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index + 2 < fields.length; index += 2) {
    const start = fields[index] ?? 0;
    if ((fields[index + 1] ?? 0) - start !== name.length || !hasName(text, start, name)) continue;
    const next = valueAt(text, fields, index);
    value = value === undefined ? next : `${value}, ${next}`;
  }
  return value;
}

/** In lower case, each once. */
export function namesOf(text: string, fields: FieldPositions): readonly string[] {
  const names: string[] = [];
  for (let index = 0; index + 2 < fields.length; index += 2) {
    const name = text.slice(fields[index], fields[index + 1]).toLowerCase();
    if (!names.includes(name)) names.push(name);
  }
  return names;
}
