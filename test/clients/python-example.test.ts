/** The Python example of the READMEs runs as it stands there, but for the port. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { json, type ScriptedUpstream, scriptedUpstream } from '../e2e/scripted-upstream.ts';
import { type GatewayProcess, startGatewayProcess } from '../truth/gateway-process.ts';
import { anthropicMessages } from './dialects/anthropic.ts';
import { installPython } from './install.ts';
import { pythonKit } from './pins.ts';
import { runBounded } from './run-bounded.ts';

const root = join(import.meta.dirname, '../..');
const { python = '', missing } = await installPython(pythonKit);
const ANSWER = 'Hello from Claude ✓';

function exampleIn(path: string): string {
  const [, example = ''] =
    /```python\n(.*?)```/s.exec(readFileSync(join(root, path), 'utf8')) ?? [];
  return example;
}

describe('the Python example', { skip: missing ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-python-'));
  let upstream: ScriptedUpstream;
  let gateway: GatewayProcess;
  before(async () => {
    upstream = await scriptedUpstream();
    gateway = await startGatewayProcess({
      folder,
      config: {},
      env: {
        ANTHROPIC_DOMAIN: '127.0.0.1',
        ANTHROPIC_PORT: String(upstream.port),
        ANTHROPIC_TLS: 'false',
        METRICS_USERS: 'alice',
        WORKERS: '1',
      },
    });
  });
  after(async () => {
    await gateway.kill();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  for (const path of ['README.md', 'README.zh-CN.md'])
    for (const base of ['/v1', ''])
      it(`of ${path} gets its answer from Claude with a base of "${base}"`, async () => {
        upstream.answer(json(anthropicMessages.whole({ pieces: [ANSWER] })));
        const example = exampleIn(path);
        assert.ok(example.includes('http://localhost:8080/v1'));
        const here = `http://127.0.0.1:${gateway.port}${base}`;
        const { code, output } = await runBounded(
          [python, '-c', example.replace('http://localhost:8080/v1', here)],
          { cwd: folder, env: { PYTHONIOENCODING: 'utf-8' }, timeoutMs: 60_000 },
        );
        assert.equal(code, 0, output);
        assert.equal(output.trim(), ANSWER);
        assert.ok(JSON.stringify(upstream.asked[0]?.headers).includes('your-anthropic-key'));
      });

  it('is counted for the user whom it names', async () => {
    assert.match(await gateway.metrics(), /dragoman_user_tokens_total\{[^}]*user="alice"/);
  });
});
