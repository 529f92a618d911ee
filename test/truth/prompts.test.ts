/** What people say to models, and models to them, is seen nowhere, whatever becomes of it and of the worker. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parsePage, total } from '../../packages/gateway/src/control-plane/testing/exposition.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../e2e/scripted-upstream.ts';
import { type Canary, filesFound, foundIn } from './canaries.ts';
import { echoScript, type Trick, tricks } from './echo-upstream.ts';
import { pepper } from './gateway-keys.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { askRaw, type RawQuestion } from './raw-client.ts';

const said = {
  prompt: 'prompt+Zq8Lw/3Xv7Tn2=Rk5Pb9~Wm4',
  system: 'system Hj4Mf6 Yd1Cg8 Ks3Wa5 "Qe"',
  argument: 'argument-Uv5Bn2-Xo9Ty7-Gr4Dd1',
  tool: 'describes_Pm3Ld8_Sc6Fi1_Eh5Aa2',
  media: 'TWVkaWFDYW5hcnlOb2JvZHlTaG91bGRTZWVUaGlz',
} as const;

/** A name is told where a conversion could not carry it; never what stands there. */
const FIELD = 'unknown_field';

const secret = newSecret();
const unknownSecret = newSecret();
const channelKey = 'sk-channel-Ty6Gh2Jk9Lm4Np7Qr';
const clientKey = 'sk-proj-Ab3Cd5Ef7Gh9Jk2Lm4Np6';

const canaries: readonly Canary[] = [
  ...Object.entries(said).map(([name, text]) => ({ name, secret: text })),
  { name: 'the key of a client', secret },
  { name: 'an unknown key', secret: unknownSecret },
  { name: 'the key of a channel', secret: channelKey },
  { name: 'a key in the place of an id', secret: clientKey },
  { name: 'the pepper', secret: pepper },
];

/** What each of them says to a channel that does the trick. */
const bodies: readonly ((trick: Trick, stream: boolean) => RawQuestion)[] = [
  (trick, stream) => question('/v1/chat/completions', chatBody(`gpt-${trick}`, stream)),
  (trick, stream) => question('/v1/messages', messagesBody(`gpt-${trick}`, stream)),
  (trick, stream) => {
    const call = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return question(`/v1beta/models/gpt-${trick}:${call}`, geminiBody());
  },
  (trick, stream) => question('/v1/chat/completions', chatBody(`claude-${trick}`, stream)),
];

function question(path: string, body: object): RawQuestion {
  return { path, body: JSON.stringify(body) };
}

const schema = { type: 'object', properties: { city: { type: 'string', description: said.tool } } };
const picture = `data:image/png;base64,${said.media}`;

function chatBody(model: string, stream: boolean): object {
  const call = { name: 'look', arguments: JSON.stringify({ city: said.argument }) };
  return {
    model,
    stream,
    [FIELD]: said.prompt,
    messages: [
      { role: 'system', content: said.system },
      {
        role: 'user',
        content: [
          { type: 'text', text: said.prompt },
          { type: 'image_url', image_url: { url: picture } },
        ],
      },
      { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: call }] },
      { role: 'tool', tool_call_id: 'call_1', content: said.argument },
    ],
    tools: [
      { type: 'function', function: { name: 'look', description: said.tool, parameters: schema } },
    ],
    stop: [said.prompt],
    metadata: { [FIELD]: said.prompt },
    prediction: { type: 'content', content: said.prompt },
  };
}

function messagesBody(model: string, stream: boolean): object {
  return {
    model,
    stream,
    max_tokens: 100,
    system: said.system,
    [FIELD]: said.prompt,
    messages: [
      { role: 'user', content: said.prompt },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: said.prompt, signature: said.media },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: said.argument } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: said.argument }],
      },
    ],
    tools: [{ name: 'look', description: said.tool, input_schema: schema }],
    stop_sequences: [said.prompt],
    top_k: 3,
  };
}

