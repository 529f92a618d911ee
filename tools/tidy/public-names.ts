/** The public names of the converter, kept in `api.txt` so that a change shows in review. */
import { posix } from 'node:path';
import { parseModule } from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import type { Rule } from './rule.ts';

export const publicNamesPath = 'packages/converter/api.txt';

const entries = {
  'ai-api-converter': 'packages/converter/src/index.ts',
  'ai-api-converter/stream': 'packages/converter/src/stream.ts',
};

export const publicNamesRule: Rule = {
  name: 'public-names-are-recorded',
  why: 'what users may import changes on purpose only; `npm run api` writes the list',
  *check(tree) {
    const actual = publicNames(tree);
    const recorded = tree.has(publicNamesPath) ? tree.read(publicNamesPath) : '';
    if (actual === recorded) return;
    const [was, is] = [new Set(recorded.split('\n')), new Set(actual.split('\n'))];
    const changes = [
      ...[...is.difference(was)].map((name) => `+ ${name}`),
      ...[...was.difference(is)].map((name) => `- ${name}`),
    ];
    yield { path: publicNamesPath, message: `differs: ${changes.join(', ') || 'order of names'}` };
  },
};

/** One line a name: entry, then the name, with `type` before what exists for the compiler only. */
export function publicNames(tree: Tree): string {
  const lines = Object.entries(entries).flatMap(([entry, path]) =>
    exportedNames(tree, path).map((name) => `${entry} ${name}\n`),
  );
  return lines.toSorted().join('');
}

/** Follows `export *` within the package, so that it hides no name. */
function exportedNames(tree: Tree, path: string): readonly string[] {
  if (!tree.has(path)) return [];
  const exported = parseModule(tree, path).exports.flatMap((statement) => statement.entries);
  return exported.flatMap(({ exportName, isType, moduleRequest }) => {
    const kind = isType ? 'type ' : '';
    if (exportName.name !== null) return [`${kind}${exportName.name}`];
    const names = exportedNames(tree, posix.join(posix.dirname(path), moduleRequest?.value ?? ''));
    return names.map((name) => (name.startsWith('type ') ? name : `${kind}${name}`));
  });
}
