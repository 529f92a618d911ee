/** Rules about the documents: what they name exists, and the code map leaves nothing out. */
import { posix } from 'node:path';
import type { Tree } from '../source/tree.ts';
import type { Breach, Rule } from './rule.ts';

const gateway = 'packages/gateway/src/';
const codeMap = 'ARCHITECTURE.md';

export const documentRules: readonly Rule[] = [
  {
    name: 'documents-name-what-exists',
    why: 'a wrong path costs the reader more than none',
    *check(tree) {
      for (const { path, line, found } of inProse(tree, /`([^`]+)`/g)) {
        if (!looksLikePath(found, tree, path) || exists(found, tree)) continue;
        yield { path, line, message: `names ${found}, which does not exist` };
      }
    },
  },
  {
    name: 'links-lead-somewhere',
    why: 'a document that links to a missing one is half a document',
    *check(tree) {
      for (const { path, line, found } of inProse(tree, /\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(found)) continue;
        if (existsAt(posix.join(posix.dirname(path), found), tree)) continue;
        yield { path, line, message: `links to ${found}, which does not exist` };
      }
    },
  },
  {
    name: 'documents-name-real-commands',
    why: 'a command that fails is the first thing a newcomer meets',
    *check(tree) {
      const { scripts = {} }: { scripts?: Record<string, string> } = JSON.parse(
        tree.has('package.json') ? tree.read('package.json') : '{}',
      );
      for (const { path, line, found } of inLines(tree, /npm run ([\w:-]+)/g, linesOf)) {
        if (Object.hasOwn(scripts, found)) continue;
        yield { path, line, message: `names npm run ${found}, which does not exist` };
      }
    },
  },
  {
    name: 'code-map-is-complete',
    why: 'every folder of the gateway has its sentence in the code map',
    *check(tree) {
      if (!tree.has(codeMap)) return;
      const text = tree.read(codeMap);
      for (const folder of foldersBelow(tree, gateway)) {
        if (!text.includes(`${folder}/`)) yield missing(folder);
      }
    },
  },
];

function missing(folder: string): Breach {
  return { path: codeMap, message: `says nothing about ${gateway}${folder}/` };
}

function documents(tree: Tree): readonly string[] {
  return tree.paths.filter((path) => path.endsWith('.md') && !path.includes('/fixtures/'));
}

type Line = readonly [number: number, text: string];

interface Mention {
  readonly path: string;
  readonly line: number;
  readonly found: string;
}

function inProse(tree: Tree, pattern: RegExp): readonly Mention[] {
  return inLines(tree, pattern, (text) => outsideFences(linesOf(text)));
}

/** What the first group of `pattern` finds in the chosen lines of every document. */
function inLines(
  tree: Tree,
  pattern: RegExp,
  choose: (text: string) => readonly Line[],
): readonly Mention[] {
  return documents(tree).flatMap((path) =>
    choose(tree.read(path)).flatMap(([line, text]) =>
      Array.from(text.matchAll(pattern), ([, found = '']) => ({ path, line, found })),
    ),
  );
}

function linesOf(text: string): readonly Line[] {
  return text.split('\n').map((line, index) => [index + 1, line]);
}

function outsideFences(lines: readonly Line[]): readonly Line[] {
  let fenced = false;
  return lines.filter(([, text]) => {
    const fence = /^\s*(```|~~~)/.test(text);
    if (fence) fenced = !fenced;
    return !fence && !fenced;
  });
}

/** Source and document names always; other names with a slash when they start at a known place. */
function looksLikePath(token: string, tree: Tree, document: string): boolean {
  if (!/^[\w.@<>*-]+(\/[\w.@<>*-]+)*\/?$/.test(token)) return false;
  if (/(^|\/)(dist|node_modules|coverage)(\/|$)/.test(token)) return false;
  if (/^[^.].*\.(ts|md|cjs|mjs)$/.test(token)) return true;
  const [first = '', ...rest] = token.split('/');
  if (rest.length === 0) return false;
  return existsAt(first, tree) || existsAt(posix.join(posix.dirname(document), first), tree);
}

/** A path may be named in full or by its end; `<name>` and `*` stand for any name. */
function exists(token: string, tree: Tree): boolean {
  const pattern = token
    .replace(/^\.\//, '')
    .replace(/\/$/, '')
    .replace(/[.+]/g, '\\$&')
    .replace(/<[^>]+>|\*+/g, '[^/]+');
  const matcher = new RegExp(`(^|/)${pattern}(/|$)`);
  return tree.paths.some((path) => matcher.test(path));
}

function existsAt(path: string, tree: Tree): boolean {
  const plain = path.replace(/\/$/, '');
  return tree.has(plain) || tree.paths.some((known) => known.startsWith(`${plain}/`));
}

function foldersBelow(tree: Tree, root: string): readonly string[] {
  const folders = tree.paths
    .filter((path) => path.startsWith(root))
    .map((path) => posix.dirname(path.slice(root.length)))
    .filter((folder) => folder !== '.' && !/(^|\/)(testing|fixtures)(\/|$)/.test(folder));
  return [...new Set(folders)];
}
