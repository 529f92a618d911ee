/** A disk of a megabyte, where this machine permits one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  remove(): void;
}

/** For `skip`: why this machine has none. */
export function withoutSmallDisk(): string | false {
  try {
    createSmallDisk().remove();
    return false;
  } catch {
    return 'needs the right to mount a small tmpfs';
  }
}

export function createSmallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'dragoman-disk-'));
  if (!shell(`mount -t tmpfs -o size=1m tmpfs '${path}'`)) {
    rmdirSync(path);
    throw new Error('a small disk cannot be mounted');
  }
  return {
    path,
    remove() {
      shell(`umount '${path}'`);
      rmdirSync(path);
    },
  };
}

function shell(command: string): boolean {
  return spawnSync('/bin/sh', ['-c', command]).status === 0;
}
