/** `npm run build`: bundles the converter (with declarations) and the gateway into their `dist` folders. */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, type RolldownOutput, rolldown } from 'rolldown';
import { licencesOf } from './build/licences.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '..');

interface Bundle {
  readonly folder: string;
  /** Entries that share what they have in common; those of different groups share nothing. */
  readonly inputs: readonly Readonly<Record<string, string>>[];
  /** The server runs on Node; the converter anywhere. */
  readonly platform: 'node' | 'neutral';
  /** Packages whose content stands in our own files. */
  readonly borrowed: readonly string[];
}

const converter: Bundle = {
  folder: join(root, 'packages/converter'),
  inputs: [{ index: 'src/index.ts', stream: 'src/stream.ts' }],
  platform: 'neutral',
  borrowed: [],
};
const gateway: Bundle = {
  folder: join(root, 'packages/gateway'),
  // A thread is a file of its own; this one holds a tokenizer that the server must not wait for.
  inputs: [{ dragoman: 'src/main.ts' }, { 'count-thread': 'src/tokens/count-thread.ts' }],
  platform: 'node',
  borrowed: ['@pydantic/genai-prices'],
};

/** The price table is read in a fifth of the time that it takes as an object literal. */
const jsonAsText: Plugin = {
  name: 'json-as-text',
  transform: {
    filter: { id: /\.json$/ },
    handler(code) {
      const text = JSON.stringify(JSON.stringify(JSON.parse(code)));
      return { code: `export default JSON.parse(${text});`, moduleType: 'js' };
    },
  },
};

for (const bundle of [converter, gateway]) await build(bundle);
await declare(converter.folder);
for (const { folder } of [converter, gateway]) await run('publint', [folder, '--strict']);

async function build(bundle: Bundle): Promise<void> {
  const { folder, inputs, borrowed } = bundle;
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  const outputs = [];
  for (const input of inputs) outputs.push(...(await write(bundle, input)));
  const modules = outputs.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const packages = borrowed.map((name) => join(root, 'node_modules', name));
  const licences = licencesOf([...modules, ...packages]);
  if (licences !== '') writeFileSync(join(dist, 'THIRD_PARTY_LICENSES'), licences);
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
  for (const file of outputs) {
    const bytes = file.type === 'chunk' ? Buffer.byteLength(file.code) : file.source.length;
    process.stdout.write(`${join(dist, file.fileName)}  ${(bytes / 1024).toFixed(1)} KB\n`);
  }
}

async function write(
  { folder, platform }: Bundle,
  input: Readonly<Record<string, string>>,
): Promise<RolldownOutput['output']> {
  const bundle = await rolldown({
    cwd: folder,
    input: { ...input },
    platform,
    resolve: { conditionNames: ['source'] },
    plugins: [jsonAsText],
  });
  const { output } = await bundle.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    comments: { legal: false, annotation: true, jsdoc: false },
    chunkFileNames: '[name].js',
    ...(platform === 'node' && { codeSplitting: false }),
  });
  await bundle.close();
  return output;
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
