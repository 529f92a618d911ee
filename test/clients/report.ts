/**
 * `node --conditions=source test/clients/report.ts --write` writes the tables of what works with which
 * client. They say what the catalogue says, and the suites hold every run to it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exceptionFor, exceptions, libraries, libraryIds } from './catalogue.ts';
import type { UpstreamFormat } from './dialects/index.ts';
import { kits, pythonKit } from './pins.ts';
import { featureIds, featuresWith } from './scenes/feature-ids.ts';

const root = join(import.meta.dirname, '../..');
const BEGIN = '<!-- written by test/clients/report.ts -->';
const END = '<!-- end -->';

const formats: readonly (readonly [UpstreamFormat, string])[] = [
  ['anthropic-messages', 'Claude'],
  ['gemini', 'Gemini 3'],
  ['openai-chat', 'Chat Completions'],
  ['openai-responses', 'Responses'],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(row).join('\n');
}

function tableFor(format: UpstreamFormat): string {
  const offered = featuresWith(format);
  return table(
    ['', ...offered],
    libraryIds.map((client) => [
      libraries[client],
      ...offered.map((feature) => {
        const exception = exceptionFor({ client, format, feature });
        return exception === undefined ? '✓' : `[${exceptions.indexOf(exception) + 1}]`;
      }),
    ]),
  );
}

function long(): string {
  const versions = [...Object.values(kits), pythonKit].map(({ packages }) =>
    Object.entries(packages)
      .map(([name, version]) => `\`${name}\` ${version}`)
      .join(', '),
  );
  return [
    ...formats.flatMap(([format, name]) => [`### Answers from ${name}`, tableFor(format)]),
    '### What does not work, and why',
    exceptions.map(({ reason }, index) => `${index + 1}. ${reason}`).join('\n'),
    '### Versions',
    [
      ...versions.map((line) => `- ${line}`),
      '- `openai`, `@anthropic-ai/sdk` and `@google/genai` as in `package.json`',
    ].join('\n'),
  ].join('\n\n');
}

interface Words {
  readonly client: string;
  readonly all: string;
  allBut(count: number): string;
}

function short({ client: title, all, allBut }: Words): string {
  return table(
    [title, ...formats.map(([, name]) => name)],
    libraryIds.map((client) => [
      libraries[client],
      ...formats.map(([format]) => {
        const missing = featureIds.filter(
          (feature) => exceptionFor({ client, format, feature }) !== undefined,
        );
        return missing.length === 0 ? all : allBut(missing.length);
      }),
    ]),
  );
}

const documents: readonly (readonly [path: string, text: () => string])[] = [
  ['docs/clients.md', long],
  [
    'README.md',
    () => short({ client: 'Library', all: 'all', allBut: (count) => `all but ${count}` }),
  ],
  [
    'README.zh-CN.md',
    () => short({ client: '库', all: '全部', allBut: (count) => `除 ${count} 项外全部` }),
  ],
];

/** Every document as it is and as it has to be. */
export function reports(): readonly { path: string; is: string; shouldBe: string }[] {
  return documents.map(([path, text]) => {
    const is = readFileSync(join(root, path), 'utf8');
    const [before = '', rest = ''] = is.split(BEGIN);
    const after = rest.slice(rest.indexOf(END));
    return { path, is, shouldBe: `${before}${BEGIN}\n\n${text()}\n\n${after}` };
  });
}

if (process.argv.includes('--write'))
  for (const { path, shouldBe } of reports()) writeFileSync(join(root, path), shouldBe);
