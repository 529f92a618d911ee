/** Small files of an operator, whole, as text; says why one can not be read without showing what is in it. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Throws an Error whose message is the reason, such as `no such file`. */
export function readTextFile(path: string, bytesMax: number): string {
  try {
    return decode(readBytes(path, bytesMax));
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  }
}

/** Pipes and devices have no size to ask for, so it is read up to the bound. */
function readBytes(path: string, bytesMax: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(bytesMax + 1);
    let length = 0;
    let read = -1;
    while (read !== 0 && length < bytes.length) {
      read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
    }
    if (length > bytesMax) throw new FileError(`it is larger than ${bytesMax} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

class FileError extends Error {}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileError('it is not UTF-8 text');
  }
}

const reasons: { readonly [code: string]: string } = {
  EACCES: 'no permission',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EPERM: 'no permission',
};

function reasonOf(cause: unknown): string {
  if (cause instanceof FileError) return cause.message;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
  return reasons[code] ?? code;
}
