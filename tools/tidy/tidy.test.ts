import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpTree } from '../source/tree.ts';
import { checkRules, rules } from './rules.ts';

type Files = Readonly<Record<string, string>>;

const converter = 'packages/converter/src';
const gateway = 'packages/gateway/src';
const fixtures = 'packages/converter/fixtures';
const alpha = `${converter}/formats/alpha`;
/** Put together here, so that the rules do not find these words in this file. */
const [disable, skip, only] = ['disable', 'skip', 'only'];
const doc = '/** Says its subject. */\n';

const formatFiles = [
  'index.ts',
  'wire.ts',
  'errors.ts',
  'mappings.ts',
  'encode-request.ts',
  'decode-response.ts',
  'decode-stream.ts',
];
const cases = 'text tools parallel-tools image reasoning stop length error empty'.split(' ');

const sound: Files = {
  'package.json': JSON.stringify({ scripts: { check: 'x' }, devDependencies: { tool: '1.2.3' } }),
  'package-lock.json': '{ "resolved": "packages/gateway" }',
  'packages/converter/package.json': JSON.stringify({
    name: 'ai-api-converter',
    exports: { '.': { source: './src/index.ts' } },
  }),
  'packages/converter/api.txt': 'ai-api-converter convert\nai-api-converter type Request\n',
  [`${converter}/index.ts`]: `${doc}export { convert, type Request } from './convert.ts';`,
  [`${converter}/convert.ts`]: `${doc}export const convert = (value: Request): Request => value;`,
  [`${converter}/json.ts`]: `${doc}export const parse = (text: string): unknown => JSON.parse(text);`,
  [`${converter}/formats/index.ts`]: `${doc}import './alpha/index.ts';`,
  ...Object.fromEntries(formatFiles.map((file) => [`${alpha}/${file}`, doc])),
  ...Object.fromEntries(cases.map((name) => [`${fixtures}/alpha/${name}.request.json`, '{}'])),
  [`${alpha}/README.md`]: '',
  [`${gateway}/main.ts`]: `${doc}import { Command } from 'commander';\nnew Command().parse();`,
  [`${gateway}/lib/clock.ts`]: `${doc}export const now = (): number => Date.now();`,
  [`${gateway}/lib/errors.ts`]: `${doc}export class OwnError extends Error {}`,
  [`${gateway}/balance/index.ts`]: `${doc}import './first.ts';`,
  [`${gateway}/balance/first.ts`]: doc,
  [`${gateway}/balance/first.test.ts`]: "test('a', { skip: 'needs a server' }, async () => {});",
  'ARCHITECTURE.md':
    'Corners in `lib/`, picks in `balance/` (`balance/<name>.ts`). See [doc](docs/a.md).',
  'docs/a.md':
    '`npm run check`, `/v1/messages`, `application/json`, `config.json`, `packages/gateway/`',
};

