/** The licence texts of every package whose code is in a bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** One section a package; empty when the paths are all ours. Throws for a package without a licence. */
export function licencesOf(paths: readonly string[]): string {
  const folders = new Set(paths.flatMap((path) => packageFolder(path) ?? []));
  return [...folders].map(section).toSorted().join('\n');
}

function packageFolder(path: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(path)?.[0];
}

function section(folder: string): string {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'no licence named'})`;
  if (manifest.license === undefined && texts.length === 0) throw new Error(`${title}: ${folder}`);
  return [title, '-'.repeat(title.length), ...texts, ''].join('\n\n');
}
