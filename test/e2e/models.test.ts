/** Lists of models in every dialect: what a client may ask for, whatever the upstreams say. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { keyOf, pepper } from './client-keys.ts';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script } from './scripted-upstream.ts';
import { clients } from './setup.ts';

type Plan = Parameters<typeof sail>[0];
type Json = { readonly [key: string]: unknown };

const openaiList = json({
  object: 'list',
  data: [
    { id: 'gpt-4o', object: 'model', created: 1_715_367_049, owned_by: 'system' },
    { id: 'gpt-5', object: 'model', created: 1_754_425_777, owned_by: 'system' },
  ],
});
const anthropicList = json({
  data: [
    {
      type: 'model',
      id: 'claude-sonnet-4-5',
      display_name: 'Claude Sonnet 4.5',
      created_at: '2025-09-29T00:00:00Z',
      max_input_tokens: 200_000,
    },
  ],
  has_more: false,
  first_id: 'claude-sonnet-4-5',
  last_id: 'claude-sonnet-4-5',
});
const geminiList = json({
  models: [
    {
      name: 'models/gemini-2.5-flash',
      version: '001',
      displayName: 'Gemini 2.5 Flash',
      inputTokenLimit: 1_048_576,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
    },
    { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
    { name: 'models/veo-3.1', supportedGenerationMethods: ['predictLongRunning'] },
  ],
});

const three: Plan = {
  channels: {
    openai: { models: ['gpt-*'], answers: openaiList },
    claude: { provider: 'anthropic', answers: anthropicList },
    google: { provider: 'gemini', answers: geminiList },
  },
  routes: [{ models: ['best'], channels: ['claude'], rewrite: { '*': 'claude-sonnet-4-5' } }],
  modelAliases: { fast: 'gpt-4o', lost: 'no-such-model' },
};
const ids = [
  'best',
  'claude-sonnet-4-5',
  'fast',
  'gemini-2.5-flash',
  'gemini-embedding-001',
  'gpt-4o',
  'gpt-5',
];

const doors = [
  { client: clients[0], path: '/v1/models', headers: {} },
  { client: clients[1], path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } },
  { client: clients[2], path: '/v1beta/models', headers: {} },
] as const;

describe('lists of models', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(plan: Plan): Promise<Fleet> {
    fleet = await sail(plan);
    return fleet;
  }

  async function listed(headers: Record<string, string> = {}): Promise<readonly string[]> {
    const response = await fetch(`${fleet?.url}/v1/models`, { headers });
    assert.equal(response.status, 200);
    const { data } = (await response.json()) as { readonly data: readonly { id: string }[] };
    return data.map(({ id }) => id).toSorted();
  }

  it('are read by OpenAI’s own library, with who owns each model', async () => {
    const { url } = await start(three);
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 });
    const found = new Map<string, OpenAI.Model>();
    for await (const model of client.models.list()) found.set(model.id, model);
    assert.deepEqual([...found.keys()].toSorted(), ids);
    assert.deepEqual(found.get('gpt-5'), {
      id: 'gpt-5',
      object: 'model',
      created: 1_754_425_777,
      owned_by: 'system',
    });
    assert.equal(found.get('claude-sonnet-4-5')?.owned_by, 'anthropic');
    assert.equal((await client.models.retrieve('fast')).id, 'fast');
    await assert.rejects(client.models.retrieve('text-embedding-3'), OpenAI.NotFoundError);
  });

  it('are read by Anthropic’s own library, page by page in both directions', async () => {
    const { url } = await start(three);
    const client = new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 });
    const found: string[] = [];
    for await (const model of client.models.list({ limit: 2 })) found.push(model.id);
    assert.deepEqual(found.toSorted(), ids);
    const before = await client.models.list({ limit: 2, before_id: found[3] ?? '' });
    assert.deepEqual(
      before.data.map(({ id }) => id),
      found.slice(1, 3),
    );
    assert.equal(before.has_more, true);
    const sonnet = await client.models.retrieve('claude-sonnet-4-5');
    assert.deepEqual(
      [sonnet.display_name, sonnet.max_input_tokens],
      ['Claude Sonnet 4.5', 200_000],
    );
    await assert.rejects(client.models.list({ after_id: 'x' }), Anthropic.BadRequestError);
    await assert.rejects(client.models.retrieve('nothing'), Anthropic.NotFoundError);
  });

  it('are read by Google’s own library, page by page', async () => {
    const { url } = await start(three);
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
    const found: string[] = [];
    for await (const { name } of await client.models.list({ config: { pageSize: 2 } }))
      found.push(name ?? '');
    assert.deepEqual(
      found.toSorted(),
      ids.map((id) => `models/${id}`),
    );
    const flash = await client.models.get({ model: 'gemini-2.5-flash' });
    assert.deepEqual([flash.displayName, flash.inputTokenLimit], ['Gemini 2.5 Flash', 1_048_576]);
    const gpt = await client.models.get({ model: 'gpt-5' });
    assert.ok(gpt.supportedActions?.includes('generateContent'));
    const embedding = await client.models.get({ model: 'gemini-embedding-001' });
    assert.deepEqual(embedding.supportedActions, ['embedContent']);
    await assert.rejects(client.models.get({ model: 'nothing' }), /NOT_FOUND/);
  });

  it('are asked for once, however many clients want them, and then remembered', async () => {
    const { asked } = await start(three);
    await Promise.all(Array.from({ length: 5 }, () => listed()));
    await listed();
    assert.deepEqual(asked(), { openai: 1, claude: 1, google: 1 });
    const { headers, path } = fleet?.at['claude']?.asked[0] ?? {};
    assert.deepEqual([path, headers?.['x-api-key']], ['/v1/models?limit=1000', 'key-of-claude']);
    assert.equal(headers?.['content-length'], undefined);
  });

  const hostile: readonly (readonly [string, Script])[] = [
    [
      'a page',
      (response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') && void 0,
    ],
    ['a refusal', json({ error: { message: 'no' } }, 401)],
    ['an error with status 200', json({ error: { message: 'no' } })],
    ['a redirect', json({}, 302, { location: 'http://127.0.0.1:1/' })],
    ['no names', json({ data: [{ id: 7 }, null, 'x', { id: 'a b' }, { id: 'x'.repeat(300) }] })],
    [
      '50 megabytes',
      async (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"data":[{"id":"gpt-endless"},');
        for (let piece = 0; piece < 50 && !response.destroyed; piece += 1) {
          response.write(' '.repeat(1024 * 1024));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end(']}');
      },
    ],
    ['nothing, and the end', (response) => void response.socket?.destroy()],
  ];

  for (const [what, answers] of hostile) {
    it(`have what the others say where an upstream answers with ${what}`, async () => {
      await start({
        ...three,
        channels: { ...three.channels, openai: { models: ['gpt-*'], answers } },
      });
      assert.deepEqual(await listed(), ids.slice(0, 6));
      // It would be served as far as anybody knows.
      const unsure = await fetch(`${fleet?.url}/v1/models/gpt-5`);
      assert.equal(unsure.status, what === 'no names' ? 404 : 200);
    });
  }

  it('do not wait for an upstream that does not answer', async () => {
    const silent: Script = () => new Promise(() => undefined);
    await start({
      ...three,
      channels: { ...three.channels, google: { provider: 'gemini', answers: silent } },
    });
    assert.ok(!(await listed()).includes('gemini-2.5-flash'));
  });

  it('never repeat a key of the gateway’s own that an upstream repeats', async () => {
    const repeating: Script = (response, { headers }) =>
      json({ data: [{ id: 'gpt-4o', owned_by: `org of ${headers.authorization}` }] })(response, {
        method: 'GET',
        path: '',
        headers,
        body: Buffer.alloc(0),
        aborted: Promise.resolve(),
      });
    const { url } = await start({ channels: { a: { answers: repeating } } });
    const text = await (await fetch(`${url}/v1/models`)).text();
    assert.match(text, /gpt-4o/);
    assert.doesNotMatch(text, /key-of-a/);
  });

  it('are for those with a key, and have only what that key may use', async () => {
    const [all, narrow, other] = [newSecret(), newSecret(), newSecret()];
    await start({
      ...three,
      pepper,
      keys: [
        keyOf(all),
        keyOf(narrow, { name: 'narrow', models: ['gpt-5', 'claude-*'] }),
        keyOf(other, { name: 'other', channels: ['google'] }),
      ],
    });
    assert.deepEqual(await listed({ authorization: `Bearer ${all}` }), ids);
    assert.deepEqual(await listed({ authorization: `Bearer ${narrow}` }), [
      'best',
      'claude-sonnet-4-5',
      'gpt-5',
    ]);
    const googles = await listed({ authorization: `Bearer ${other}` });
    assert.ok(googles.includes('gemini-2.5-flash') && !googles.includes('gpt-5'));
    for (const { client, path, headers } of doors) {
      for (const place of [path, `${path}/gpt-5`]) {
        const response = await fetch(`${fleet?.url}${place}`, { headers });
        const body = (await response.json()) as Json;
        assert.equal(response.status, 401);
        assert.ok(client.isError(body), `${place}: ${JSON.stringify(body)}`);
      }
    }
  });

  it('show a client’s own key to the vendor of its dialect only, and its list to nobody else', async () => {
    const own = (answers: Script, provider: 'openai' | 'anthropic' = 'openai') => ({
      answers,
      provider,
      apiKeys: [],
    });
    const lists: Script = (response, asked) =>
      json({ data: [{ id: `gpt-for-${asked.headers.authorization?.slice(7)}` }] })(response, asked);
    const { at } = await start({
      channels: { openai: own(lists), claude: own(anthropicList, 'anthropic') },
      routes: [{ models: ['gpt-*'], channels: ['openai'] }],
    });
    assert.deepEqual(await listed({ authorization: 'Bearer alice' }), ['gpt-for-alice']);
    assert.deepEqual(await listed({ authorization: 'Bearer bob' }), ['gpt-for-bob']);
    assert.deepEqual(await listed(), []);
    assert.equal(at['openai']?.asked.length, 2);
    assert.equal(at['claude']?.asked.length, 0);
  });

  it('tell an unknown model and a wrong method in the dialect, and are counted like any request', async () => {
    const { url, metricsUrl } = await start(three);
    for (const { client, path, headers } of doors) {
      for (const id of ['nothing', 'x'.repeat(300), 'a%20b']) {
        const missing = await fetch(`${url}${path}/${id}`, { headers });
        assert.equal(missing.status, 404);
        assert.ok(client.isError((await missing.json()) as Json));
      }
      const posted = await fetch(url + path, { method: 'POST', headers, body: '{}' });
      assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
      assert.ok(client.isError((await posted.json()) as Json));
    }
    const head = await fetch(`${url}/v1/models`, {
      method: 'HEAD',
      headers: { 'x-request-id': 'mine-1' },
    });
    assert.deepEqual([head.status, head.headers.get('x-request-id')], [200, 'mine-1']);
    const page = await (await fetch(`${metricsUrl}/metrics`)).text();
    assert.match(page, /http_requests_total\{method="GET",status="404",client_format="gemini"/);
    assert.match(
      page,
      /http_requests_total\{method="HEAD",status="200",client_format="openai-chat"/,
    );
  });

  it('take names with slashes and colons', async () => {
    const names = ['meta-llama/Llama-3.1', 'llama3.1:8b', 'ft:gpt-4o:org::1'];
    const answers = json({ data: names.map((id) => ({ id })) });
    const { url } = await start({ channels: { a: { answers } } });
    for (const name of names) {
      for (const path of [name, encodeURIComponent(name)]) {
        const response = await fetch(`${url}/v1/models/${path}`);
        assert.equal(((await response.json()) as Json)['id'], name);
      }
    }
  });
});
