/**
 * The secret that goes into the hash of every key: without it a copy of the database is of no use.
 * Given by the operator, or made once and kept in a file that only the gateway's user can read.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bufferOf } from '../lib/bytes.ts';
import { newId, secretBytes } from '../lib/ids.ts';

export interface PepperSource {
  /** As the operator set it; undefined: the file. */
  readonly pepper: string | undefined;
  /** Made when it is not there. */
  readonly dataDirectory: string;
}

const FILE_NAME = 'pepper';
const RANDOM_BYTES = 32;
const CHARACTERS_MIN = 16;
const BYTES_MAX = 4_096;
const OTHERS = 0o077;

/**
 * The same text is the same pepper, given or in the file, so that one can move to the other. Throws
 * an Error for people, which does not hold it.
 */
export function loadPepper({ pepper, dataDirectory }: PepperSource): Uint8Array {
  if (pepper !== undefined) return pepperOf(pepper, 'DRAGOMAN_PEPPER');
  const path = join(dataDirectory, FILE_NAME);
  return readPepper(path) ?? makePepper(dataDirectory, path);
}

/** False: the next call of `loadPepper` makes one, under which no key is known yet. */
export function isPepperThere({ pepper, dataDirectory }: PepperSource): boolean {
  return pepper !== undefined || existsSync(join(dataDirectory, FILE_NAME));
}

function pepperOf(text: string, place: string): Uint8Array {
  const trimmed = text.trim();
  if (trimmed.length >= CHARACTERS_MIN) return Buffer.from(trimmed);
  const got = trimmed === '' ? 'is empty' : `has only ${trimmed.length} characters`;
  throw new Error(`${place} ${got}; at least ${CHARACTERS_MIN} are needed. ${RESTORE}`);
}

const RESTORE =
  'Put back the one that the keys were made with: with another one none of them is known any more';

/** Undefined: there is none. */
function readPepper(path: string): Uint8Array | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const { mode, size } = fstatSync(file);
    // Windows has no such modes: there every file looks as if all could read it.
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      const bits = (mode & 0o777).toString(8).padStart(3, '0');
      throw new Error(
        `${path} can be used by other users of this machine (mode ${bits}); chmod 600 ${path}`,
      );
    }
    if (size > BYTES_MAX) throw new Error(`${path} is too large for a pepper (${size} bytes)`);
    return pepperOf(readFileSync(file, 'utf8'), path);
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new Error(`${path} can not be read: ${messageOf(cause)}`, { cause });
  }
}

/** Gateways that start at once agree: whose file gets the name first has made the pepper of all. */
function makePepper(directory: string, path: string): Uint8Array {
  const draft = `${path}.${newId('')}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeDurably(draft, bufferOf(secretBytes(RANDOM_BYTES)).toString('base64url'));
    try {
      linkSync(draft, path);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause;
    } finally {
      unlinkSync(draft);
    }
    if (process.platform !== 'win32') syncDirectory(directory);
  } catch (cause) {
    const way = 'give the gateway a data directory that it can write, or DRAGOMAN_PEPPER';
    throw new Error(`${path} can not be made: ${messageOf(cause)}; ${way}`, { cause });
  }
  const made = readPepper(path);
  if (made === undefined) throw new Error(`${path} was removed while it was being made`);
  return made;
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A name that is lost with the power would be given to another pepper. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