const breaches: readonly (readonly [rule: string, what: string, files: Files])[] = [
  ['modules-parse', 'a syntax error', { [`${converter}/a.ts`]: `${doc}const = 1;` }],
  [
    'converter-is-synchronous',
    'an async function',
    { [`${converter}/a.ts`]: `${doc}const a = async () => 1;` },
  ],
  [
    'converter-is-synchronous',
    'a promise in a type',
    { [`${converter}/a.ts`]: `${doc}type A = Promise<string>;` },
  ],
  ...[
    'JSON.parse(text)',
    'Date.now()',
    'performance.now()',
    'new Date(1)',
    'Math.random()',
    'crypto.randomUUID()',
    'Buffer.from(text)',
    'process.pid',
    'console.log(1)',
  ].map((use): [string, string, Files] => [
    'impure-things-have-one-place',
    `${use} in the converter`,
    { [`${converter}/a.ts`]: `${doc}const a = () => ${use};` },
  ]),
  ...['JSON.parse(text)', 'Date.now()', 'randomUUID()', 'process.env', 'console.log(1)'].map(
    (use): [string, string, Files] => [
      'impure-things-have-one-place',
      `${use} in the gateway`,
      { [`${gateway}/a.ts`]: `${doc}const a = () => ${use};` },
    ],
  ),
  [
    'classes-are-errors',
    'a class that is no error',
    { [`${gateway}/a.ts`]: `${doc}export class Manager {}` },
  ],
  [
    'modules-do-nothing-when-imported',
    'a call at the top',
    { [`${gateway}/a.ts`]: `${doc}start();` },
  ],
  [
    'modules-do-nothing-when-imported',
    'a variable of the module',
    { [`${gateway}/a.ts`]: `${doc}export let count = 0;` },
  ],
  [
    'modules-say-their-subject',
    'code before the comment',
    { [`${gateway}/a.ts`]: `const a = 1;\n${doc}` },
  ],
  ['modules-say-their-subject', 'a line comment', { [`${gateway}/a.ts`]: '// about\n' }],
  ['lines-fit-a-screen', 'a long comment', { [`${gateway}/a.ts`]: `${doc}// ${'a '.repeat(60)}` }],
  [
    'packages-ship-without-dependencies',
    'a dependency of the converter',
    {
      'packages/converter/package.json': JSON.stringify({
        name: 'ai-api-converter',
        dependencies: { zod: '4.0.0' },
      }),
    },
  ],
  [
    'runtime-packages-are-allowed',
    'an import that is not on the list',
    { [`${gateway}/a.ts`]: `${doc}import { map } from 'lodash/fp';` },
  ],
  [
    'versions-are-exact',
    'a range',
    { 'package.json': JSON.stringify({ devDependencies: { tool: '^1.2.3' } }) },
  ],
  [
    'lockfile-names-no-registry',
    'a resolved address',
    { 'package-lock.json': '{\n "resolved": "https://registry.example/a.tgz" }' },
  ],
  ['formats-have-the-same-files', 'a format with half a half', { [`${alpha}/recognize.ts`]: doc }],
  [
    'formats-have-the-same-files',
    'a format with no half',
    { [`${converter}/formats/b/x.ts`]: doc },
  ],
  ['formats-have-fixtures', 'a format without', { [`${converter}/formats/b/index.ts`]: doc }],
  [
    'fixtures-belong-to-a-format',
    'a folder of an unknown format',
    { 'packages/converter/fixtures/beta/text.request.json': '{}' },
  ],
  ['plug-ins-are-in-their-index', 'a strategy left out', { [`${gateway}/balance/b.ts`]: doc }],
  ['plug-ins-are-in-their-index', 'a folder without index', { [`${gateway}/balance/b.ts`]: doc }],
  [
    'plug-ins-are-in-their-index',
    'a format left out',
    { [`${converter}/formats/b/index.ts`]: doc },
  ],
  [
    'public-names-are-recorded',
    'a new name',
    { [`${converter}/index.ts`]: `${doc}export const other = 1;` },
  ],
  [
    'public-names-are-recorded',
    'a new name behind export *',
    { [`${converter}/index.ts`]: `${doc}export * from './convert.ts'; export * from './json.ts';` },
  ],
  ['documents-name-what-exists', 'a missing module', { 'README.md': 'See `lib/gone.ts`.' }],
  ['documents-name-what-exists', 'a missing folder', { 'README.md': 'See `packages/gone/`.' }],
  ['documents-name-what-exists', 'a name beside the document', { 'docs/b.md': '`docs/gone`' }],
  ['links-lead-somewhere', 'a dead link', { 'README.md': 'See [it](docs/gone.md#part).' }],
  ['documents-name-real-commands', 'an unknown script', { 'README.md': '```\nnpm run gone\n```' }],
  ['code-map-is-complete', 'a folder without a sentence', { [`${gateway}/model/a.ts`]: doc }],
  [
    'exceptions-have-reasons',
    'a disabled rule without a reason',
    { [`${gateway}/a.ts`]: `${doc}// oxlint-${disable}-next-line no-console` },
  ],
  [
    'skipped-tests-have-reasons',
    'a skip that does not say why',
    { [`${gateway}/a.test.ts`]: `test('a', { ${skip}: true }, () => {});` },
  ],
  [
    'skipped-tests-have-reasons',
    'only',
    { [`${gateway}/a.test.ts`]: `test.${only}('a', () => {});` },
  ],
  [
    'no-accessors',
    'a getter',
    { [`${gateway}/a.ts`]: `${doc}export const a = {\n  get b() {\n    return 1;\n  },\n};` },
  ],
  ['no-secrets', 'a key', { 'a.json': `{ "key": "sk-ant-${'a1'.repeat(24)}" }` }],
  ['no-secrets', 'a private key', { 'a.pem': ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ') }],
  ['no-machine-paths', 'a home folder', { 'a.md': ['See ', 'home', 'someone', 'file.'].join('/') }],
];

function broken(files: Files): readonly string[] {
  return checkRules(madeUpTree({ ...sound, ...files })).map((finding) => finding.rule);
}

test('a sound tree has no findings', () => {
  assert.deepEqual(checkRules(madeUpTree(sound)), []);
});

for (const [rule, what, files] of breaches) {
  test(`${rule} fires on ${what}`, () => {
    assert.ok(broken(files).includes(rule), `found only: ${broken(files).join(', ')}`);
  });
}

test('every rule has a tree made to break it', () => {
  const tried = new Set(breaches.map(([rule]) => rule));
  assert.deepEqual(
    rules.filter(({ name }) => !tried.has(name)).map(({ name }) => name),
    [],
  );
});

test('a disabled rule with a reason is fine', () => {
  const comment = `// oxlint-${disable}-next-line no-console -- the only way to tell`;
  assert.deepEqual(broken({ [`${gateway}/a.ts`]: `${doc}${comment}` }), []);
});
