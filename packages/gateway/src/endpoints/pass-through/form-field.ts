/**
 * Looks for one field of a form that passes by in pieces. What decides on routing, permission and
 * price must be what the upstream will read: a field that comes twice is refused, and so is a form
 * that others could read in another way.
 */
import { bufferOf } from '../../lib/bytes.ts';
import { GatewayError } from '../../model/errors.ts';

export interface FormField {
  readonly value: string;
  /** Where in the body its value is. */
  readonly start: number;
  readonly end: number;
}

export interface FieldFinder {
  /** Throws GatewayError for what is no form, or has the field twice. */
  push(piece: Uint8Array): void;
  found(): FormField | undefined;
  /** The last boundary was seen. */
  isOver(): boolean;
}

const HEADERS_BYTES_MAX = 16 * 1024;
const VALUE_BYTES_MAX = 1024;
const CRLF = '\r\n';
const HEADERS_END = '\r\n\r\n';

/** Undefined: that is no form. Throws GatewayError for a form without a boundary. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType))
    return undefined;
  const found = /;\s*boundary=(?:"([^"\\\r\n]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(
    contentType,
  );
  const boundary = found?.[1] ?? found?.[2];
  if (boundary !== undefined) return boundary;
  throw new GatewayError('body-invalid', 'content-type: multipart/form-data without its boundary');
}

type Step = 'boundary' | 'line' | 'headers' | 'value' | 'over';

interface Search {
  readonly name: string;
  readonly delimiter: string;
  step: Step;
  /** What is not yet understood, and where in the body it begins. */
  pending: Buffer;
  at: number;
  found: FormField | undefined;
}

export function createFieldFinder(name: string, boundary: string): FieldFinder {
  const search: Search = {
    name,
    delimiter: `${CRLF}--${boundary}`,
    step: 'boundary',
    // The first boundary stands at the beginning of a line too.
    pending: Buffer.from(CRLF),
    at: -CRLF.length,
    found: undefined,
  };
  return {
    push(piece) {
      if (search.step === 'over') return;
      const { pending } = search;
      search.pending = pending.length === 0 ? bufferOf(piece) : Buffer.concat([pending, piece]);
      while (stepOn(search));
    },
    found: () => search.found,
    isOver: () => search.step === 'over',
  };
}

/** False: more has to come first. */
function stepOn(search: Search): boolean {
  switch (search.step) {
    case 'boundary':
      return passContent(search);
    case 'line':
      return readLine(search);
    case 'headers':
      return readHeaders(search);
    case 'value':
      return readValue(search);
    case 'over':
      search.pending = Buffer.alloc(0);
      return false;
  }
}

function consume(search: Search, bytes: number, next: Step): true {
  search.pending = search.pending.subarray(bytes);
  search.at += bytes;
  search.step = next;
  return true;
}

function passContent(search: Search): boolean {
  const { pending, delimiter } = search;
  const end = pending.indexOf(delimiter, 0, 'latin1');
  if (end !== -1) return consume(search, end + delimiter.length, 'line');
  // Its beginning may be there already.
  const passed = pending.length - (delimiter.length - 1);
  if (passed > 0) consume(search, passed, 'boundary');
  return false;
}

/** The rest of a boundary's line. */
function readLine(search: Search): boolean {
  const { pending } = search;
  if (pending.length < 2) return false;
  const text = pending.toString('latin1', 0, 2);
  if (text === '--') return consume(search, 2, 'over');
  // The end of the line stays, so that no headers at all end as others do.
  if (text === CRLF) return consume(search, 0, 'headers');
  throw broken('a boundary does not end its line');
}

function readHeaders(search: Search): boolean {
  const { pending, name } = search;
  const end = pending.indexOf(HEADERS_END, 0, 'latin1');
  if (end === -1 ? pending.length > HEADERS_BYTES_MAX : end > HEADERS_BYTES_MAX)
    throw broken('the headers of a part are too long');
  if (end === -1) return false;
  const headers = pending.toString('utf8', 0, end);
  const next = nameOf(headers) === name ? 'value' : 'boundary';
  // The line end before a boundary may be the one that ends the headers.
  const bytes = end + HEADERS_END.length - (next === 'boundary' ? CRLF.length : 0);
  return consume(search, bytes, next);
}

function nameOf(headers: string): string | undefined {
  const disposition = /^content-disposition[ \t]*:(.*)$/im.exec(headers)?.[1];
  const found = /;\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition ?? '');
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
}

function readValue(search: Search): boolean {
  const { pending, delimiter, at, name } = search;
  const end = pending.indexOf(delimiter, 0, 'latin1');
  if (end > VALUE_BYTES_MAX || (end === -1 && pending.length > VALUE_BYTES_MAX + delimiter.length))
    throw new GatewayError('body-invalid', `${name}: expected the name of a model`, {
      param: name,
    });
  if (end === -1) return false;
  if (search.found !== undefined)
    throw new GatewayError('body-invalid', `${name}: given twice`, { param: name });
  search.found = { value: pending.toString('utf8', 0, end), start: at, end: at + end };
  return consume(search, end + delimiter.length, 'line');
}

function broken(why: string): GatewayError {
  return new GatewayError('body-invalid', `the request body is no valid form: ${why}`);
}
