/** `npm run build`: bundles the converter (with declarations) and the gateway into their `dist` folders. */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { licencesOf } from './build/licences.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '..');

interface Bundle {
  readonly folder: string;
  readonly input: Readonly<Record<string, string>>;
  /** The server runs on Node; the converter anywhere. */
  readonly platform: 'node' | 'neutral';
}

const converter: Bundle = {
  folder: join(root, 'packages/converter'),
  input: { index: 'src/index.ts', stream: 'src/stream.ts' },
  platform: 'neutral',
};
const gateway: Bundle = {
  folder: join(root, 'packages/gateway'),
  input: { dragoman: 'src/main.ts' },
  platform: 'node',
};

for (const bundle of [converter, gateway]) await build(bundle);
await declare(converter.folder);
for (const { folder } of [converter, gateway]) await run('publint', [folder, '--strict']);

async function build({ folder, input, platform }: Bundle): Promise<void> {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  const bundle = await rolldown({
    cwd: folder,
    input: { ...input },
    platform,
    resolve: { conditionNames: ['source'] },
  });
  const { output } = await bundle.write({
    dir: dist,
    format: 'esm',
    comments: { legal: false, annotation: true, jsdoc: false },
    chunkFileNames: '[name].js',
    ...(platform === 'node' && { codeSplitting: false }),
  });
  await bundle.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const licences = licencesOf(modules);
  if (licences !== '') writeFileSync(join(dist, 'THIRD_PARTY_LICENSES'), licences);
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
  for (const file of output) {
    const bytes = file.type === 'chunk' ? Buffer.byteLength(file.code) : file.source.length;
    process.stdout.write(`${join(dist, file.fileName)}  ${(bytes / 1024).toFixed(1)} KB\n`);
  }
}

/** The compiler keeps `./x.ts` in declarations; published ones name what stands in the folder. */
async function declare(folder: string): Promise<void> {
  await run('tsc', ['-p', join(folder, 'tsconfig.build.json')]);
  for (const file of globSync('dist/**/*.d.ts', { cwd: folder })) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/((?:from |import\()['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js'));
  }
}
