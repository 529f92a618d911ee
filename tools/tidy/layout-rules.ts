/** Rules about which files stand where: formats look alike, and an index names every plug-in. */
import { posix } from 'node:path';
import { isTest, parseModule } from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import type { Breach, Rule } from './rule.ts';

const formats = 'packages/converter/src/formats';
const fixtures = 'packages/converter/fixtures';

const everyFormat = ['README.md', 'index.ts', 'wire.ts', 'errors.ts', 'mappings.ts'];
const halves = {
  client: ['recognize.ts', 'decode-request.ts', 'encode-response.ts', 'encode-stream.ts'],
  upstream: ['encode-request.ts', 'decode-response.ts', 'decode-stream.ts'],
};

/** Each format shows with real bytes how it does these. */
const requiredCases = [
  'text',
  'tools',
  'parallel-tools',
  'image',
  'reasoning',
  'stop',
  'length',
  'error',
  'empty',
];

const pluginFolders = [
  'packages/gateway/src/balance',
  'packages/gateway/src/providers',
  'packages/gateway/src/stores',
  'packages/gateway/src/endpoints/models/dialects',
  'packages/gateway/src/control-plane/admin',
];

export const layoutRules: readonly Rule[] = [
  {
    name: 'formats-have-the-same-files',
    why: 'who knows one format finds the way in all',
    *check(tree) {
      for (const format of foldersIn(tree, formats)) {
        const folder = `${formats}/${format}`;
        const has = (file: string): boolean => tree.has(`${folder}/${file}`);
        const wanted = Object.values(halves).filter((files) => files.some(has));
        if (wanted.length === 0) yield { path: folder, message: 'has neither half of a format' };
        for (const file of [...everyFormat, ...wanted.flat()]) {
          if (!has(file)) yield { path: folder, message: `lacks ${file}` };
        }
      }
    },
  },
  {
    name: 'formats-have-fixtures',
    why: 'each format is shown to convert the cases that matter',
    *check(tree) {
      for (const format of foldersIn(tree, formats)) {
        const folder = `${fixtures}/${format}`;
        for (const name of requiredCases) {
          const found = tree.paths.some((path) => path.startsWith(`${folder}/${name}.`));
          if (!found) yield { path: folder, message: `lacks the case ${name}` };
        }
      }
    },
  },
  {
    name: 'fixtures-belong-to-a-format',
    why: 'a fixture that no format reads proves nothing',
    *check(tree) {
      const known = foldersIn(tree, formats);
      for (const folder of foldersIn(tree, fixtures)) {
        if (known.includes(folder)) continue;
        yield { path: `${fixtures}/${folder}`, message: 'is named after no format' };
      }
    },
  },
  {
    name: 'plug-ins-are-in-their-index',
    why: 'a plug-in that no index names is dead',
    *check(tree) {
      for (const folder of pluginFolders) yield* unnamed(tree, folder, siblings(tree, folder));
      const indexes = foldersIn(tree, formats).map((format) => `${formats}/${format}/index.ts`);
      yield* unnamed(tree, formats, indexes);
    },
  },
];

function unnamed(tree: Tree, folder: string, files: readonly string[]): readonly Breach[] {
  const index = `${folder}/index.ts`;
  if (files.length === 0) return [];
  if (!tree.has(index)) return [{ path: folder, message: 'has no index.ts' }];
  const named = new Set(
    parseModule(tree, index).imports.map(({ specifier = '' }) => posix.join(folder, specifier)),
  );
  return files
    .filter((file) => !named.has(file))
    .map((path) => ({ path, message: `is not named by ${index}` }));
}

function siblings(tree: Tree, folder: string): readonly string[] {
  return tree.paths.filter(
    (path) =>
      posix.dirname(path) === folder &&
      path.endsWith('.ts') &&
      !path.endsWith('/index.ts') &&
      !isTest(path),
  );
}

function foldersIn(tree: Tree, folder: string): readonly string[] {
  const below = tree.paths.filter((path) => path.startsWith(`${folder}/`));
  const names = below.map((path) => path.slice(folder.length + 1).split('/'));
  return [...new Set(names.filter((parts) => parts.length > 1).map(([name = '']) => name))];
}
