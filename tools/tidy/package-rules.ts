/** Rules about package manifests: what ships depends on little, and every version is exact. */
import { packageEntries, packageName } from '../boundaries/check-boundaries.ts';
import { parseModule, productPaths } from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import type { Rule } from './rule.ts';

/** Packages that end up in a bundle, each with the reason why we do not write it. */
const runtimeDependencies: Readonly<Record<string, string>> = {
  '@anthropic-ai/sdk': 'conformance is what the official SDK makes of an answer',
  '@google/genai': 'the same, of Google',
  '@prometheus-io/client': 'histograms and the text exposition that scrapers expect',
  '@redis/client':
    'the protocol of Redis and its pipelining, for counters that several machines share',
  commander: 'help texts, suggestions and errors of a command line',
  'gpt-tokenizer': 'the vocabulary and merges of o200k, in JavaScript, for answers without a usage',
  kysely: 'statements of two SQL dialects from one typed text, values always bound',
  openai: 'the same, of OpenAI, for both of its formats',
  pg: 'the protocol, logins, TLS and pools of PostgreSQL',
  pino: 'structured logs without waiting, with redaction',
  yaml: 'a YAML parser that keeps the place of every value',
  zod: 'one schema that checks the configuration file, types it and describes it to editors',
};

interface Manifest {
  readonly [field: string]: Readonly<Record<string, string>> | undefined;
}

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const published = ['dependencies', 'optionalDependencies', 'peerDependencies'];

export const packageRules: readonly Rule[] = [
  {
    name: 'packages-ship-without-dependencies',
    why: 'the converter needs none, and those of the others are in their bundles',
    *check(tree) {
      for (const path of manifests(tree)) {
        if (path === 'package.json') continue;
        for (const group of published) {
          const names = Object.keys(manifest(tree, path)[group] ?? {});
          if (names.length > 0) yield { path, message: `has ${group}: ${names.join(', ')}` };
        }
      }
    },
  },
  {
    name: 'runtime-packages-are-allowed',
    why: 'a package in the product is a decision with a reason',
    *check(tree) {
      const ours = packageEntries(tree);
      for (const path of productPaths(tree)) {
        for (const { specifier = '.', line } of parseModule(tree, path).imports) {
          if (/^(\.|node:)/.test(specifier) || ours.has(specifier)) continue;
          const name = packageName(specifier);
          if (Object.hasOwn(runtimeDependencies, name)) continue;
          yield { path, line, message: `imports ${name}, which is not on the list with a reason` };
        }
      }
    },
  },
  {
    name: 'versions-are-exact',
    why: 'two machines install the same',
    *check(tree) {
      for (const path of manifests(tree)) {
        const entries = groups.flatMap((group) =>
          Object.entries(manifest(tree, path)[group] ?? {}),
        );
        for (const [name, version] of entries) {
          if (/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue;
          yield { path, message: `asks for ${name} ${version}` };
        }
      }
    },
  },
  {
    name: 'lockfile-names-no-registry',
    why: 'the lockfile works with any registry or mirror',
    *check(tree) {
      const path = 'package-lock.json';
      if (!tree.has(path)) return;
      for (const [index, text] of tree.read(path).split('\n').entries()) {
        if (!/"resolved": "\w+:/.test(text)) continue;
        yield { path, line: index + 1, message: 'holds the address of a registry' };
      }
    },
  },
];

function manifests(tree: Tree): readonly string[] {
  return tree.paths.filter((path) => /^(packages\/[^/]+\/)?package\.json$/.test(path));
}

function manifest(tree: Tree, path: string): Manifest {
  return JSON.parse(tree.read(path));
}
