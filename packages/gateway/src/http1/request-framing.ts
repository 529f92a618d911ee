/** What the fields of a request say about its framing and its connection; every ambiguity is refused. */

import { RequestFault } from './request-fault.ts';
import { type FieldPositions, hasName, valueAt } from './request-fields.ts';
import { isAuthority } from './request-syntax.ts';

export interface Framing {
  /** CHUNKED for a chunked body, 0 for none. */
  readonly contentLength: number;
  /** May another request follow on this connection? */
  readonly keepsAlive: boolean;
  readonly expectsContinue: boolean;
}

export const CHUNKED = -1;

interface Reading {
  readonly text: string;
  readonly fields: FieldPositions;
  hosts: number;
  /** NONE: not given. */
  contentLength: number;
  isChunked: boolean;
  asksClose: boolean;
  asksKeepAlive: boolean;
  expectsContinue: boolean;
}

const NONE = -2;

/** Throws RequestFault. */
export function readFraming(text: string, fields: FieldPositions, minor: 0 | 1): Framing {
  const reading: Reading = {
    text,
    fields,
    hosts: 0,
    contentLength: NONE,
    isChunked: false,
    asksClose: false,
    asksKeepAlive: false,
    expectsContinue: false,
  };
  for (let index = 0; index + 2 < fields.length; index += 2) readField(reading, index);
  const { contentLength, isChunked } = reading;
  if (reading.hosts === 0 && minor === 1) throw fault('the Host field is missing');
  if (isChunked && contentLength !== NONE)
    throw fault('both Content-Length and Transfer-Encoding are given');
  if (isChunked && minor === 0) throw fault('HTTP/1.0 has no Transfer-Encoding');
  return {
    contentLength: isChunked ? CHUNKED : Math.max(contentLength, 0),
    keepsAlive: !reading.asksClose && (minor === 1 || reading.asksKeepAlive),
    expectsContinue: reading.expectsContinue && minor === 1,
  };
}

/** The length of a name tells most fields apart, without looking at the name. */
function readField(reading: Reading, index: number): void {
  const { text, fields } = reading;
  const start = fields[index] ?? 0;
  switch ((fields[index + 1] ?? 0) - start) {
    case 4:
      if (hasName(text, start, 'host')) readHost(reading, index);
      return;
    case 6:
      if (hasName(text, start, 'expect')) readExpect(reading, index);
      return;
    case 10:
      if (hasName(text, start, 'connection')) readConnection(reading, index);
      return;
    case 14:
      if (hasName(text, start, 'content-length')) readLength(reading, index);
      return;
    case 17:
      if (hasName(text, start, 'transfer-encoding')) readCoding(reading, index);
      return;
    default:
  }
}

function readHost(reading: Reading, index: number): void {
  reading.hosts += 1;
  if (reading.hosts > 1) throw fault('the Host field is given more than once');
  if (!isAuthority(valueAt(reading.text, reading.fields, index)))
    throw fault('the Host field names no host');
}

/** No sign, no list, no leading zeros: fifteen digits fit into a number exactly. */
const LENGTH_PATTERN = /^(?:0|[1-9]\d{0,14})$/;

function readLength(reading: Reading, index: number): void {
  if (reading.contentLength !== NONE) throw fault('Content-Length is given more than once');
  checkBlanks(reading, index);
  const value = valueAt(reading.text, reading.fields, index);
  if (!LENGTH_PATTERN.test(value)) throw fault('Content-Length is not a length');
  reading.contentLength = Number(value);
}

function readCoding(reading: Reading, index: number): void {
  if (reading.isChunked) throw fault('Transfer-Encoding is given more than once');
  checkBlanks(reading, index);
  if (valueAt(reading.text, reading.fields, index).toLowerCase() !== 'chunked')
    throw fault('the only Transfer-Encoding that is served is chunked');
  reading.isChunked = true;
}

/** Two readers may disagree about unusual blanks; around what frames a body, nobody writes them in good faith. */
function checkBlanks({ text, fields }: Reading, index: number): void {
  const line = text.slice((fields[index + 1] ?? 0) + 1, (fields[index + 2] ?? 0) - 2);
  const value = valueAt(text, fields, index);
  if (line !== value && line !== ` ${value}`) throw fault('a framing field has unusual blanks');
}

function readConnection(reading: Reading, index: number): void {
  for (const option of valueAt(reading.text, reading.fields, index).toLowerCase().split(',')) {
    const name = option.trim();
    if (name === 'close') reading.asksClose = true;
    else if (name === 'keep-alive') reading.asksKeepAlive = true;
  }
}

function readExpect(reading: Reading, index: number): void {
  if (valueAt(reading.text, reading.fields, index).toLowerCase() !== '100-continue')
    throw new RequestFault(417, 'the only expectation that is met is 100-continue');
  reading.expectsContinue = true;
}

function fault(message: string): RequestFault {
  return new RequestFault(400, message);
}