function geminiBody(): object {
  return {
    systemInstruction: { parts: [{ text: said.system }] },
    contents: [
      {
        role: 'user',
        parts: [{ text: said.prompt }, { inlineData: { mimeType: 'image/png', data: said.media } }],
      },
    ],
    [FIELD]: said.prompt,
    tools: [
      { functionDeclarations: [{ name: 'look', description: said.tool, parameters: schema }] },
    ],
    generationConfig: { stopSequences: [said.prompt], topK: 3, [FIELD]: said.prompt },
  };
}

/** At which the gateway stumbles, each with something that was said in it. */
const stumbles: readonly RawQuestion[] = [
  { path: '/v1/chat/completions', body: `{"model":"gpt-serve","messages":["${said.prompt}` },
  { path: '/v1/chat/completions', body: `{"model":"gpt-serve","messages":"${said.prompt}"}` },
  { path: '/v1/chat/completions', body: said.prompt },
  { path: '/v1/chat/completions', body: `{"messages":[],"model":{"a":"${said.prompt}"}}` },
  { path: '/v1/messages', body: `{"model":"gpt-serve","messages":[{"role":"${said.prompt}"}]}` },
  { path: '/v1/messages', body: `{"model":"gpt-serve","messages":[{"content":"${said.prompt}"}]}` },
  { path: '/v1/messages', body: `{"model":"gpt-serve","stream":"${said.prompt}","messages":[]}` },
  { path: '/v1beta/models/gpt-serve:generateContent', body: `["${said.prompt}"]` },
  { path: `/v1/${FIELD}?q=${said.argument}`, body: JSON.stringify({ model: said.prompt }) },
];

for (const format of ['json', 'pretty'] as const) {
  const skip = platform() === 'linux' ? false : 'connections are spread over workers on Linux only';
  describe(`what is said, with ${format} lines`, { skip, timeout: 60_000 }, () => seen(format));
}

