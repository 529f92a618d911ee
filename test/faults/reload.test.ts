/** Good and broken configuration files, one after the other under load: no request fails, no stream is cut. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { formatIds } from './dialects.ts';
import { type FaultProvider, startFaultProvider } from './fault-provider.ts';
import { until, vendors } from './gateway.ts';
import { judge } from './judge.ts';
import { type Manner, plainManner } from './plan.ts';
import { type Random, seeded, seedOfRun } from './random.ts';
import { ask, type Received } from './stream-client.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');
const seed = seedOfRun();
const CHANGES = 200;
const CLIENTS = 8;
const LONG_STREAMS = 6;
const MODEL = vendors['openai-chat'].model;

interface ConfigChannel {
  readonly id: string;
  readonly provider: string;
  readonly base_url: string;
  readonly weight?: number;
}

interface ConfigFile {
  readonly channels: readonly ConfigChannel[];
  readonly routes: readonly object[];
}

/** A configuration whose answers name it: the ids of its channels end with its number. */
function goodConfig(number: number, ports: readonly number[], random: Random): ConfigFile {
  const channels = ports.slice(0, 1 + random.below(ports.length)).map((port, index) => ({
    id: `channel-${index}-${number}`,
    provider: 'openai',
    base_url: `http://127.0.0.1:${port}/v1`,
    weight: 1 + random.below(5),
  }));
  const strategy = random.pick(['round_robin', 'failover', 'least_latency', 'weighted_random']);
  const ids = channels.map(({ id }) => id);
  return { channels, routes: [{ models: [MODEL], strategy, channels: ids }] };
}

/** Text of a file that must not be taken over. */
function brokenText(good: ConfigFile, random: Random): string {
  const text = JSON.stringify(good, undefined, 2);
  const [first] = good.channels;
  const [route] = good.routes;
  const wrong: readonly (() => string)[] = [
    () => text.slice(0, 1 + random.below(text.length - 3)),
    () => `${text}\n]`,
    () => text.replace('"provider"', '"provder"'),
    () => text.replace('"openai"', '"opneai"'),
    () => text.replace('http://', 'htp://'),
    () => JSON.stringify({ ...good, channels: [first, first] }),
    () => JSON.stringify({ ...good, channels: [{ ...first, weight: -1 }] }),
    () => JSON.stringify({ ...good, channels: [{ ...first, api_keys: ['${NOT_SET_ANYWHERE}'] }] }),
    () => JSON.stringify({ ...good, routes: [{ ...route, channels: ['nobody'] }] }),
    () => JSON.stringify({ ...good, routes: [{ ...route, strategy: 'whatever' }] }),
    () => JSON.stringify({ ...good, unknown_setting: 1 }),
    () => 'channels: [\n  - id: {',
    () => '\u0000\u0001\u0002',
  ];
  return random.pick(wrong)();
}

function goodText(config: ConfigFile, random: Random): string {
  if (random.chance(0.5)) return JSON.stringify(config, undefined, 2);
  const lists = Object.entries(config).map(([name, entries]: [string, readonly object[]]) => {
    const items = entries.map((entry) => {
      const fields = Object.entries(entry).map(
        ([key, value]) => `${key}: ${JSON.stringify(value)}`,
      );
      return `  - ${fields.join('\n    ')}\n`;
    });
    return `${name}:\n${items.join('')}`;
  });
  return lists.join('');
}

