/** What operators see of a running gateway: request ids, readiness, budgets, log lines. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePage, total } from '../../packages/gateway/src/control-plane/testing/exposition.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import type { Settings } from '../../packages/gateway/src/model/settings.ts';
import {
  answers,
  chatStream,
  json,
  type ScriptedUpstream,
  scriptedUpstream,
  sse,
} from './scripted-upstream.ts';
import { ask, post, type Setup, setUp } from './setup.ts';

const pepper = 'a pepper that is long enough to be one';
const ID = 'x-request-id';

describe('a running gateway', () => {
  let setup: Setup | undefined;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-operations-'));
  });
  afterEach(async () => {
    await setup?.close();
    setup = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(settings: Partial<Settings> = {}): Promise<Setup> {
    setup = await setUp({ dataDirectory: folder, ...settings });
    setup.upstream.answer(json(answers.chat, 200, { [ID]: 'req_of_upstream' }));
    return setup;
  }

  const chat = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
    post(`${url}/v1/chat/completions`, ask.chat('gpt-4o'), headers);

  it('takes the id of a request, hands it on, and gives it back', async () => {
    const { url, upstream } = await start();
    const reply = await chat(url, { [ID]: 'mine:1', 'x-client-request-id': 'trace 7' });
    assert.equal(reply.headers.get(ID), 'mine:1');
    assert.equal(reply.headers.get('x-dragoman-upstream-request-id'), 'req_of_upstream');
    assert.equal(upstream.asked[0]?.headers[ID], 'mine:1');
    assert.equal(upstream.asked[0]?.headers['x-client-request-id'], 'trace 7');
  });

  it('makes an id where none was sent, or one that is none', async () => {
    const { url, upstream } = await start();
    for (const given of [undefined, '', 'a b', 'x'.repeat(129), 'a"b', '../../x']) {
      const reply = await chat(url, given === undefined ? {} : { [ID]: given });
      const id = reply.headers.get(ID) ?? '';
      assert.match(id, /^req_[0-9a-f]{32}$/);
      const asked = upstream.asked.at(-1)?.headers ?? {};
      assert.equal(asked[ID], id);
      assert.equal(asked['x-client-request-id'], undefined);
    }
  });

  it('gives an id back with refusals and with its own pages', async () => {
    const { url, metricsUrl, upstream } = await start();
    upstream.answer(json({ error: { message: 'no' } }, 400, { [ID]: 'req_of_upstream' }));
    assert.equal((await chat(url, { [ID]: 'mine' })).headers.get(ID), 'mine');
    const places = ['/nowhere', '/healthz', '/readyz', '/metrics', '/admin/explain'];
    for (const page of [
      ...places.map((path) => url + path),
      ...places.map((p) => metricsUrl + p),
    ]) {
      assert.equal(
        (await fetch(page, { headers: { [ID]: 'mine' } })).headers.get(ID),
        'mine',
        page,
      );
      assert.match((await fetch(page)).headers.get(ID) ?? '', /^req_/, page);
    }
  });

  it('is ready, with one worker or several, and says so in JSON', async () => {
    const { url, metricsUrl } = await start({ workers: 2 });
    for (const base of [url, metricsUrl]) {
      const reply = await fetch(`${base}/readyz`);
      assert.equal(reply.status, 200);
      assert.deepEqual(await reply.json(), { status: 'ready' });
      assert.equal(await (await fetch(`${base}/healthz`)).text(), 'ok\n');
    }
  });

  it('stays ready when its only provider is out, and tells of it', async () => {
    const { url, metricsUrl, upstream } = await start();
    upstream.answer(json({ error: { message: 'broken' } }, 500));
    const told = async (): Promise<unknown> => (await fetch(`${metricsUrl}/readyz`)).json();
    for (const model of ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash'])
      for (let count = 0; count < 8; count += 1)
        await post(`${url}/v1/chat/completions`, ask.chat(model), { authorization: 'Bearer a' });
    assert.deepEqual(await told(), { status: 'ready', degraded: ['channels'] });
    assert.equal((await fetch(`${metricsUrl}/readyz`)).status, 200);
  });

  it('is not ready while keys are needed that could never be read', async () => {
    const databaseUrl = 'postgres://nobody:nothing@127.0.0.1:1/none';
    const { url } = await start({ databaseUrl, pepper });
    const reply = await fetch(`${url}/readyz`);
    assert.equal(reply.status, 503);
    assert.deepEqual(await reply.json(), { status: 'not ready', reasons: ['keys'] });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it('is not ready while it drains', async () => {
    const { gateway, url, metricsUrl, upstream } = await start();
    const rest = Promise.withResolvers<void>();
    upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('hello'));
      await rest.promise;
      response.end(chatStream.finish + chatStream.done);
    });
    const reply = await post(`${url}/v1/chat/completions`, { ...ask.chat('gpt-4o'), stream: true });
    const closed = gateway.close();
    const ready = await fetch(`${metricsUrl}/readyz`);
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), { status: 'not ready', reasons: ['draining'] });
    assert.equal((await fetch(`${metricsUrl}/healthz`)).status, 200);
    rest.resolve();
    assert.match(await reply.text(), /\[DONE\]/);
    await closed;
  });

  it('tells users apart where that is asked for, also without keys and limits', async () => {
    const { url, metricsUrl } = await start({ metrics: { users: ['alice'] } });
    for (const headers of [{ user: 'alice' }, { user: 'bob' }, {}])
      assert.equal((await chat(url, headers)).status, 200);
    const page = parsePage(await (await fetch(`${metricsUrl}/metrics`)).text());
    for (const user of ['alice', 'other', 'none'])
      assert.equal(total(page, 'dragoman_user_tokens_total', { user, type: 'output' }), 2, user);
  });

  it('shows how much of a budget is used, and how far outputs are apart', async () => {
    const secret = newSecret();
    const { url, metricsUrl, upstream } = await start({
      pepper,
      keys: [
        {
          name: 'team-a',
          hash: hashSecret(Buffer.from(pepper), secret),
          user: undefined,
          channels: undefined,
          models: undefined,
          limits: { budgetMicroUsd: 1_000, budgetPeriod: 'total' },
          expiresAt: undefined,
        },
      ],
      prices: [{ models: ['*'], input: 1, output: 2, cacheRead: undefined, cacheWrite: undefined }],
      apiKeys: { openai: ['key'], anthropic: [], gemini: [] },
    });
    upstream.answer(async (response) => {
      sse(response);
      for (const piece of [chatStream.start + chatStream.text('a'), chatStream.text('b')]) {
        response.write(piece);
        await sleep(20);
      }
      response.end(chatStream.finish + chatStream.done);
    });
    const body = { ...ask.chat('gpt-4o'), max_tokens: 1 };
    const headers = { authorization: `Bearer ${secret}` };
    const streamed = await post(`${url}/v1/chat/completions`, { ...body, stream: true }, headers);
    assert.equal(streamed.status, 200);
    await streamed.text();
    upstream.answer(json(answers.chat));
    assert.equal((await post(`${url}/v1/chat/completions`, body, headers)).status, 200);
    const page = parsePage(await (await fetch(`${metricsUrl}/metrics`)).text());
    const spent = total(page, 'dragoman_cost_dollars_total') / 1e-3;
    const ratio = total(page, 'dragoman_budget_used_ratio', { key: 'team-a' });
    assert.ok(spent > 0);
    assert.equal(ratio.toFixed(4), spent.toFixed(4));
    assert.equal(total(page, 'dragoman_time_between_outputs_seconds_count'), 1);
    assert.ok(total(page, 'dragoman_time_between_outputs_seconds_sum') > 0);
    const pass = { client_format: 'openai-chat', upstream_format: 'openai-chat', kind: 'pass' };
    assert.equal(total(page, 'dragoman_conversions_total', pass), 2);
  });
});

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');
const SCRIPT = '/usr/bin/script';

describe('the log of the command', () => {
  let upstream: ScriptedUpstream;
  let child: ChildProcess | undefined;
  let output = '';
  beforeEach(async () => {
    upstream = await scriptedUpstream();
    upstream.answer(json(answers.chat));
    output = '';
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await upstream.close();
  });

  async function until(pattern: RegExp): Promise<RegExpExecArray> {
    for (let tries = 0; tries < 400; tries += 1) {
      const found = pattern.exec(output);
      if (found !== null) return found;
      await sleep(25);
    }
    throw new Error(`${pattern} never came: ${output}`);
  }

  async function run(
    command: readonly [string, ...string[]],
    env: Record<string, string>,
  ): Promise<string> {
    const [file, ...args] = command;
    const started = spawn(file, args, {
      env: {
        PATH: process.env['PATH'] ?? '',
        PROXY_PORT: '0',
        METRICS_PORT: '0',
        WORKERS: '1',
        DATA_DIR: join(tmpdir(), 'dragoman-no-such-folder'),
        OPENAI_DOMAIN: '127.0.0.1',
        OPENAI_PORT: String(upstream.port),
        OPENAI_TLS: 'false',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child = started;
    started.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [, port] = await until(/proxyPort"?[:=](?:\S\[0m)?(\d+)/);
    return `http://127.0.0.1:${port}/v1/chat/completions`;
  }

  const closed = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null) await once(child, 'close');
  };

  const node = [process.execPath, '--conditions=source', main] as const;

  it('has a line of JSON for a share of the good requests, and for every bad one', async () => {
    const url = await run(node, { LOG_SAMPLE: '0.25' });
    for (let count = 0; count < 20; count += 1) await post(url, ask.chat('gpt-4o'));
    const hostile = 'gpt-\u2028\u001b[2J","level":60';
    for (let count = 0; count < 3; count += 1) await post(`${url}/none`, ask.chat(hostile));
    child?.kill('SIGTERM');
    await closed();
    assert.equal(output.includes('\u2028') || output.includes('\u001b'), false);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'exchange');
    const good = lines.filter(({ status }) => status === 200);
    assert.deepEqual(
      good.map(({ standsFor }) => standsFor),
      [4, 4, 4, 4, 4],
    );
    assert.equal(lines.filter(({ status }) => status >= 400).length, 3);
    assert.ok(lines.every(({ requestId, durationMs }) => requestId && durationMs >= 0));
  });

  const skip = existsSync(SCRIPT) ? false : 'there is no terminal to be had';
  const terminal = [SCRIPT, '-qfec', node.join(' '), '/dev/null'] as const;

  it('is for people on a terminal, in colour unless that is not wanted', { skip }, async () => {
    for (const env of [{}, { NO_COLOR: '1' }]) {
      output = '';
      const url = await run(terminal, env);
      await post(url, ask.chat('gpt-4o'));
      await until(/exchange .*status/);
      assert.equal(output.includes('\u001b['), !('NO_COLOR' in env));
      assert.doesNotMatch(output, /"level"/);
      child?.stdin?.write('\u0003');
      await closed();
    }
  });

  it('is JSON on a terminal and for people in a file when that is asked for', {
    skip,
  }, async () => {
    await run(terminal, { LOG_FORMAT: 'json' });
    assert.match(output, /"msg":"listening"/);
    child?.stdin?.write('\u0003');
    await closed();
    output = '';
    await run(node, { LOG_FORMAT: 'pretty' });
    assert.match(output, /^\d\d:\d\d:\d\d INFO {2}listening proxyPort=\d+/m);
  });
});
