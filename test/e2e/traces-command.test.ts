/** Traces by the command: what `check` and `--help` say, and that they cost nothing where they are off. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from './collector.ts';
import { answers, json, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');

/** Names every module of traces that is loaded. */
const watcher = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.includes('/src/traces/')) process.stderr.write('LOADED ' + url + '\\n');
    return next(url, context);
  },
});`)}`;

interface Run {
  readonly child: ChildProcess;
  output(): string;
  readonly exited: Promise<number | null>;
}

const runs: Run[] = [];

function run(args: readonly string[], env: { readonly [name: string]: string } = {}): Run {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', watcher, main, ...args],
    { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const started = { child, output: () => output, exited };
  runs.push(started);
  return started;
}

async function finished(args: readonly string[], env: { readonly [name: string]: string }) {
  const { exited, output } = run(args, env);
  return { code: await exited, output: output() };
}

async function portOf({ output }: Run): Promise<number> {
  for (let tries = 0; tries < 400; tries++) {
    const line = output()
      .split('\n')
      .find((text) => text.includes('"listening"'));
    if (line !== undefined) return (JSON.parse(line) as { proxyPort: number }).proxyPort;
    await sleep(25);
  }
  throw new Error(`not listening: ${output()}`);
}

let upstream: ScriptedUpstream | undefined;

afterEach(async () => {
  for (const { child } of runs.splice(0)) child.kill('SIGKILL');
  await upstream?.close();
  upstream = undefined;
});

async function serve(env: { readonly [name: string]: string }): Promise<Run> {
  upstream = await scriptedUpstream();
  upstream.answer(json(answers.chat));
  return run([], {
    PROXY_HOST: '127.0.0.1',
    PROXY_PORT: '0',
    METRICS_PORT: '0',
    WORKERS: '1',
    OPENAI_DOMAIN: '127.0.0.1',
    OPENAI_PORT: String(upstream.port),
    OPENAI_TLS: 'false',
    ...env,
  });
}

describe('the command says of traces', () => {
  it('that there are none', async () => {
    const { code, output } = await finished(['check'], {});
    assert.equal(code, 0);
    assert.match(output, /^traces: off$/m);
  });

  it('where they go, without password and header', async () => {
    const { code, output } = await finished(['check'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:canary@collector:4318/otlp?token=canary',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary',
    });
    assert.equal(code, 0);
    assert.match(
      output,
      /^traces: on, to http:\/\/collector:4318\/otlp\/v1\/traces\?token=\*\*\*$/m,
    );
    assert.ok(!output.includes('canary'));
  });

  for (const command of [['check'], []])
    it(`what is wrong, by "dragoman ${command.join('')}"`, async () => {
      const { code, output } = await finished(command, {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_TRACES_SAMPLER: 'some',
      });
      assert.equal(code, 1);
      for (const name of ['ENDPOINT', 'PROTOCOL'])
        assert.ok(output.includes(`OTEL_EXPORTER_OTLP_${name}: expected `), output);
      assert.ok(output.includes('OTEL_TRACES_SAMPLER: expected one of '), output);
    });

  it('how they are switched on', async () => {
    const { output } = await finished(['--help'], {});
    assert.match(output, /OTEL_EXPORTER_OTLP_ENDPOINT +collector of traces/);
  });
});

describe('a gateway', () => {
  it('without a collector loads nothing of traces and sends no header of theirs', async () => {
    const gateway = await serve({});
    const response = await post(
      `http://127.0.0.1:${await portOf(gateway)}/v1/chat/completions`,
      ask.chat('gpt-4o'),
    );
    assert.equal(response.status, 200);
    assert.equal(upstream?.asked[0]?.headers['traceparent'], undefined);
    gateway.child.kill('SIGTERM');
    assert.equal(await gateway.exited, 0);
    assert.ok(!gateway.output().includes('LOADED'), gateway.output());
    assert.ok(!gateway.output().includes('"traceId"'), gateway.output());
  });

  it('sends what waits when it is told to stop, and names the trace in the log', async () => {
    const collector = await startCollector();
    const gateway = await serve({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url });
    await post(`http://127.0.0.1:${await portOf(gateway)}/v1/chat/completions`, ask.chat('gpt-4o'));
    gateway.child.kill('SIGTERM');
    assert.equal(await gateway.exited, 0);
    const spans = collector.spans();
    assert.equal(spans.length, 2);
    assert.ok(gateway.output().includes(`"traceId":"${spans[0]?.traceId}"`), gateway.output());
    assert.ok(gateway.output().includes('LOADED'));
    await collector.close();
  });

  it('whose collector is dead answers all the same, and ends well', async () => {
    const gateway = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
    });
    const url = `http://127.0.0.1:${await portOf(gateway)}/v1/chat/completions`;
    const statuses = new Set<number>();
    for (let index = 0; index < 200; index++)
      statuses.add((await post(url, ask.chat('gpt-4o'))).status);
    assert.deepEqual([...statuses], [200]);
    gateway.child.kill('SIGTERM');
    assert.equal(await gateway.exited, 0);
    const told = gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('traces cannot be sent'));
    assert.ok(told.length >= 1 && told.length <= 3, told.join('\n'));
  });
});
