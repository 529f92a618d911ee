/** Runs the README: its code as one module, and `// →` after an expression says what it must be. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = join(import.meta.dirname, '..');

test("the README's examples do what it says", () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const blocks = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = '']) => code);
  let checks = 0;
  const code = blocks.join('\n').replace(/^(.*); \/\/ → (.*)$/gm, (_, is: string, due: string) => {
    checks++;
    return `deepEqual(${is}, ${due});`;
  });
  assert.ok(checks > 10);
  const imported = "import { deepEqual } from 'node:assert/strict';\n";
  const options = [
    '--conditions=source',
    '--input-type=module-typescript',
    '--eval',
    imported + code,
  ];
  // The package imports itself by its name, as a user would.
  execFileSync(process.execPath, options, { cwd: folder, stdio: 'pipe' });
});
