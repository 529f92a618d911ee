/** Secrets that must be seen nowhere, and all the ways in which they could be written there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Canary {
  /** What it is, for people. */
  readonly name: string;
  readonly secret: string;
}

/** So many characters of a secret in a row are a leak; its last four are shown by design. */
const PART_CHARACTERS = 12;

/** The names of the canaries that are in it, with how they are written. */
export function foundIn(haystack: string, canaries: readonly Canary[]): readonly string[] {
  return canaries.flatMap(({ name, secret }) =>
    writings(secret).flatMap(([way, needle]) =>
      haystack.includes(needle) ? [`${name}, ${way}`] : [],
    ),
  );
}

/** A file may hold any bytes. */
export function filesFound(
  folder: string,
  canaries: readonly Canary[],
  isExempt: (name: string) => boolean,
): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isExempt(entry.name))
    .flatMap(({ parentPath, name }) => {
      return foundIn(textOf(join(parentPath, name)), canaries).map((found) => `${name}: ${found}`);
    });
}

/** What waits in a file may be in the database a moment later, and the file be gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path).toString('latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw cause;
  }
}

type Writing = readonly [way: string, needle: string];

function writings(secret: string): readonly Writing[] {
  const bytes = Buffer.from(secret);
  return [
    ...partsOf(secret).map((part): Writing => ['raw', part]),
    ...partsOf(encodeURIComponent(secret)).map((part): Writing => ['URL-encoded', part]),
    ...partsOf(bytes.toString('hex')).map((part): Writing => ['hex', part]),
    ...[0, 1, 2].flatMap((shift): readonly Writing[] => {
      const text = base64At(bytes, shift);
      return [
        ['base64', text],
        ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
  ];
}

function partsOf(text: string): readonly string[] {
  const count = Math.max(1, text.length - PART_CHARACTERS + 1);
  return Array.from({ length: count }, (_, at) => text.slice(at, at + PART_CHARACTERS));
}

/** Of bytes that begin so many bytes after a place that base64 begins anew at: what depends on them only. */
function base64At(bytes: Buffer, shift: number): string {
  const whole = bytes.subarray((3 - shift) % 3);
  return whole.subarray(0, whole.length - (whole.length % 3)).toString('base64');
}
