/** Runs a tool of the workspace with the Node that runs us. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Tools whose command is not the only one of a package of the same name. */
const packages: Readonly<Record<string, string>> = { tsc: 'typescript', biome: '@biomejs/biome' };

/** Throws when the tool fails; what it has to say it has printed. */
export async function run(tool: string, args: readonly string[]): Promise<void> {
  const script = tool.endsWith('.ts') ? join(root, tool) : scriptOf(tool);
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  const [code]: (number | string | null)[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${tool} ended with ${code}`);
}

function scriptOf(tool: string): string {
  const folder = join(root, 'node_modules', packages[tool] ?? tool);
  const manifest: { bin: string | Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const script = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[tool];
  if (script === undefined) throw new Error(`${folder} has no command ${tool}`);
  return join(folder, script);
}
