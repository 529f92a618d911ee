/** Reads a request's body within its bound, and undoes its compression. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { GatewayError } from '../model/errors.ts';

/** The whole body, decompressed. Throws GatewayError. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) {
    await discard(request);
    throw tooLarge(bytesMax);
  }
  const raw = await collect(request, bytesMax);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  return encoding === 'identity' || encoding === '' ? raw : decompress(raw, encoding, bytesMax);
}

function collect(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes <= bytesMax) chunks.push(chunk);
      else {
        chunks.length = 0;
        request.removeAllListeners('data');
        discard(request).then(() => reject(tooLarge(bytesMax)), reject);
      }
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.on('close', () => {
      if (!request.complete) reject(new GatewayError('client-gone', 'the request body was cut'));
    });
  });
}

const DISCARD_MS_MAX = 2_000;

/**
 * Reads on for a moment without keeping anything: a connection closed in the face of a client that
 * is still sending would be a reset to it, and the 413 would be lost.
 */
function discard(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MS_MAX);
    request.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    request.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    request.resume();
  });
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

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('body-too-large', `the request body is larger than ${bytesMax} bytes`);
}
