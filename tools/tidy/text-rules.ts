/** Rules about the text of files of any kind: reasons for exceptions, nothing secret, nothing private. */
import type { Tree } from '../source/tree.ts';
import type { Breach, Rule } from './rule.ts';

interface Pattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Shapes of real credentials, long enough that an invented one in a test does not match. */
const secrets: readonly Pattern[] = [
  { name: 'an OpenAI key', pattern: /\bsk-(proj-|svcacct-)?[A-Za-z0-9_-]{40,}/ },
  { name: 'an Anthropic key', pattern: /\bsk-ant-[\w-]{32,}/ },
  { name: 'a Google key', pattern: /\bAIza[\w-]{35}|\bAQ\.Ab[\w-]{40,}/ },
  { name: 'a Google token', pattern: /\bya29\.[\w-]{30,}/ },
  { name: 'an AWS key', pattern: /\b(AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { name: 'a GitHub token', pattern: /\bgh[pousr]_\w{36}|\bgithub_pat_\w{50,}/ },
  { name: 'a provider key', pattern: /\b(gsk_|xai-|hf_|r8_|pplx-|fw_)[A-Za-z0-9]{32,}/ },
  { name: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { name: 'a signed token', pattern: /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}/ },
];

const machinePaths: readonly Pattern[] = [
  { name: 'a path of one machine', pattern: /(^|[^\w.~-])\/(work|root|home\/\w+|Users\/\w+)\// },
];

const sources = /\.(ts|cjs|mjs|js)$/;
const binary = /\.(png|jpe?g|gif|webp|ico|woff2?|pdf|wav|mp3|gz|zip)$/;

export const textRules: readonly Rule[] = [
  {
    name: 'exceptions-have-reasons',
    why: 'who reads a disabled rule needs to know why',
    *check(tree) {
      const directive = /(\/\/|\/\*)\s*(oxlint-disable|eslint-disable|biome-ignore)[\w-]*(.*)/;
      for (const [place, text] of lines(tree, sources)) {
        const [, , kind, rest = ''] = directive.exec(text) ?? [];
        if (kind === undefined) continue;
        const reason = kind === 'biome-ignore' ? /: \S+ \S+/ : / -- \S+ \S+/;
        if (!reason.test(rest)) yield { ...place, message: `${kind} without a reason after --` };
      }
    },
  },
  {
    name: 'skipped-tests-have-reasons',
    why: 'a test that does not run looks like one that passes',
    *check(tree) {
      for (const [place, text] of lines(tree, /\.test\.ts$/)) {
        if (/\b(skip|todo): true\b|\b(test|it|describe|suite)\.(skip|todo)\(/.test(text)) {
          yield { ...place, message: "write { skip: 'reason' }" };
        }
        if (/\b(test|it|describe|suite)\.only\(|\bonly: true\b/.test(text)) {
          yield { ...place, message: 'leaves out every other test' };
        }
      }
    },
  },
  {
    name: 'no-accessors',
    why: 'each literal with a getter has a hidden class of its own, dear to collect',
    *check(tree) {
      for (const [place, text] of lines(tree, /^packages\/[^/]+\/src\/(?!.*demo\/).*\.ts$/)) {
        if (place.path.endsWith('.test.ts')) continue;
        if (/^\s*[gs]et \w+\(/.test(text)) yield { ...place, message: 'write a method instead' };
      }
    },
  },
  {
    name: 'no-secrets',
    why: 'fixtures are recorded with keys, and are published without',
    check: (tree) => matches(tree, secrets, /./),
  },
  {
    name: 'no-machine-paths',
    why: 'paths of the machine where something was written mean nothing elsewhere',
    check: (tree) => matches(tree, machinePaths, /\.(ts|cjs|mjs|js|json|md|ya?ml|sh)$|^\.ci\//),
  },
];

function* matches(tree: Tree, patterns: readonly Pattern[], files: RegExp): Generator<Breach> {
  for (const [place, text] of lines(tree, files)) {
    for (const { name, pattern } of patterns) {
      if (pattern.test(text)) yield { ...place, message: `holds what looks like ${name}` };
    }
  }
}

function* lines(
  tree: Tree,
  files: RegExp,
): Generator<readonly [place: { path: string; line: number }, text: string]> {
  for (const path of tree.paths) {
    if (!files.test(path) || binary.test(path) || path === 'package-lock.json') continue;
    for (const [index, text] of tree.read(path).split('\n').entries()) {
      yield [{ path, line: index + 1 }, text];
    }
  }
}
