/** The conformance command against providers that it knows nothing of: those of the demo, behind Dragoman. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type Gateway, startGateway } from '../../packages/gateway/src/app.ts';
import {
  DEMO_KEY,
  type SimulatedProvider,
  startProvider,
} from '../../packages/gateway/src/demo/provider.ts';
import { defaultSettings } from '../../packages/gateway/src/model/settings.ts';

const command = join(import.meta.dirname, '../../packages/conformance/src/main.ts');

interface Finished {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function run(...args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, ['--conditions=source', command, ...args], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, output, errors };
}

describe('the command', () => {
  let gateway: Gateway;
  let providers: readonly SimulatedProvider[];

  before(async () => {
    providers = [
      await startProvider('openai', { pace: 0 }),
      await startProvider('anthropic', { pace: 0 }),
      await startProvider('gemini', { pace: 0 }),
    ];
    const at = (index: number) => {
      return { domain: '127.0.0.1', port: providers[index]?.port ?? 0, tls: false };
    };
    gateway = await startGateway({
      ...defaultSettings,
      host: '127.0.0.1',
      proxyPort: 0,
      metricsPort: 0,
      logLevel: 'silent',
      workers: 1,
      upstreams: { openai: at(0), anthropic: at(1), gemini: at(2) },
    });
  });
  after(async () => {
    await gateway.close();
    for (const provider of providers) await provider.close();
  });

  const where = (): readonly string[] => ['--base-url', `http://127.0.0.1:${gateway.proxyPort}`];

  test('finds nothing wrong with live providers that answer', async () => {
    const { code, output } = await run(...where(), '--live', '--key', DEMO_KEY);
    assert.match(output, /\d+ passed, 0 failed/, output);
    assert.equal(code, 0);
  });

  test('tells what is wrong, and exits with 1', async () => {
    const { code, output } = await run(...where(), '--live', '--key', 'wrong', '--only', 'text');
    assert.match(output, /✗ status 401/);
    assert.equal(code, 1);
  });

  test('says where the scripted provider is, and that nothing reached it', async () => {
    const args = ['--provider-port', '0', '--key', DEMO_KEY, '--only', 'case=multi-turn', '--json'];
    const { code, output, errors } = await run(...where(), ...args);
    assert.match(errors, /OPENAI_DOMAIN=127\.0\.0\.1 OPENAI_PORT=\d+/);
    const { counts } = JSON.parse(output) as { counts: { passed: number } };
    assert.equal(counts.passed, 0);
    assert.match(output, /nothing reached the provider/);
    assert.equal(code, 1);
  });

  test('names a wrong option and the way out', async () => {
    const { code, errors } = await run('--base-url');
    assert.match(errors, /--help tells every option/);
    assert.equal(code, 1);
  });
});