function seen(format: 'json' | 'pretty'): void {
  let folder: string;
  let upstream: ScriptedUpstream;
  let gateway: GatewayProcess;
  const answered: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-prompts-'));
    upstream = await scriptedUpstream();
    upstream.answer(echoScript);
    gateway = await startGatewayProcess({
      folder,
      config: configOf(upstream.port),
      env: {
        WORKERS: '2',
        LOG_LEVEL: 'trace',
        LOG_FORMAT: format,
        DRAGOMAN_PEPPER: pepper,
        DATABASE_URL: `sqlite:${join(folder, 'dragoman.db')}`,
        CHANNEL_KEY: channelKey,
      },
      preload: fileURLToPath(new URL('./break-inside.ts', import.meta.url)),
    });
  });
  after(async () => {
    await gateway.kill();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function checkAll(): Promise<void> {
    // The log is written a little later than what it tells of.
    await sleep(600);
    assert.deepEqual(foundIn(gateway.printed(), canaries), [], 'in what is printed');
    assert.deepEqual(foundIn(await gateway.metrics(), canaries), [], 'in metrics');
    const isConfig = (name: string): boolean => name === 'dragoman.yaml';
    assert.deepEqual(filesFound(folder, canaries, isConfig), [], 'in files');
  }

  it('is not seen when it is answered, refused, failed over, or cut', async () => {
    for (const trick of tricks) {
      const questions = bodies.flatMap((bodyOf) =>
        [false, true].map((stream): RawQuestion => {
          const { path, body = '' } = bodyOf(trick, stream);
          const leaves = stream && trick === 'leave';
          return { path, body, headers: known, ...(leaves ? { leaveAt: 'Zq8Lw' } : {}) };
        }),
      );
      answered.push(...(await Promise.all(questions.map((one) => askRaw(gateway.port, one)))));
    }
    const statuses = new Set(answered.map((text) => /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]));
    for (const status of ['200', '400', '502']) assert.ok(statuses.has(status), status);
    assert.ok(
      answered.some((text) => text.includes('Zq8Lw')),
      'upstreams said it again',
    );
    await checkAll();
  });

  it('is not seen when it cannot be read', async () => {
    const questions = stumbles.map((one) => ({ ...one, headers: known }));
    const texts = await Promise.all(questions.map((one) => askRaw(gateway.port, one)));
    for (const text of texts) assert.match(text, /^HTTP\/1\.1 4/);
    await checkAll();
  });

  it('is not seen when the gateway fails on it', async () => {
    const body = { ...chatBody('gpt-serve', false), user: 'provoke a fault inside' };
    const one = { ...question('/v1/chat/completions', body), headers: known };
    assert.match(await askRaw(gateway.port, one), /^HTTP\/1\.1 500/);
    await checkAll();
    assert.match(gateway.printed(), /request failed/);
  });

  it('is no request id, where it looks like a key', async () => {
    for (const id of [secret, unknownSecret, clientKey, said.prompt]) {
      const text = await askRaw(gateway.port, {
        ...question('/v1/chat/completions', chatBody('gpt-serve', false)),
        headers: { ...known, 'x-request-id': id },
      });
      assert.match(text, /x-request-id: req_/);
    }
    const wrong = { authorization: `Bearer ${unknownSecret}`, 'x-request-id': unknownSecret };
    const text = await askRaw(gateway.port, {
      ...question('/v1/messages', messagesBody('gpt-serve', true)),
      headers: wrong,
    });
    assert.match(text, /^HTTP\/1\.1 401/);
    const ids = upstream.asked.map(({ headers }) => String(headers['x-request-id']));
    assert.deepEqual(foundIn(ids.join('\n'), canaries), [], 'sent to the upstream');
    await checkAll();
  });

  it('is not seen when the worker dies that works on it', async () => {
    const running = Array.from({ length: 16 }, () =>
      askRaw(gateway.port, {
        ...question('/v1/chat/completions', chatBody('gpt-leave', true)),
        headers: known,
      }),
    );
    const inFlight = async (): Promise<number> =>
      total(parsePage(await gateway.metrics()), 'dragoman_channel_in_flight');
    await until(async () => (await inFlight()) === running.length);
    gateway.signal('SIGUSR2');
    await until(() => /a worker took the place/.test(gateway.printed()));
    assert.match(gateway.printed(), /a worker died/);
    const left = await inFlight();
    assert.ok(left < running.length, `${left} go on`);
    await checkAll();
    gateway.signal('SIGUSR2');
    await gateway.stop();
    await Promise.all(running);
    assert.deepEqual(foundIn(gateway.printed(), canaries), [], 'in what is printed at last');
    assert.match(gateway.printed(), format === 'json' ? /"msg":"exchange"/ : / INFO {2}exchange /);
    assert.match(gateway.printed(), format === 'json' ? /"msg":"loss"/ : / DEBUG loss /);
  });
}

const known = { authorization: `Bearer ${secret}`, user: 'somebody' };

function configOf(port: number): object {
  const origin = `http://127.0.0.1:${port}`;
  const channel = { api_keys: [`\${CHANNEL_KEY}`] };
  // One that was refused or failed often is not asked again: every trick has its own.
  const channels = tricks.flatMap((trick) => [
    {
      ...channel,
      id: `chat-${trick}`,
      provider: 'openai',
      base_url: `${origin}/v1`,
      models: [`gpt-${trick}`],
    },
    {
      ...channel,
      id: `claude-${trick}`,
      provider: 'anthropic',
      base_url: origin,
      models: [`claude-${trick}`],
    },
  ]);
  const spare = {
    ...channel,
    id: 'spare',
    provider: 'openai',
    base_url: `${origin}/v1`,
    models: ['gpt-serve'],
  };
  return {
    channels: [...channels, spare],
    routes: ['break', 'limit'].map((trick) => ({
      models: [`gpt-${trick}`],
      channels: [`chat-${trick}`],
      fallback: ['spare'],
      rewrite: { spare: 'gpt-serve' },
    })),
    auth: 'required',
    keys: [{ name: 'team-a', hash: hashSecret(Buffer.from(pepper), secret) }],
    drain_timeout_ms: 500,
  };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await sleep(25);
  }
  assert.fail('this did not happen within 10 seconds');
}
