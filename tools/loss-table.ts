/** The loss tables of the converter's README: `--write` brings them up to date, else they are checked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lossTables } from './loss-table/table.ts';

const start = '<!-- loss tables, written by tools/loss-table.ts -->\n';
const end = '<!-- end of the loss tables -->';

export const readmePath: string = join(import.meta.dirname, '../packages/converter/README.md');

/** The document with tables that are up to date. */
export function withTables(document: string): string {
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error('the README has no marks around its loss tables');
  return `${document.slice(0, from)}${start}\n${lossTables()}\n${document.slice(to)}`;
}

if (import.meta.main) {
  const document = readFileSync(readmePath, 'utf8');
  const fresh = withTables(document);
  if (process.argv.includes('--write')) writeFileSync(readmePath, fresh);
  else if (fresh !== document) {
    process.stderr.write('the loss tables are out of date: node tools/loss-table.ts --write\n');
    process.exitCode = 1;
  }
}
