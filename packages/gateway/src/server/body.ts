/** Reads a request's body within its bound, and undoes its compression. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { type RequestBody, readWhole, tooLarge } from '../http1/request-body.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { GatewayError } from '../model/errors.ts';

/** The whole body, decompressed. Rejects with GatewayError. */
export function readBody(
  request: RequestHead,
  body: RequestBody,
  bytesMax: number,
): Promise<Uint8Array> {
  const raw = readWhole(body, bytesMax);
  const encoding = request.header('content-encoding');
  return encoding === undefined ? raw : decode(raw, encoding.trim().toLowerCase(), bytesMax);
}

async function decode(
  raw: Promise<Uint8Array>,
  encoding: string,
  bytesMax: number,
): Promise<Uint8Array> {
  const bytes = await raw;
  return encoding === 'identity' || encoding === '' ? bytes : decompress(bytes, encoding, bytesMax);
}

interface Bound {
  readonly maxOutputLength: number;
}

type Decode = (bytes: Uint8Array, bound: Bound) => Promise<Uint8Array>;

const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
]);

async function decompress(
  bytes: Uint8Array,
  encoding: string,
  bytesMax: number,
): Promise<Uint8Array> {
  const decode = decoders.get(encoding);
  if (decode === undefined) {
    const known = [...decoders.keys()].join(', ');
    throw new GatewayError(
      'body-encoding-unsupported',
      `content-encoding ${encoding} is not supported; use one of ${known}`,
    );
  }
  try {
    return await decode(bytes, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(bytesMax);
    throw new GatewayError('body-invalid', `the request body is not valid ${encoding}`, { cause });
  }
}
