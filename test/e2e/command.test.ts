/** The command: help, version, check, mistakes, and how it stops. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatStream, type ScriptedUpstream, scriptedUpstream, sse } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');

interface Run {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  exited: Promise<number | null>;
}

function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, exited };
}

async function finished(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const { exited, output } = run(args, env);
  return { code: await exited, output: output() };
}

async function portsOf(started: Run): Promise<{ proxyPort: number; metricsPort: number }> {
  for (let tries = 0; tries < 400; tries++) {
    const line = started
      .output()
      .split('\n')
      .find((text) => text.includes('"listening"'));
    if (line !== undefined) return JSON.parse(line) as { proxyPort: number; metricsPort: number };
    await sleep(25);
  }
  throw new Error(`not listening: ${started.output()}`);
}

describe('the command', () => {
  it('says how it is built, in a checkout where it is not', async () => {
    for (const name of ['dragoman', 'ai-gateway-conformance']) {
      const home = mkdtempSync(join(tmpdir(), 'dragoman-bin-'));
      const folder = name === 'dragoman' ? 'gateway' : 'conformance';
      cpSync(join(main, `../../../${folder}/bin`), join(home, 'bin'), { recursive: true });
      writeFileSync(join(home, 'package.json'), '{"type":"module"}');
      const { status, stderr } = spawnSync(process.execPath, [join(home, `bin/${name}.js`)], {
        encoding: 'utf8',
      });
      rmSync(home, { recursive: true });
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`^${name} is not built here: "npm run build".*\\n$`));
    }
  });

  it('tells its version', async () => {
    const { code, output } = await finished(['--version']);
    assert.equal(code, 0);
    assert.match(output, /^\d+\.\d+\.\d+\n$/);
  });

  it('tells every option with its variable and default', async () => {
    const { code, output } = await finished(['--help']);
    assert.equal(code, 0);
    for (const words of [
      '--proxy-port',
      'PROXY_PORT',
      '8080',
      'OPENAI_DOMAIN',
      'api.anthropic.com',
      'GEMINI_TLS',
      'LOG_LEVEL',
      'check',
    ]) {
      assert.ok(output.includes(words), words);
    }
  });

  it('names an unknown option and the way out', async () => {
    const { code, output } = await finished(['--proxy-prot', '1']);
    assert.equal(code, 1);
    assert.match(output, /--proxy-prot/);
    assert.match(output, /--proxy-port|--help/);
  });

  it('check prints what it understood, and where from', async () => {
    const { code, output } = await finished(['check'], {
      OPENAI_DOMAIN: 'llm.example',
      OPENAI_PORT: '8443',
    });
    assert.equal(code, 0, output);
    assert.match(output, /OPENAI_DOMAIN\s+llm\.example\s+environment/);
    assert.match(output, /PROXY_PORT\s+8080\s+default/);
    assert.match(output, /https:\/\/llm\.example:8443/);
    assert.match(output, /claude\*\s+anthropic/);
  });

  it('takes options before or after check', async () => {
    for (const args of [
      ['--proxy-port', '81', 'check'],
      ['check', '--proxy-port', '81'],
    ]) {
      const { output } = await finished(args);
      assert.match(output, /PROXY_PORT\s+81\s+option/, args.join(' '));
    }
  });

  it('names every mistake with its place, and starts nothing', async () => {
    const env = {
      PROXY_PORT: 'eighty',
      OPENAI_TLS: 'maybe',
      GEMINI_DOMAIN: 'https://x/y',
      LOG_LEVEL: 'loud',
    };
    for (const args of [[], ['check']]) {
      const { code, output } = await finished(args, env);
      assert.equal(code, 1);
      for (const name of Object.keys(env))
        assert.match(output, new RegExp(`${name}: expected .*, got "`), name);
    }
    const { code, output } = await finished(['--metrics-port', '99999']);
    assert.equal(code, 1);
    assert.match(output, /--metrics-port: expected a whole number from 0 to 65535, got "99999"/);
  });

  it('says which port is taken', async () => {
    const upstream = await scriptedUpstream();
    const { code, output } = await finished([
      '--proxy-port',
      String(upstream.port),
      '--proxy-host',
      '127.0.0.1',
    ]);
    await upstream.close();
    assert.equal(code, 1);
    assert.match(output, /EADDRINUSE/);
    assert.match(output, /PROXY_PORT/);
  });
});

describe('SIGTERM', () => {
  let upstream: ScriptedUpstream;
  before(async () => {
    upstream = await scriptedUpstream();
  });
  after(() => upstream.close());

  const start = (env: Record<string, string> = {}): Run =>
    run(['--proxy-port', '0', '--metrics-port', '0', '--proxy-host', '127.0.0.1'], {
      OPENAI_DOMAIN: '127.0.0.1',
      OPENAI_PORT: String(upstream.port),
      OPENAI_TLS: 'false',
      ...env,
    });

  it('lets a running stream end, refuses new connections, and exits 0', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('first'));
      await gate;
      response.end(chatStream.text('second') + chatStream.finish + chatStream.done);
    });
    const started = start();
    const { proxyPort } = await portsOf(started);
    const url = `http://127.0.0.1:${proxyPort}/v1/messages`;
    const response = await post(url, { ...ask.messages('gpt-4o'), stream: true });
    started.child.kill('SIGTERM');
    await sleep(150);
    await assert.rejects(post(url, ask.messages('gpt-4o')));
    release();
    const text = await response.text();
    assert.ok(text.includes('second') && text.includes('message_stop'), text);
    assert.equal(await started.exited, 0);
  });

  it('ends a stream that outlives the drain time with an error event', async () => {
    upstream.answer((response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('first'));
    });
    const started = start({ DRAIN_TIMEOUT_MS: '200' });
    const { proxyPort } = await portsOf(started);
    const response = await post(`http://127.0.0.1:${proxyPort}/v1/messages`, {
      ...ask.messages('gpt-4o'),
      stream: true,
    });
    started.child.kill('SIGTERM');
    const text = await response.text();
    assert.match(text, /event: error/);
    assert.equal(text.includes('message_stop'), false);
    assert.equal(await started.exited, 0);
  });

  it('never logs keys or prompts', async () => {
    const { answers, json } = await import('./scripted-upstream.ts');
    upstream.answer(json(answers.chat));
    const started = start({ LOG_LEVEL: 'trace' });
    const { proxyPort } = await portsOf(started);
    const url = `http://127.0.0.1:${proxyPort}`;
    const canary = {
      model: 'gpt-4o',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'prompt-canary' }],
      metadata: { user_id: 'user-canary' },
    };
    await (
      await post(`${url}/v1/messages?key=key-canary`, canary, { 'x-api-key': 'key-canary' })
    ).text();
    await (
      await post(`${url}/v1/messages?key=key-canary`, '{"prompt-canary', {
        authorization: 'Bearer key-canary',
      })
    ).text();
    await (await post(`${url}/key-canary?key=key-canary`, canary)).text();
    started.child.kill('SIGTERM');
    assert.equal(await started.exited, 0);
    assert.match(started.output(), /"exchange"/);
    for (const secret of ['key-canary', 'prompt-canary', 'user-canary'])
      assert.equal(started.output().includes(secret), false, secret);
  });
});
