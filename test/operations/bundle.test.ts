/** The package as it is published: bundled, laid out as npm would, and run far from the repository. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { estimateText } from '../../packages/gateway/src/tokens/queue.ts';
import { gateway, writeBundle } from '../../tools/build/bundle.ts';
import {
  answers,
  chatStream,
  json,
  type ScriptedUpstream,
  scriptedUpstream,
  sse,
} from '../e2e/scripted-upstream.ts';
import { ask, clients, post } from '../e2e/setup.ts';

/** A word is a token; by the bytes it would be taken for half as much again. */
const said = Array.from({ length: 40 }, () => 'hello').join(' ');
const SAID_TOKENS = 40;

const WORKERS = platform() === 'linux' ? 2 : 1;

let place: string;
let command: string;
let upstream: ScriptedUpstream;
let folder: string;
const children = new Set<ChildProcess>();

before(async () => {
  place = mkdtempSync(join(tmpdir(), 'dragoman-package-'));
  const { files }: { files: readonly string[] } = JSON.parse(
    readFileSync(join(gateway.folder, 'package.json'), 'utf8'),
  );
  assert.ok(files.includes('dist'));
  for (const file of ['package.json', ...files].filter((file) => file !== 'dist'))
    cpSync(join(gateway.folder, file), join(place, file), { recursive: true });
  // Not the repository's own `dist`, which may be old, or be written by somebody else right now.
  await writeBundle(gateway, join(place, 'dist'));
  command = join(place, 'bin/dragoman.js');
  upstream = await scriptedUpstream();
  folder = join(place, 'empty');
  mkdirSync(folder);
});
after(async () => {
  await upstream.close();
  rmSync(place, { recursive: true, force: true });
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Run {
  readonly child: ChildProcess;
  output(): string;
  readonly exited: Promise<unknown>;
}

/** In a folder that holds nothing but what earlier commands left there. */
function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(place, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as unknown;
  });
  return { child, output: () => output, exited };
}

async function ran(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { exited, output } = run(args, env);
  assert.equal(await exited, 0, output());
  return output();
}

/** Asks until there is an answer. */
async function until<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(25);
  }
  throw new Error('it did not come to pass');
}

interface Ports {
  readonly proxyPort: number;
  readonly metricsPort: number;
}

async function start(): Promise<Run & Ports> {
  const vendor = { DOMAIN: '127.0.0.1', PORT: String(upstream.port), TLS: 'false', API_KEY: 'own' };
  const started = run([], {
    ...Object.fromEntries(Object.entries(vendor).map(([name, value]) => [`OPENAI_${name}`, value])),
    PROXY_HOST: '127.0.0.1',
    PROXY_PORT: '0',
    METRICS_PORT: '0',
    WORKERS: String(WORKERS),
  });
  const line = await until(() => {
    assert.equal(started.child.exitCode, null, started.output());
    return started
      .output()
      .split('\n')
      .find((text) => text.includes('"listening"') && text.endsWith('}'));
  });
  const { proxyPort, metricsPort }: Ports = JSON.parse(line);
  return { ...started, proxyPort, metricsPort };
}

describe('the published package', () => {
  it('serves every format on all its workers to whoever has a key, counts, and stops', async () => {
    const key = /dgm_\w+/.exec(await ran(['keys', 'create', '--name', 'ann']))?.[0] ?? '';
    assert.ok(existsSync(join(folder, '.dragoman/dragoman.db')));
    const { child, exited, output, proxyPort, metricsPort } = await start();
    const url = `http://127.0.0.1:${proxyPort}`;
    const headers = { authorization: `Bearer ${key}` };
    upstream.answer(json(answers.chat));
    for (const { name, door, body } of clients) {
      const response = await post(`${url}${door('gpt-4o')}`, body('gpt-4o'), headers);
      const text = await response.text();
      assert.equal(response.status, 200, `${name}: ${text}`);
      assert.match(text, /hello/, name);
      assert.equal((await post(`${url}${door('gpt-4o')}`, body('gpt-4o'))).status, 401, name);
    }
    assert.equal(upstream.asked.length, clients.length);
    assert.equal(upstream.asked[0]?.headers.authorization, 'Bearer own');

    const page = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const outputTokens = async (): Promise<number> =>
      [...(await page()).matchAll(/^token_usage_total\{.*type="output".*\} (\d+)$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    const before = await outputTokens();
    upstream.answer((response) => {
      sse(response);
      const [end] = chatStream.finish.split('\n\n');
      response.end(`${chatStream.start}${chatStream.text(said)}${end}\n\n${chatStream.done}`);
    });
    const streamed = { ...ask.chat('gpt-4o'), stream: true };
    const stream = await post(`${url}/v1/chat/completions`, streamed, headers);
    assert.match(await stream.text(), /hello hello/);
    assert.notEqual(estimateText(said), SAID_TOKENS);
    const counted = await until(async () => {
      const now = await outputTokens();
      return now === before ? undefined : now - before;
    });
    assert.equal(counted, SAID_TOKENS);
    assert.match(await page(), new RegExp(`^dragoman_workers ${WORKERS}$`, 'm'));

    const told = await ran(['explain', '--metrics-port', `${metricsPort}`, '--model', 'gpt-4o']);
    assert.match(told, new RegExp(`the gateway on http://127.0.0.1:${metricsPort}/`));
    assert.match(told, /Choice {4}openai/);
    const figures: unknown = JSON.parse(
      await ran(['top', '--json', '--url', `http://127.0.0.1:${metricsPort}`]),
    );
    assert.ok(typeof figures === 'object');
    child.kill('SIGTERM');
    assert.equal(await exited, 0, output());
  });

  it('checks a configuration, explains what it means, and prints its schema', async () => {
    const file = join(folder, 'some.yaml');
    writeFileSync(file, 'channels:\n  - { id: main, provider: openai, api_keys: [k] }\n');
    assert.match(await ran(['--config', file, 'check']), /main\s+openai[^]*No mistakes\./);
    const asked = ['--config', file, '--metrics-port', '1', 'explain', '--model', 'gpt-4o'];
    assert.match(await ran(asked), /Choice {4}main/);
    assert.ok(JSON.parse(await ran(['schema'])));
    writeFileSync(file, 'channels:\n  - { id: main, provider: openia }\n');
    const wrong = run(['--config', file, 'check']);
    assert.equal(await wrong.exited, 1);
    assert.match(
      wrong.output(),
      /some\.yaml:2:\d+: channels\[0\]\.provider: .*did you mean openai/,
    );
  });

  it('has the driver of PostgreSQL in it', async () => {
    const { exited, output } = run(['keys', 'list'], { DATABASE_URL: 'postgres://127.0.0.1:1/x' });
    assert.equal(await exited, 1);
    assert.match(output(), /ECONNREFUSED|can not be reached|not reachable|refused/i);
  });
});
