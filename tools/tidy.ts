/** `npm run tidy`: the house rules that no linter has. `--write-api` records the converter's public names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './source/report.ts';
import { readTree } from './source/tree.ts';
import { publicNames, publicNamesPath } from './tidy/public-names.ts';
import { checkRules } from './tidy/rules.ts';

const root = join(import.meta.dirname, '..');
const tree = readTree(root);

if (process.argv.includes('--write-api')) {
  writeFileSync(join(root, publicNamesPath), publicNames(tree));
} else {
  report('tidy', checkRules(tree));
}
