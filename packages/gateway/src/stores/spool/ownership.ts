/**
 * Whose segments are whose. An owner holds a lock that the kernel takes back when the process ends,
 * however it ends; process ids alone would say nothing, since they come again, and differ between
 * containers that share a directory. Node has no such locks but those of SQLite.
 */
import { closeSync, fstatSync, mkdirSync, openSync, statSync, unlinkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { newId } from '../../lib/ids.ts';
import {
  lockPath,
  ownersIn,
  type Segment,
  segmentPath,
  segmentsOf,
  takeSegment,
} from './segments.ts';

export interface Ownership {
  /** Of the next segment. Throws when the directory cannot be written. */
  nextPath(): string;
  /** Takes over what dead owners left, and nothing that another process takes at the moment. */
  adopt(take: (segment: Segment) => void): Promise<void>;
  /** `isEmpty`: nothing is left for others to take over. */
  end(isEmpty: boolean): void;
}

interface Lock {
  /** False once somebody removed its file: others could take what it protects. */
  holds(): boolean;
  release(): void;
  /** For when nothing is left to protect. */
  releaseAndRemove(): void;
}

interface Owner extends Lock {
  readonly name: string;
}

const TRIES = 5;
const RANDOM_DIGITS = 12;

export function createOwnership(directory: string): Ownership {
  let owner: Owner | undefined;
  let segments = 0;

  function ensureOwner(): Owner {
    if (owner?.holds() === true) return owner;
    owner?.release();
    owner = undefined;
    owner = becomeOwner(directory);
    return owner;
  }

  function nextPath(): string {
    segments += 1;
    return segmentPath(directory, ensureOwner().name, segments);
  }

  return {
    nextPath,
    async adopt(take) {
      const own = ensureOwner().name;
      for (const name of await ownersIn(directory)) {
        const lock = name === own ? undefined : tryLock(lockPath(directory, name));
        if (lock === undefined) continue;
        try {
          for (const path of await segmentsOf(directory, name)) {
            take(await takeSegment(path, nextPath()));
          }
          lock.releaseAndRemove();
        } finally {
          lock.release();
        }
      }
    },
    end(isEmpty) {
      if (isEmpty) owner?.releaseAndRemove();
      else owner?.release();
      owner = undefined;
    },
  };
}

function becomeOwner(directory: string): Owner {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < TRIES; tries++) {
    const name = `${process.pid}-${newId('').slice(0, RANDOM_DIGITS)}`;
    const path = lockPath(directory, name);
    const file = openSync(path, 'wx', 0o600);
    const { ino } = fstatSync(file);
    closeSync(file);
    const lock = tryLock(path);
    // Somebody who took the new file for a dead process's may have been quicker.
    if (lock?.holds() === true && statOf(path)?.ino === ino) return { name, ...lock };
    lock?.release();
  }
  throw new Error('no lock in the directory of the spool can be had');
}

/** Undefined: somebody else holds it. Makes the file if there is none. */
function tryLock(path: string): Lock | undefined {
  const file = lockedFile(path);
  return file && lockOf(path, file);
}

function lockOf(path: string, file: DatabaseSync): Lock {
  const { ino } = statOf(path) ?? {};

  function release(): void {
    if (file.isOpen) file.close();
  }

  return {
    holds: () => file.isOpen && ino !== undefined && statOf(path)?.ino === ino,
    release,
    releaseAndRemove() {
      try {
        unlinkSync(path);
      } catch {
        // It is gone, or stays for the next one to find and remove.
      }
      release();
    },
  };
}

function lockedFile(path: string): DatabaseSync | undefined {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec('begin exclusive');
    return file;
  } catch {
    file?.close();
    return undefined;
  }
}

function statOf(path: string): { readonly ino: number } | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
