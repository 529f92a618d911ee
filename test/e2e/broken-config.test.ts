/** A configuration file with a mistake: every command names the place, and a running gateway goes on as it was. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');
const ports = { PROXY_PORT: '0', METRICS_PORT: '0', PROXY_HOST: '127.0.0.1', WORKERS: '1' };

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-broken-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function write(...channels: readonly string[]): void {
  const lines = channels.map((channel) => `  - ${channel}\n`);
  writeFileSync(join(folder, 'dragoman.yaml'), `channels:\n${lines.join('')}`);
}

interface Run {
  readonly child: ChildProcess;
  output(): string;
  readonly exited: Promise<unknown>;
}

function run(args: readonly string[]): Run {
  const started = spawn(process.execPath, ['--conditions=source', main, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(started, 'close').then(([code]) => code as unknown);
  return { child: started, output: () => output, exited };
}

async function until(found: () => boolean, output: () => string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (found()) return;
    await sleep(25);
  }
  throw new Error(output());
}

describe('a channel whose provider has no address of its own, and that says none', () => {
  for (const [provider = '', ...args] of [
    ['azure-openai', 'check'],
    ['openai-compatible', 'check'],
    ['openai-compatible', 'check', '--json'],
    ['openai-compatible', 'explain', '--model', 'gpt-4o'],
    ['openai-compatible', 'keys', 'list'],
    ['openai-compatible'],
  ]) {
    it(`is named by dragoman ${args.join(' ')}: ${provider}`, async () => {
      write('{ id: main, provider: openai }', `{ id: a, provider: ${provider} }`);
      const { exited, output } = run(args);
      assert.equal(await exited, 1, output());
      const mistake = `dragoman.yaml:3:5: channels[1].base_url: missing; ${provider} has no address of its own`;
      assert.ok(output().includes(mistake), output());
      assert.doesNotMatch(output(), /^\s+at /m, 'no trace of the stack');
      if (args.join(' ') === 'check') assert.match(output(), /^ {2}main\s+openai\s+https:/m);
    });
  }

  it('is not taken over by a running gateway', async () => {
    write('{ id: main, provider: openai }');
    const started = run([]);
    const { output } = started;
    await until(() => output().includes('"listening"'), output);
    write('{ id: main, provider: openai }', '{ id: a, provider: azure-openai }');
    started.child.kill('SIGHUP');
    await until(() => output().includes('configuration not taken over'), output);
    assert.match(output(), /dragoman\.yaml:3:5: channels\[1\]\.base_url: missing/);
    started.child.kill('SIGTERM');
    assert.equal(await started.exited, 0, output());
  });
});

describe('check for programs', () => {
  it('tells the verdict, what may be a trap, and each setting with its source', async () => {
    write('{ id: a, provider: openai, api_keys: ["$OPENAI_KEY", sk-secret] }');
    const { exited, output } = run(['check', '--json']);
    assert.equal(await exited, 0, output());
    const told = JSON.parse(output());
    assert.deepEqual([told.valid, told.file, told.mistakes], [true, 'dragoman.yaml', []]);
    assert.match(told.warnings.join('\n'), /write \$\{OPENAI_KEY\}/);
    assert.deepEqual(told.settings.WORKERS, { value: '1', source: 'environment' });
    assert.equal(output().includes('sk-secret'), false);
  });
});

describe('explain without a model', () => {
  it('names the option that is missing', async () => {
    write('{ id: a, provider: openai }');
    const { exited, output } = run(['explain']);
    assert.equal(await exited, 1);
    assert.match(output(), /^dragoman: --model: .*--body/);
  });
});
