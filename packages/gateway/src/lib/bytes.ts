/** Bytes as Node's own buffers, without copying. */

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A tenth of the cost of a new TextDecoder; a byte order mark stays. */
export function textOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('utf8');
}

/** UTF-8 in memory that is handed to other threads without being copied. */
export function sharedBytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)));
  bufferOf(bytes).write(text);
  return bytes;
}
