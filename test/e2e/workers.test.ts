/** Several workers on one port: they count together, and one may die without the others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { startGateway } from '../../packages/gateway/src/app.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { defaultSettings, type Settings } from '../../packages/gateway/src/model/settings.ts';
import { channelSettings } from '../../packages/gateway/src/model/testing/settings.ts';
import { answers, chatStream, json, sse } from './scripted-upstream.ts';
import { ask, type Setup, setUp } from './setup.ts';

const WORKERS = 3;
const REQUESTS = 90;

const skip = platform() === 'linux' ? false : 'connections are spread over workers on Linux only';

describe('several workers', { skip }, () => {
  let setup: Setup | undefined;
  let threads: Worker[] = [];
  const remember = (thread: Worker): unknown => threads.push(thread);
  beforeEach(() => {
    threads = [];
    process.on('worker', remember);
  });
  afterEach(async () => {
    process.off('worker', remember);
    await setup?.close();
    setup = undefined;
  });

  async function start(settings: Partial<Settings> = {}): Promise<Setup> {
    setup = await setUp({ workers: WORKERS, ...settings });
    setup.upstream.answer(json(answers.chat));
    return setup;
  }

  it('show on one page what all of them did, each request once', async () => {
    const { url, metricsUrl } = await start();
    assert.equal(threads.length, WORKERS);
    const statuses = await together(REQUESTS, () => chat(url));
    assert.deepEqual(new Set(statuses), new Set([200]));
    const page = await metrics(metricsUrl);
    assert.equal(sumOf(page, 'http_requests_total'), REQUESTS);
    assert.equal(sumOf(page, 'token_usage_total', 'type="output"'), REQUESTS * 2);
    assert.equal(sumOf(page, 'http_request_duration_seconds_count'), REQUESTS);
    assert.equal(sumOf(page, 'dragoman_channel_in_flight', 'channel="openai"'), 0);
    assert.equal(sumOf(page, 'dragoman_workers'), WORKERS);
  });

  it('admit together no more than a limit, however many ask at once', async () => {
    const { url, upstream } = await start({
      limits: [{ ...anyLimit, requests: 10 }],
    });
    const statuses = await together(REQUESTS, () => chat(url));
    assert.equal(statuses.filter((status) => status === 200).length, 10);
    assert.equal(statuses.filter((status) => status === 429).length, REQUESTS - 10);
    assert.equal(upstream.asked.length, 10);
  });

  it('know the channel of a conversation that another of them served', async () => {
    const { url, upstream } = await start();
    const baseUrl = `http://127.0.0.1:${upstream.port}`;
    const channels = ['a', 'b', 'c'].map((id) => channelSettings(id, { baseUrl }));
    await setup?.gateway.reload({ ...defaultSettings, workers: WORKERS, channels });
    const served = new Set<string | null>();
    for (let turn = 0; turn < 12; turn += 1) {
      served.add((await conversation(url)).headers['x-dragoman-channel']?.toString() ?? null);
    }
    assert.equal(served.size, 1);
  });

  it('take over new settings all at once, and none of them bad ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-workers-'));
    const { url, gateway, upstream } = await start({ dataDirectory: folder });
    const port = { domain: '127.0.0.1', port: upstream.port, tls: false };
    const next: Settings = {
      ...defaultSettings,
      logLevel: 'silent',
      upstreams: { openai: port, anthropic: port, gemini: port },
      modelAliases: { 'gpt-4o': 'gpt-5' },
    };
    await gateway.reload(next);
    await together(30, () => chat(url));
    const models = upstream.asked.map(({ body }) => JSON.parse(String(body)).model);
    assert.deepEqual(new Set(models), new Set(['gpt-5']));
    const path = join(folder, 'pepper');
    writeFileSync(path, 'a pepper that everybody here can read');
    chmodSync(path, 0o644);
    const bad = { ...next, modelAliases: {}, keys: [key] };
    await assert.rejects(() => gateway.reload(bad), /pepper/);
    upstream.answer(json(answers.chat));
    await together(30, () => chat(url));
    assert.equal(JSON.parse(String(upstream.asked.at(-1)?.body)).model, 'gpt-5');
    rmSync(folder, { recursive: true, force: true });
  });

  it('lose one of them without a stream of the others ending, and have it replaced', async () => {
    const { url, metricsUrl, upstream } = await start();
    const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
    upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('hello'));
      await mayEnd;
      response.end(chatStream.finish + chatStream.done);
    });
    const streams = await Promise.all(Array.from({ length: 24 }, () => stream(url)));
    const before = sumOf(await metrics(metricsUrl), 'dragoman_channel_in_flight');
    assert.equal(before, 24);
    await threads[1]?.terminate();
    const left = sumOf(await metrics(metricsUrl), 'dragoman_channel_in_flight');
    assert.ok(left > 0 && left < 24, `${left} streams go on`);
    letEnd();
    const ends = await Promise.all(streams.map(({ end }) => end));
    assert.equal(ends.filter((text) => text.endsWith(chatStream.done)).length, left);

    await until(() => threads.length > WORKERS);
    upstream.answer(json(answers.chat));
    await until(async () => sumOf(await metrics(metricsUrl), 'dragoman_workers') === WORKERS);
    const page = await metrics(metricsUrl);
    assert.equal(sumOf(page, 'dragoman_worker_restarts_total'), 1);
    assert.deepEqual(new Set(await together(60, () => chat(url))), new Set([200]));
  });

  it('keep on the page what one that died had counted', async () => {
    const { url, metricsUrl } = await start();
    await together(REQUESTS, () => chat(url));
    assert.equal(sumOf(await metrics(metricsUrl), 'http_requests_total'), REQUESTS);
    await threads[0]?.terminate();
    await until(() => threads.length > WORKERS);
    assert.equal(sumOf(await metrics(metricsUrl), 'http_requests_total'), REQUESTS);
  });

  it('do not share their port with another gateway', async () => {
    const { gateway } = await start();
    const settings = {
      ...defaultSettings,
      host: '127.0.0.1',
      proxyPort: gateway.proxyPort,
      metricsPort: 0,
      logLevel: 'silent',
      workers: 2,
    } as const;
    await assert.rejects(() => startGateway(settings), /EADDRINUSE/);
    await assert.rejects(() => startGateway({ ...settings, workers: 1 }), /EADDRINUSE/);
  });

  it('leave nothing behind when the port of the metrics is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    await assert.rejects(
      () => startGateway({ ...quiet, metricsPort: address.port, workers: 2 }),
      /EADDRINUSE/,
    );
    const living = threads.filter(({ threadId }) => threadId > 0);
    await Promise.all(living.map((thread) => once(thread, 'exit')));
    taken.close();
  });

  it('answer what runs before they stop', async () => {
    const { url, upstream, gateway } = await start();
    upstream.answer(async (response) => {
      await sleep(300);
      await json(answers.chat)(response, upstream.asked[0] ?? assert.fail());
    });
    const running = together(12, () => chat(url));
    await until(() => upstream.asked.length === 12);
    await gateway.close();
    assert.deepEqual(new Set(await running), new Set([200]));
    assert.ok(threads.every((thread) => thread.threadId === -1));
  });
});

const quiet: Settings = { ...defaultSettings, host: '127.0.0.1', proxyPort: 0, logLevel: 'silent' };

const anyLimit = {
  by: 'all',
  match: undefined,
  tokens: undefined,
  requests: undefined,
  concurrency: undefined,
  windowMs: 60_000,
} as const;

const key = {
  name: 'k',
  hash: hashSecret(Buffer.from('a pepper that is long enough to be one'), newSecret()),
  user: undefined,
  channels: undefined,
  models: undefined,
  limits: {},
  expiresAt: undefined,
};

/** Over a connection of its own, so that any worker may get it. */
function send(url: string, body: unknown): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', agent: false });
  request.on('response', resolve);
  request.on('error', reject);
  request.end(JSON.stringify(body));
  return promise;
}

async function chat(url: string): Promise<number | undefined> {
  const response = await send(url, ask.chat('gpt-4o'));
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function conversation(url: string): Promise<IncomingMessage> {
  const turns = ['one', 'two', 'three'].map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  const response = await send(url, { model: 'gpt-4o', messages: turns });
  response.resume();
  await once(response, 'end');
  return response;
}

/** Resolves once its head is there. `end`: all that came, also of one that was cut. */
async function stream(url: string): Promise<{ readonly end: Promise<string> }> {
  const response = await send(url, { ...ask.chat('gpt-4o'), stream: true });
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => undefined);
  const end = new Promise<string>((resolve) => response.on('close', () => resolve(text)));
  return { end };
}

function together<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, act));
}

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

function sumOf(page: string, name: string, label = ''): number {
  return page
    .split('\n')
    .filter(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await sleep(25);
  }
  assert.fail('this did not happen within 5 seconds');
}