describe(`the command under changing configuration (FAULT_SEED=${seed})`, () => {
  const providers: FaultProvider[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-reload-'));
  const file = join(folder, 'dragoman.yaml');
  const received: Received[] = [];
  let child: ChildProcess;
  const said: string[] = [];
  let port = 0;
  let sequence = 0;
  let probes = 0;

  before(async () => {
    for (const name of ['one', 'two', 'three']) {
      const provider = await startFaultProvider({ channel: name });
      providers.push(provider);
    }
    writeFileSync(file, goodText(goodConfig(0, ports(), seeded(seed)), seeded(seed)));
    child = spawn(
      process.execPath,
      ['--conditions=source', main, '--config', file, '--proxy-port', '0', '--metrics-port', '0'],
      {
        env: { PATH: process.env['PATH'] ?? '', PROXY_HOST: '127.0.0.1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      // What is said of each request is not looked at.
      createInterface(stream).on('line', (line) => {
        if (!line.includes('"exchange"')) said.push(line);
      });
    }
    await until(() => lines('"listening"').length > 0, 'not listening', 20_000);
    port = Number(/"proxyPort":(\d+)/.exec(lines('"listening"').join())?.[1]);
  });
  after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    for (const provider of providers) await provider.close();
    rmSync(folder, { recursive: true });
  });

  const ports = (): readonly number[] => providers.map((provider) => provider.port());

  function lines(words: string): readonly string[] {
    return said.filter((line) => line.includes(words));
  }

  async function tell(id: string): Promise<Received> {
    const format = formatIds[sequence % 3] ?? 'gemini';
    sequence += 1;
    return ask({ port, format, model: MODEL, id, stream: 'sse' }).received;
  }

  /** Writes the file in one of the ways that editors and deployments do. */
  function write(text: string, random: Random): void {
    if (random.chance(0.5)) writeFileSync(file, text);
    else {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    }
    if (random.chance(0.7)) child.kill('SIGHUP');
  }

  /** Until answers come from channels of this configuration; returns how long it took. */
  async function takeOver(number: number, text: string, random: Random): Promise<number> {
    const sinceMs = performance.now();
    write(text, random);
    while (!(await answeredBy(number))) {
      const tookMs = performance.now() - sinceMs;
      assert.ok(tookMs < 5_000, `not taken over:\n${text}\n${said.slice(-3).join('\n')}`);
    }
    return performance.now() - sinceMs;
  }

  /** Until the log says so; returns how long it took. */
  async function refuse(text: string, random: Random): Promise<number> {
    const words = '"configuration not taken over"';
    const before = lines(words).length;
    const sinceMs = performance.now();
    write(text, random);
    await until(() => lines(words).length > before, `not refused:\n${text}`);
    return performance.now() - sinceMs;
  }

  async function answeredBy(number: number): Promise<boolean> {
    probes += 1;
    const { headers } = await tell(`probe${probes}`);
    return headers.get('x-dragoman-channel')?.endsWith(`-${number}`) === true;
  }

  it('takes good files over, refuses broken ones, fails no request and cuts no stream', async (context) => {
    const changes = new AbortController();
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!changes.signal.aborted) received.push(await tell(`load${sequence}`));
    });
    for (const provider of providers) {
      provider.behave({ manner: ({ id = '' }) => manners[id.replace(/\d+$/, '')] ?? plainManner });
    }
    const long = Array.from({ length: LONG_STREAMS }, (_, index) => tell(`long${index}`));
    const spans: number[] = [];
    let current = 0;
    for (let number = 1; number <= CHANGES; number++) {
      const random = seeded(seed, 'change', number);
      const good = goodConfig(number, ports(), random);
      const isGood = number % 2 === 0;
      if (isGood) {
        spans.push(await takeOver(number, goodText(good, random), random));
        current = number;
      } else {
        spans.push(await refuse(brokenText(good, random), random));
        assert.ok(await answeredBy(current), 'a broken file changed something');
      }
    }
    changes.abort();
    await Promise.all(load);
    const all = [...received, ...(await Promise.all(long))];
    const faulty = all.flatMap((each) => {
      const { end, problems } = judge(each);
      return end === 'whole' ? [] : [`${each.id}: ${each.status} ${end} ${problems.join('; ')}`];
    });
    context.diagnostic(
      `${all.length} streams during ${CHANGES} changes, ${faulty.length} faulty; ` +
        `a change took ${Math.max(...spans).toFixed(0)} ms at most`,
    );
    assert.deepEqual(faulty, []);
    assert.ok(Math.max(...spans) <= 1_000, `a change took ${Math.max(...spans)} ms`);
  });

  it('then stops in order', async () => {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });
});

/** By what the ids of requests begin with; the long ones span many changes. */
const manners: { readonly [name: string]: Manner } = {
  load: { ...plainManner, events: 5, gapMs: 10 },
  long: { ...plainManner, events: 100, gapMs: 80 },
};
