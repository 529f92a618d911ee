/** Writes a request as the bytes that go over the wire. */
import type { Headers, Upload, UpstreamMethod } from '../model/http.ts';

interface Request {
  readonly method?: UpstreamMethod;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array | string | Upload;
}

export interface RequestBytes {
  readonly head: Buffer;
  /** Undefined: the body stands in `head` already, or is sent as it comes. */
  readonly body: Uint8Array | undefined;
}

/** Up to here a copy is cheaper than a second write. */
const JOINED_BYTES_MAX = 64 * 1024;

/** These are the connection's own. */
const ownNames = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const notInValues = /[^\t\x20-\x7e\x80-\xff]/;
const target = /^\/[\x21-\x7e\x80-\xff]*$/;

/** Something in a request would end its line early, or is no text of HTTP: nothing of it is sent. */
export class UnwritableRequest extends Error {
  constructor() {
    super('the request cannot be written as HTTP');
    this.name = 'UnwritableRequest';
  }
}

/** Undefined for an UnwritableRequest. */
export function encodeRequest(
  { method, path, headers, body: given }: Request,
  host: string,
): RequestBytes | undefined {
  if (!target.test(path)) return undefined;
  const isBodiless = method === 'GET' || method === 'DELETE';
  const body = isBodiless || isUpload(given) ? '' : given;
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const framing = isBodiless ? '' : framingOf(isUpload(given) ? given.length : bodyBytes);
  let head = `${method ?? 'POST'} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${framing}`;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || ownNames.has(name.toLowerCase())) continue;
    if (!fieldName.test(name) || notInValues.test(value)) return undefined;
    head += `${name}: ${value}\r\n`;
  }
  head += '\r\n';
  return bodyBytes > JOINED_BYTES_MAX
    ? { head: Buffer.from(head, 'latin1'), body: bytesOf(body) }
    : { head: join(head, body, bodyBytes), body: undefined };
}

export function isUpload(body: Request['body']): body is Upload {
  return typeof body === 'object' && 'start' in body;
}

function framingOf(bytes: number | undefined): string {
  return bytes === undefined ? 'transfer-encoding: chunked\r\n' : `content-length: ${bytes}\r\n`;
}

function join(head: string, body: Uint8Array | string, bodyBytes: number): Buffer {
  const joined = Buffer.allocUnsafe(head.length + bodyBytes);
  joined.write(head, 'latin1');
  if (typeof body === 'string') joined.write(body, head.length, 'utf8');
  else joined.set(body, head.length);
  return joined;
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
