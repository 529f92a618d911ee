/** `dragoman top` beside a gateway that serves traffic: its figures, its frames, and the terminal after it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { ask, post, type Setup, setUp } from './setup.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');
const command = [process.execPath, '--conditions=source', main, 'top'] as const;
/** Of util-linux: gives a command a terminal of its own. */
const TERMINAL = 'script';
const PATH = process.env['PATH'] ?? '';

const ESCAPE = '\u001b';
const BOLD = `${ESCAPE}[1m`;
const TAKEN = `${ESCAPE}[?1049h${ESCAPE}[?25l${ESCAPE}[?7l`;
const GIVEN_BACK = `${ESCAPE}[0m${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function top(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const [node, ...words] = command;
  const child = spawn(node, [...words, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Hands on the page of a gateway; between the first look at it and the second one `traffic` runs. */
async function betweenLooks<T>(
  { metricsUrl }: Setup,
  traffic: () => Promise<unknown>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  let running: Promise<unknown> | undefined;
  const server = createServer((_request, response) => {
    void (async () => {
      await running;
      response.end(await (await fetch(`${metricsUrl}/metrics`)).text());
      running ??= traffic();
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Told {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly errorShare: number;
  readonly refusedShare: number;
  readonly retriesPerSecond: number;
  readonly dollarsPerHour: number;
  readonly inFlight: number;
  readonly tokens: { readonly inPerSecond: number; readonly outPerSecond: number };
  readonly firstOutputSeconds: { readonly p50?: number };
  readonly channels: readonly {
    readonly name: string;
    readonly state?: string;
    readonly attemptsPerSecond: Readonly<Record<string, number>>;
  }[];
  readonly models: readonly { readonly name: string; readonly requestsPerSecond: number }[];
}

const WHOLE = 6;
const HEALED = 2;
const STREAMS = 3;
const REFUSED = 4;
const ANSWERED = WHOLE + HEALED + STREAMS;
/** 3 tokens of gpt-4o in and 2 out, in whole millionths. */
const DOLLARS_EACH = 28e-6;

describe('dragoman top', () => {
  let fleet: Fleet;
  const answer: Script = (response, asked) => {
    const body = asked.body.toString();
    if (!body.includes('"stream":true')) return json(answers.chat)(response, asked);
    sse(response);
    response.end(chatStream.start + chatStream.text('hello') + chatStream.finish + chatStream.done);
  };
  before(async () => {
    fleet = await sail({
      channels: {
        main: {
          answers: (response, asked) =>
            asked.body.toString().includes('busy')
              ? json({}, 503)(response, asked)
              : answer(response, asked),
        },
        spare: { answers: answer },
      },
    });
  });
  after(() => fleet.close());

  async function traffic(): Promise<void> {
    const url = `${fleet.url}/v1/chat/completions`;
    const busy = { ...ask.chat('gpt-4o'), user: 'busy' };
    const bodies = [
      ...Array.from({ length: WHOLE }, () => ask.chat('gpt-4o')),
      ...Array.from({ length: HEALED }, () => busy),
      ...Array.from({ length: STREAMS }, () => ({ ...ask.chat('gpt-4o'), stream: true })),
      ...Array.from({ length: REFUSED }, () => '{"model":'),
    ];
    for (const body of bodies) await (await post(url, body)).text();
    await settled(fleet, bodies.length);
  }

  it('tells as JSON what happened between two looks', async () => {
    const { code, stdout, stderr } = await betweenLooks(fleet, traffic, (url) =>
      top(['--url', url, '--interval', '0.5', '--json']),
    );
    assert.equal(code, 0, stderr);
    const told = JSON.parse(stdout) as Told;
    const counted = (perSecond = 0): number => Number((perSecond * told.seconds).toFixed(6));
    const requests = ANSWERED + REFUSED;
    assert.equal(counted(told.requestsPerSecond), requests);
    assert.equal(told.refusedShare.toFixed(6), (REFUSED / requests).toFixed(6));
    assert.equal(told.errorShare, 0);
    assert.equal(counted(told.retriesPerSecond), HEALED);
    assert.equal(counted(told.tokens.inPerSecond), ANSWERED * 3);
    assert.equal(counted(told.tokens.outPerSecond), ANSWERED * 2);
    assert.equal(
      ((told.dollarsPerHour / 3_600) * told.seconds).toFixed(9),
      (ANSWERED * DOLLARS_EACH).toFixed(9),
    );
    assert.ok((told.firstOutputSeconds.p50 ?? 0) > 0);
    assert.equal(told.inFlight, 0);
    const channels = told.channels.map(({ name, state, attemptsPerSecond }) => [
      name,
      state,
      Object.fromEntries(
        Object.entries(attemptsPerSecond).map(([result, rate]) => [result, counted(rate)]),
      ),
    ]);
    assert.deepEqual(channels, [
      ['main', 'ok', { ok: WHOLE + STREAMS, '5xx': HEALED }],
      ['spare', 'ok', { ok: HEALED }],
      ['none', undefined, {}],
    ]);
    const model = told.models.find(({ name }) => name === 'gpt-4o');
    assert.equal(counted(model?.requestsPerSecond), ANSWERED);
  });

  it('prints one plain frame where there is no terminal, of the gateway that METRICS_PORT names', async () => {
    const { code, stdout, stderr } = await top(['--interval', '0.5'], {
      METRICS_PORT: String(fleet.gateway.metricsPort),
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Dragoman \d+\.\d+\.\d+ +http:\/\/127\.0\.0\.1:\d+\/metrics/);
    assert.match(stdout, /^Process +degraded nothing/m);
    assert.match(stdout, /^main +ok +0/m);
    assert.match(stdout, /^spare +ok +0/m);
    assert.equal(stdout.includes(ESCAPE), false);
  });

  it('ends with the address and the way out where no gateway is', async () => {
    const free = await setUp();
    await free.close();
    const { code, stdout, stderr } = await top(['--url', free.metricsUrl]);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.ok(stderr.includes(`${free.metricsUrl}/metrics`), stderr);
    assert.match(stderr, /ECONNREFUSED.*start the gateway, or .*--url http:\/\/HOST:PORT/);
  });

  it('says what is wrong with its options', async () => {
    const { code, stderr } = await top(['--interval', 'often']);
    assert.equal(code, 1);
    assert.match(stderr, /--interval: expected seconds from 0\.5 to 3600, got "often"/);
    const secret = await top(['--url', 'http://ann:pass-canary@127.0.0.1']);
    assert.equal(secret.code, 1);
    assert.match(secret.stderr, /--url: expected http:/);
    assert.doesNotMatch(secret.stderr, /pass-canary/);
  });
});

async function settled(fleet: Fleet, requests: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const page = await (await fetch(`${fleet.metricsUrl}/metrics`)).text();
    const counts = Array.from(page.matchAll(/^http_requests_total\{.*\} (\d+)$/gm), ([, count]) =>
      Number(count),
    );
    if (counts.reduce((sum, count) => sum + count, 0) >= requests) return;
    await sleep(20);
  }
}

function whyNoTerminal(): string | false {
  const { status, stdout } = spawnSync(TERMINAL, ['--version'], { encoding: 'utf8' });
  if (status === 0 && stdout.includes('util-linux')) return false;
  return 'needs the command script of util-linux for a terminal';
}

interface Terminal {
  readonly child: ChildProcess;
  /** Everything that reached the terminal. */
  output(): string;
  /** Waits until the terminal was sent this. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  readonly exited: Promise<number | null>;
}

describe('dragoman top on a terminal', { skip: whyNoTerminal() }, () => {
  let setup: Setup;
  const open: ChildProcess[] = [];
  before(async () => {
    setup = await setUp();
  });
  after(async () => {
    for (const child of open) child.kill();
    await setup.close();
  });

  /** The shell tells what modes the terminal has after it. */
  function terminal(url: string, env: Record<string, string> = {}): Terminal {
    const words = [...command, '--url', url, '--interval', '0.5'].map((word) => `'${word}'`);
    const shell = `stty cols 90 rows 24; stty -g; echo pid=$$; ${words.join(' ')}; code=$?; echo; stty -g; exit $code`;
    const child = spawn(TERMINAL, ['--quiet', '--return', '--command', shell, '/dev/null'], {
      env: { PATH, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    open.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return {
      child,
      output: () => output,
      async shows(text) {
        for (let tries = 0; tries < 400; tries += 1) {
          if (typeof text === 'string' ? output.includes(text) : text.test(output)) return;
          await sleep(25);
        }
        assert.fail(`the terminal never showed ${String(text)}: ${JSON.stringify(output)}`);
      },
      type: (keys) => void child.stdin.write(keys),
      exited: once(child, 'close').then(([code]) => code as number | null),
    };
  }

  function assertGivenBack(output: string): void {
    const modes = output.match(/^(?:[0-9a-f]+:){4,}[0-9a-f]+(?=\r?$)/gm) ?? [];
    assert.equal(modes.length, 2, JSON.stringify(output));
    assert.equal(modes[0], modes[1]);
    assert.equal(output.split(TAKEN).length, 2);
    assert.equal(output.split(GIVEN_BACK).length, 2);
    assert.ok(output.lastIndexOf(GIVEN_BACK) > output.lastIndexOf(TAKEN));
    assert.equal(output.split(GIVEN_BACK)[1]?.includes(ESCAPE), false);
  }

  it('draws, pauses, helps, and ends at q with the terminal as it was', async () => {
    const { shows, type, exited, output } = terminal(setup.metricsUrl);
    await shows('Dragoman');
    await shows('CHANNEL');
    await shows('rates over');
    type('p');
    await shows('PAUSED');
    type('p?');
    await shows('A request counts when it ends');
    type('\u001b[A');
    type('q');
    assert.equal(await exited, 0);
    assertGivenBack(output());
    assert.ok(output().includes(BOLD));
  });

  it('ends as well at Ctrl-C, and has no colours where nobody wants them', async () => {
    const { shows, type, exited, output } = terminal(setup.metricsUrl, { NO_COLOR: '1' });
    await shows('CHANNEL');
    type('\u0003');
    assert.equal(await exited, 0);
    assertGivenBack(output());
    assert.equal(output().includes(BOLD), false);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`gives the terminal back at ${signal}`, async () => {
      const { shows, exited, output } = terminal(setup.metricsUrl);
      await shows('CHANNEL');
      const [, shell = ''] = /pid=(\d+)/.exec(output()) ?? [];
      const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8');
      process.kill(Number(children.trim()), signal);
      assert.equal(await exited, 0);
      assertGivenBack(output());
    });
  }

  it('tells since when a gateway does not answer, and goes on when it is back', async () => {
    let isAway = false;
    const server = createServer((_request, response) => {
      if (isAway) return void response.writeHead(503).end();
      void (async () => {
        response.end(await (await fetch(`${setup.metricsUrl}/metrics`)).text());
      })();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { shows, type, exited, output } = terminal(url);
    await shows('CHANNEL');
    isAway = true;
    await shows(/No answer since \d\d:\d\d:\d\dZ/);
    await shows('it answers 503');
    isAway = false;
    const before = output().length;
    for (let tries = 0; tries < 200 && !output().slice(before).includes('Requests'); tries += 1) {
      await sleep(25);
    }
    assert.match(output().slice(before), /Requests/);
    type('q');
    assert.equal(await exited, 0);
    server.closeAllConnections();
    server.close();
  });
});
