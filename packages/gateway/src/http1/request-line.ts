/** The first line of a request: bytes to method, target and version. */
import { RequestFault } from './request-fault.ts';
import { CR, isAuthority, LF, SPACE, targetBytes, tokenBytes } from './request-syntax.ts';

/** Where its parts are. */
export interface RequestLine {
  readonly methodStart: number;
  readonly methodEnd: number;
  readonly targetEnd: number;
  /** HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  /** Where the first field begins. */
  readonly end: number;
}

const LINE_BYTES_MAX = 16 * 1024;
const METHOD_BYTES_MAX = 32;
const VERSION = [72, 84, 84, 80, 47];
/** `HTTP/1.1` and the end of the line. */
const VERSION_BYTES = 10;

/** Undefined: not all there yet, and nothing wrong so far. Throws RequestFault. */
export function scanRequestLine(bytes: Uint8Array): RequestLine | undefined {
  const methodStart = afterEmptyLine(bytes);
  const methodEnd = scanMethod(bytes, methodStart);
  if (methodEnd === bytes.length) return undefined;
  const targetEnd = scanTarget(bytes, methodEnd + 1);
  if (targetEnd === bytes.length) return undefined;
  if (!hasVersion(bytes, targetEnd + 1)) return undefined;
  const minor = minorOf(bytes, targetEnd + 1);
  return { methodStart, methodEnd, targetEnd, minor, end: targetEnd + 1 + VERSION_BYTES };
}

/** RFC 9112, 2.2: one empty line before a request is forgiven to clients that end a body with it. */
function afterEmptyLine(bytes: Uint8Array): number {
  if (bytes[0] !== CR) return 0;
  if (bytes.length === 1) return 1;
  return bytes[1] === LF ? 2 : 0;
}

function scanMethod(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length && tokenBytes[bytes[at] ?? 0] !== 0) at++;
  if (at - start > METHOD_BYTES_MAX) throw new RequestFault(400, 'the method is too long');
  if (at === length) return at;
  if (at === start || bytes[at] !== SPACE)
    throw new RequestFault(400, 'the method is not a name followed by one space');
  return at;
}

function scanTarget(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length && targetBytes[bytes[at] ?? 0] !== 0) at++;
  if (at - start > LINE_BYTES_MAX) throw new RequestFault(414, 'the request target is too long');
  if (at === length) return at;
  if (at === start || bytes[at] !== SPACE)
    throw new RequestFault(400, 'the request line is not method, target and version');
  return at;
}

/** False: not all there yet. */
function hasVersion(bytes: Uint8Array, start: number): boolean {
  const { length } = bytes;
  for (let index = 0; index < VERSION.length; index++) {
    if (start + index >= length) return false;
    if (bytes[start + index] !== VERSION[index]) throw badVersion();
  }
  if (start + VERSION_BYTES > length) {
    // A shorter version would wait for bytes that never come.
    if (bytes.subarray(start).includes(LF)) throw badVersion();
    return false;
  }
  return true;
}

function minorOf(bytes: Uint8Array, start: number): 0 | 1 {
  const major = digitOf(bytes[start + 5]);
  const minor = digitOf(bytes[start + 7]);
  const isWellFormed =
    bytes[start + 6] === 46 && bytes[start + 8] === CR && bytes[start + 9] === LF;
  if (!isWellFormed) throw badVersion();
  if (major === 1 && (minor === 0 || minor === 1)) return minor;
  throw new RequestFault(505, 'only HTTP/1.1 and HTTP/1.0 are served');
}

function digitOf(byte: number | undefined): number {
  if (byte === undefined || byte < 48 || byte > 57) throw badVersion();
  return byte - 48;
}

function badVersion(): RequestFault {
  return new RequestFault(400, 'the request line does not end in an HTTP version');
}

interface Target {
  readonly path: string;
  /** What follows the question mark; undefined without one. */
  readonly search: string | undefined;
}

/** Origin form, or absolute form whose authority is checked and then of no interest: there is one host here. */
export function splitTarget(method: string, target: string): Target {
  if (method === 'TRACE') throw new RequestFault(405, 'TRACE is not served');
  if (method === 'OPTIONS' && target === '*') return { path: '*', search: undefined };
  const origin = target.startsWith('/') ? target : originForm(target);
  if (method === 'CONNECT') throw new RequestFault(405, 'CONNECT is not served');
  const mark = origin.indexOf('?');
  const path = mark === -1 ? origin : origin.slice(0, mark);
  if (path.includes('%')) checkEscapes(path);
  return { path, search: mark === -1 ? undefined : origin.slice(mark + 1) };
}

const ABSOLUTE_PATTERN = /^https?:\/\/([^/?]*)(.*)$/i;

function originForm(target: string): string {
  const [, authority = '', rest = ''] = ABSOLUTE_PATTERN.exec(target) ?? [];
  if (!isAuthority(authority))
    throw new RequestFault(400, 'the request target is neither a path nor an http URL');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

const BAD_ESCAPE_PATTERN = /%(?![0-9a-f]{2})|%0[0ad]/i;

function checkEscapes(path: string): void {
  if (BAD_ESCAPE_PATTERN.test(path))
    throw new RequestFault(400, 'the path holds an invalid percent escape');
}
