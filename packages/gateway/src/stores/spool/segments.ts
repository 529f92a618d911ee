/**
 * The files of a spool. `usage-<owner>-<number>.jsonl` holds records, and `usage-<owner>.lock` is
 * locked as long as the process lives that writes them.
 */
import { readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsageRecord } from '../../model/records.ts';
import { codeOf } from '../database/errors.ts';
import { recordOf } from './lines.ts';

export interface Segment {
  readonly path: string;
  readonly count: number;
  readonly bytes: number;
  /** What is in it, as long as memory is spent on that. */
  readonly records: readonly UsageRecord[] | undefined;
}

/** `owner`: a process, by its id and random digits; ids come again. */
export function segmentPath(directory: string, owner: string, number: number): string {
  return join(directory, `usage-${owner}-${number}.jsonl`);
}

export function lockPath(directory: string, owner: string): string {
  return join(directory, `usage-${owner}.lock`);
}

const FILE = /^usage-(\d+-[0-9a-f]+)(?:-(\d+)\.jsonl|\.lock)$/;

/** Every owner that left something behind. */
export async function ownersIn(directory: string): Promise<readonly string[]> {
  const owners = (await readdir(directory)).map((name) => FILE.exec(name)?.[1]);
  return [...new Set(owners.filter((owner) => owner !== undefined))];
}

/** In the order in which they were written. */
export async function segmentsOf(directory: string, owner: string): Promise<readonly string[]> {
  const numbers = (await readdir(directory)).flatMap((name) => {
    const [, of, number] = FILE.exec(name) ?? [];
    return of === owner && number !== undefined ? [Number(number)] : [];
  });
  return numbers
    .toSorted((one, other) => one - other)
    .map((number) => segmentPath(directory, owner, number));
}

/** A line that was cut by the end of its process was never promised to anybody. */
export async function readSegment(path: string): Promise<readonly UsageRecord[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.flatMap((line) => (line === '' ? [] : (recordOf(line) ?? [])));
}

/** Takes over a segment under a name of the new owner. */
export async function takeSegment(from: string, to: string): Promise<Segment> {
  await rename(from, to);
  const bytes = await readFile(to);
  return { path: to, count: linesIn(bytes), bytes: bytes.length, records: undefined };
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
