/** The files that a rule looks at: read from a directory, or made up by a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths are relative to the root and use `/` on every platform. */
export interface Tree {
  readonly paths: readonly string[];
  has(path: string): boolean;
  read(path: string): string;
}

const skipped = new Set(['node_modules', '.git', 'dist', 'coverage']);

/** Every file under `root` but what tools install or produce; contents are read when asked for. */
export function readTree(root: string): Tree {
  const paths: string[] = [];
  collect(root, '', paths);
  return treeOf(paths, (path) => readFileSync(join(root, path), 'utf8'));
}

/** A tree that exists only in a test. */
export function madeUpTree(files: Readonly<Record<string, string>>): Tree {
  return treeOf(Object.keys(files), (path) => files[path] ?? '');
}

function treeOf(paths: readonly string[], load: (path: string) => string): Tree {
  const texts = new Map<string, string>();
  const known = new Set(paths);
  return {
    paths: paths.toSorted(),
    has: (path) => known.has(path),
    read(path) {
      const text = texts.get(path) ?? load(path);
      texts.set(path, text);
      return text;
    },
  };
}

function collect(root: string, folder: string, paths: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !skipped.has(entry.name)) collect(root, path, paths);
    if (entry.isFile()) paths.push(path);
  }
}
