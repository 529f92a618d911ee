/** What crosses beside the headers of a generation: those of files, ranges and uploads. */
import { answerHeaders, vendorHeaders } from '../../data-plane/headers.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { Headers, RawRequest } from '../../model/http.ts';

const requestNames = ['content-type', 'accept', 'range', 'if-range'];

const answerNames = [
  'content-type',
  'content-disposition',
  'content-language',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
  'cache-control',
];
const answerPrefix = 'x-goog-upload-';
const UPLOAD_ADDRESS = 'x-goog-upload-url';

export function requestHeaders(ingress: Ingress, hasOwnKey: boolean): Headers {
  const headers: { [name: string]: string } = { ...vendorHeaders(ingress, hasOwnKey) };
  for (const name of requestNames) {
    const value = ingress.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return { ...headers, 'accept-encoding': 'identity' };
}

export function passedHeaders(upstream: Headers, raw: RawRequest): Headers {
  const headers = answerHeaders(upstream);
  for (const name in upstream) {
    if (!answerNames.includes(name) && !name.startsWith(answerPrefix)) continue;
    const value = upstream[name];
    if (value !== undefined) headers[name] = value;
  }
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = upstream;
  // Decompressed, it is longer.
  if (length !== undefined && encoding === 'identity') headers['content-length'] = length;
  if (headers['content-type']?.includes('text/event-stream') === true)
    Object.assign(headers, { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
  const address = headers[UPLOAD_ADDRESS];
  if (address !== undefined) headers[UPLOAD_ADDRESS] = ownAddress(address, raw);
  return headers;
}

/**
 * Where Google wants the rest of an upload: the client would send its gateway key there, and the
 * address may hold the channel's.
 */
function ownAddress(address: string, raw: RawRequest): string {
  const query = withoutKey(URL.canParse(address) ? new URL(address).search : '');
  const scheme = raw.header('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${scheme}://${raw.header('host') ?? ''}${raw.path}${query === '' ? '' : `?${query}`}`;
}

/** Keys travel in headers only. `names`: what else is left out. */
export function withoutKey(search: string, names: Iterable<string> = []): string {
  const query = new URLSearchParams(search);
  for (const name of ['key', ...names]) query.delete(name);
  return query.toString();
}
