/** The document of what passes through says what the table of surfaces does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathPatternOf, type Surface, surfaces } from './surfaces.ts';

const document = join(import.meta.dirname, '../../../../../docs/endpoints.md');

const dialects: Readonly<Record<string, string>> = {
  'openai-chat': 'OpenAI',
  'openai-responses': 'OpenAI',
  'anthropic-messages': 'Anthropic',
  gemini: 'Gemini',
};

const costs: { readonly [name in Surface['costs']]: string } = {
  tokens: 'tokens',
  unseen: 'a request; not for keys with a budget',
  nothing: 'a request',
};

function modelOf({ model }: Surface): string {
  if (model === undefined) return 'none';
  return model.otherwise === undefined ? 'in the body' : `in the body, or \`${model.otherwise}\``;
}

function rowOf(surface: Surface): string {
  const { format, methods, name } = surface;
  const cells = [
    `\`${methods.join('`, `')}\` \`${pathPatternOf(surface)}\``,
    dialects[format.id],
    modelOf(surface),
    costs[surface.costs],
    `\`${name}\``,
  ];
  return `| ${cells.join(' | ')} |`;
}

test('every path is in the document, with its model, what it counts as, and its name', () => {
  const rows = readFileSync(document, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const [first = ''] = surfaces.map(rowOf);
  const start = rows.indexOf(first);
  assert.deepEqual(rows.slice(start, start + surfaces.length), surfaces.map(rowOf));
});

test('every dialect and every name is one of a bounded list', () => {
  assert.ok(new Set(surfaces.map(({ name }) => name)).size <= 20);
  for (const { name } of surfaces) assert.match(name, /^[a-z-]+$/);
});
