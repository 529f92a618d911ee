/** `npm run build`: bundles the converter (with declarations), the gateway and the conformance command into their `dist` folders. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformance, converter, gateway, writeBundle } from './build/bundle.ts';
import { run } from './run.ts';

for (const bundle of [converter, gateway, conformance]) {
  const dist = join(bundle.folder, 'dist');
  for (const { name, bytes } of await writeBundle(bundle, dist))
    process.stdout.write(`${join(dist, name)}  ${(bytes / 1024).toFixed(1)} KB\n`);
}
await declare(converter.folder);
for (const { folder } of [converter, gateway, conformance])
  await run('publint', [folder, '--strict']);

/** The compiler keeps `./x.ts` in declarations; published ones name what stands in the folder. */
async function declare(folder: string): Promise<void> {
  await run('tsc', ['-p', join(folder, 'tsconfig.build.json')]);
  for (const file of globSync('dist/**/*.d.ts', { cwd: folder })) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/((?:from |import\()['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js'));
  }
}
