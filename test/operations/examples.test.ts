/** The configurations that the documents show can be copied: they hold no mistake, and nothing to be warned of. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readConfig } from '../../packages/gateway/src/control-plane/config/read-config.ts';
import { readSettings } from '../../packages/gateway/src/control-plane/read-settings.ts';
import { trapsOf } from '../../packages/gateway/src/control-plane/traps.ts';

const root = join(import.meta.dirname, '../..');

/** As a reader of the document would set them. */
function variablesIn(text: string): { readonly [name: string]: string } {
  const names = [...text.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const given = Object.fromEntries(names.map((name) => [name, `value-of-${name}`]));
  return { ...given, DRAGOMAN_PEPPER: 'a pepper that is long enough to be one' };
}

function configurationsIn(document: string): readonly string[] {
  return [...document.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);
}

describe('configurations in the documents', () => {
  const documents = globSync(['README*.md', 'docs/*.md', 'deploy/*.md'], { cwd: root });
  const examples = documents.flatMap((document) =>
    configurationsIn(readFileSync(join(root, document), 'utf8')).map((text) => ({
      document,
      text,
    })),
  );

  it('are found', () => {
    const found = new Set(examples.map(({ document }) => document));
    for (const document of [
      'README.md',
      'README.zh-CN.md',
      'docs/routing.md',
      'docs/keys-and-limits.md',
    ])
      assert.ok(found.has(document), document);
  });

  for (const { document, text } of examples) {
    it(`can be copied from ${document}`, () => {
      const env = variablesIn(text);
      const readSecret = (): string => 'key-in-a-file';
      const file = readConfig({ text, name: document, env, readSecret });
      const { settings, mistakes } = readSettings({ options: {}, env, file });
      assert.deepEqual(mistakes, []);
      assert.deepEqual(trapsOf(settings), []);
    });
  }
});
