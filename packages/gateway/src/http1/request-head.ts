/** The head of a request: bytes to method, target and header fields. */
import { RequestFault } from './request-fault.ts';
import { namesOf, scanFields, valueOf } from './request-fields.ts';
import { readFraming } from './request-framing.ts';
import { scanRequestLine, splitTarget } from './request-line.ts';

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** What follows the question mark of the target; undefined without one. */
  readonly search: string | undefined;
  /** Of the version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  /** CHUNKED for a chunked body, 0 for none. */
  readonly contentLength: number;
  /** The client would send another request on this connection. */
  readonly keepsAlive: boolean;
  readonly expectsContinue: boolean;
  /** By lower-case name; several values of one name are joined with a comma. */
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** Its own bytes: where the body begins. */
  readonly length: number;
}

const HEAD_BYTES_MAX = 64 * 1024;

/**
 * One pass that stops at the first fault. Undefined: not all there yet, and nothing wrong so far;
 * it starts over then, so it is not to be asked for every byte. Throws RequestFault.
 */
export function parseRequestHead(bytes: Buffer): RequestHead | undefined {
  const line = scanRequestLine(bytes);
  if (line === undefined) return undefined;
  const fields: number[] = [];
  const end = scanFields(bytes, line.end, fields);
  if ((end === -1 ? bytes.length : end) - line.end > HEAD_BYTES_MAX)
    throw new RequestFault(431, 'the header fields are too large');
  if (end === -1) return undefined;

  const { methodStart, methodEnd, targetEnd, minor } = line;
  const text = bytes.toString('latin1', 0, end);
  const method = text.slice(methodStart, methodEnd);
  const { path, search } = splitTarget(method, text.slice(methodEnd + 1, targetEnd));
  const { contentLength, keepsAlive, expectsContinue } = readFraming(text, fields, minor);
  return {
    method,
    path,
    search,
    minor,
    contentLength,
    keepsAlive,
    expectsContinue,
    header: (name) => valueOf(text, fields, name),
    headerNames: () => namesOf(text, fields),
    length: end,
  };
}
