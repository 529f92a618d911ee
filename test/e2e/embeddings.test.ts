/** Embeddings asked for in either format and answered in the same, by models of either vendor. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type ContentEmbedding, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script } from './scripted-upstream.ts';
import { clients, post } from './setup.ts';

type Plan = Parameters<typeof sail>[0];
type Json = { readonly [key: string]: unknown };

const small = 'text-embedding-3-small';
const google = 'gemini-embedding-001';
const geminiPath = (model: string, method = 'embedContent'): string =>
  `/v1beta/models/${model}:${method}`;

/** As many vectors as were asked for: the first begins with 0, the second with 1. */
const openaiAnswers: Script = (response, { body }) => {
  const { input, model } = JSON.parse(body.toString()) as { input: unknown; model: string };
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  const data = Array.from({ length: count }, (_, index) => ({
    object: 'embedding',
    index,
    embedding: [index, 0.5, -0.25],
  }));
  const usage = { prompt_tokens: 4, total_tokens: 4 };
  return json({ object: 'list', data: data.toReversed(), model, usage })(response, {} as never);
};

function geminiAnswers(usage?: Json): Script {
  return (response, { path, body }) => {
    const { requests } = JSON.parse(body.toString()) as { requests?: readonly unknown[] };
    const told = usage === undefined ? {} : { usageMetadata: usage };
    const vector = (index: number): Json => ({ values: [index, 0.5, -0.25] });
    const answer = path.includes(':batchEmbedContents')
      ? { embeddings: requests?.map((_, index) => vector(index)), ...told }
      : { embedding: vector(0), ...told };
    return json(answer)(response, {} as never);
  };
}

const plan: Plan = {
  channels: {
    openai: { answers: openaiAnswers },
    claude: { provider: 'anthropic', answers: json({}, 500) },
    google: { provider: 'gemini', answers: geminiAnswers({ promptTokenCount: 7 }) },
  },
  routes: [],
};

describe('embeddings', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(changes: Partial<Plan> = {}): Promise<Fleet> {
    fleet = await sail({ ...plan, ...changes });
    return fleet;
  }

  function openai(): OpenAI {
    return new OpenAI({ apiKey: 'k', baseURL: `${fleet?.url}/v1`, maxRetries: 0 });
  }

  function genai(): GoogleGenAI {
    return new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: fleet?.url ?? '' } });
  }

  function bodyAt(id: string): Json {
    return JSON.parse(fleet?.at[id]?.asked.at(-1)?.body.toString() ?? '') as Json;
  }

  it('of Gemini’s models reach OpenAI’s own library, which asks for base64 unless told otherwise', async () => {
    const { at } = await start();
    const { data, response } = await openai()
      .embeddings.create({ model: google, input: ['one', 'two'], dimensions: 256, user: 'alice' })
      .withResponse();
    assert.deepEqual(
      data.data.map(({ index, embedding }) => [index, [...embedding]]),
      [
        [0, [0, 0.5, -0.25]],
        [1, [1, 0.5, -0.25]],
      ],
    );
    assert.equal(data.model, google);
    assert.deepEqual(data.usage, { prompt_tokens: 7, total_tokens: 7 });
    assert.equal(response.headers.get('x-dragoman-channel'), 'google');
    assert.equal(response.headers.get('x-dragoman-losses'), 'user-dropped;reason=unsupported');
    assert.equal(response.headers.get('x-dragoman-estimated'), null);
    assert.equal(at['google']?.asked[0]?.path, geminiPath(google, 'batchEmbedContents'));
    assert.equal(at['google']?.asked[0]?.headers['x-goog-api-key'], 'key-of-google');
    const entry = { model: `models/${google}`, outputDimensionality: 256 };
    assert.deepEqual(bodyAt('google'), {
      requests: ['one', 'two'].map((text) => ({ ...entry, content: { parts: [{ text }] } })),
    });
  });

  it('come in the encoding that was asked for', async () => {
    await start();
    const ask = { model: google, input: 'one' };
    const floats = await openai().embeddings.create({ ...ask, encoding_format: 'float' });
    assert.deepEqual(floats.data[0]?.embedding, [0, 0.5, -0.25]);
    assert.equal(fleet?.at['google']?.asked[0]?.path, geminiPath(google));
    const coded = await openai().embeddings.create({ ...ask, encoding_format: 'base64' });
    const bytes = Buffer.from(coded.data[0]?.embedding ?? '', 'base64');
    assert.deepEqual(
      [0, 4, 8].map((place) => bytes.readFloatLE(place)),
      [0, 0.5, -0.25],
    );
  });

  it('of OpenAI’s models reach Google’s own library', async () => {
    const { at } = await start();
    const { embeddings, usageMetadata } = await genai().models.embedContent({
      model: small,
      contents: ['one', 'two'],
      config: { outputDimensionality: 64, taskType: 'RETRIEVAL_DOCUMENT', title: 'A title' },
    });
    assert.deepEqual(embeddings satisfies ContentEmbedding[] | undefined, [
      { values: [0, 0.5, -0.25] },
      { values: [1, 0.5, -0.25] },
    ]);
    assert.equal(usageMetadata?.promptTokenCount, 4);
    assert.equal(at['openai']?.asked[0]?.path, '/embeddings');
    assert.equal(at['openai']?.asked[0]?.headers.authorization, 'Bearer key-of-openai');
    assert.deepEqual(bodyAt('openai'), {
      model: small,
      input: ['one', 'two'],
      encoding_format: 'float',
      dimensions: 64,
    });
  });

  const refusals: readonly (readonly [what: string, body: string, status: number])[] = [
    ['a server without that path, in HTML', '<html><body>Not Found</body></html>', 404],
    ['a server without that path, in silence', '', 404],
    ['a server without that path, in JSON', '{"detail":"Not Found"}', 404],
    [
      'OpenAI, of a model that chats',
      '{"error":{"message":"You are not allowed to generate embeddings from this model","type":"invalid_request_error","param":null,"code":null}}',
      403,
    ],
    [
      'llama.cpp, started without them',
      '{"error":{"code":501,"message":"This server does not support embeddings. Start it with `--embeddings`","type":"not_supported_error"}}',
      501,
    ],
  ];
  for (const [what, body, status] of refusals)
    it(`are refused with the way out, and to nobody’s charge, where that is what is said by ${what}`, async () => {
      const refuse: Script = (response) => {
        response.writeHead(status, { 'content-type': 'text/html' });
        response.end(body);
      };
      await start({ channels: { local: { provider: 'openai-compatible', answers: refuse } } });
      for (let time = 0; time < 12; time += 1)
        await assert.rejects(
          openai().embeddings.create({ model: 'some-chat', input: 'hi' }),
          (cause) => {
            assert.ok(cause instanceof OpenAI.BadRequestError);
            assert.match(
              cause.message,
              /local makes no embeddings by some-chat .*such as text-emb/,
            );
            assert.deepEqual([cause.code, cause.param], ['not_offered', 'model']);
            return true;
          },
        );
      await assert.rejects(genai().models.embedContent({ model: 'some-chat', contents: 'hi' }), {
        status: 400,
        message: /INVALID_ARGUMENT/,
      });
      assert.equal(fleet?.asked()['local'], 13);
    });

  it('go on to another channel where the first one makes none', async () => {
    const error = { code: 501, message: 'This server does not support embeddings' };
    await start({
      channels: {
        chats: { provider: 'openai-compatible', answers: json({ error }, 501) },
        embeds: { provider: 'openai-compatible', answers: openaiAnswers },
      },
    });
    const { data } = await openai().embeddings.create({ model: 'some', input: 'hi' });
    assert.equal(data.length, 1);
    assert.deepEqual(fleet?.asked(), { chats: 1, embeds: 1 });
  });

  it('by a model that is not there are refused in the upstream’s own words', async () => {
    const error = {
      message: 'model "some-chat" not found, try pulling it first',
      type: 'api_error',
    };
    const answers = json({ error }, 404);
    await start({ channels: { local: { provider: 'openai-compatible', answers } } });
    await assert.rejects(openai().embeddings.create({ model: 'some-chat', input: 'hi' }), {
      status: 404,
      message: `404 ${error.message}`,
    });
  });

  for (const version of ['', '/v1', '/v1beta'])
    it(`are asked for one by one under ${version}/models`, async () => {
      const { url } = await start();
      const response = await post(`${url}${version}/models/${small}:embedContent`, {
        content: { parts: [{ text: 'one' }] },
        task_type: 'CLUSTERING',
      });
      assert.deepEqual(await response.json(), {
        embedding: { values: [0, 0.5, -0.25] },
        usageMetadata: { promptTokenCount: 4 },
      });
      const losses = response.headers.get('x-dragoman-losses');
      assert.equal(losses, 'task-type-dropped;reason=unsupported');
      assert.equal(bodyAt('openai')['input'], 'one');
    });

  it('pass as they are where formats agree, but for the name of the model', async () => {
    const answer = '{"object":"list",\n "data":[],"model":"m","usage":{"prompt_tokens":2}}';
    const { url, at } = await start({
      channels: {
        openai: { answers: json(answer) },
        google: { provider: 'gemini', answers: json('{ "embeddings": [] }') },
      },
      modelAliases: { mine: small, ours: google },
    });
    const sent = `{"input": [[8134, 1.0], [2]],\n "model":"${small}","odd":1e3}`;
    const passed = await post(`${url}/embeddings`, sent);
    assert.equal(await passed.text(), answer);
    assert.equal(at['openai']?.asked[0]?.body.toString(), sent);
    await post(`${url}/v1/embeddings`, sent.replace(small, 'mine'));
    assert.equal(at['openai']?.asked[1]?.body.toString(), sent);

    const batch = (model: string): string =>
      `{"requests": [{"model":"models/${model}","content":{"parts":[{"text":"a"}]}}], "odd":1}`;
    const own = await post(url + geminiPath(google, 'batchEmbedContents'), batch(google));
    assert.equal(await own.text(), '{ "embeddings": [] }');
    assert.equal(at['google']?.asked[0]?.body.toString(), batch(google));
    await post(url + geminiPath('ours', 'batchEmbedContents'), batch('ours'));
    assert.equal(at['google']?.asked[1]?.path, geminiPath(google, 'batchEmbedContents'));
    assert.deepEqual(bodyAt('google'), JSON.parse(batch(google)));
    const one = `{"model": "models/ours", "content":{"parts":[{"text":"a"}]}}`;
    await post(url + geminiPath('ours'), one);
    assert.equal(at['google']?.asked[2]?.body.toString(), one.replace('ours', google));
  });

  it('of more texts than Google takes at once are asked for in turn and answered as one', async () => {
    const { at } = await start();
    const input = Array.from({ length: 250 }, (_, index) => `text ${index}`);
    const { data, usage } = await openai().embeddings.create({ model: google, input });
    assert.deepEqual(
      data.map(({ index }) => index),
      input.map((_, index) => index),
    );
    assert.equal(usage.prompt_tokens, 21);
    const sizes = at['google']?.asked.map(
      ({ body }) => (JSON.parse(body.toString()) as { requests: [] }).requests.length,
    );
    assert.deepEqual(sizes, [100, 100, 50]);
  });

  it('have an estimate for usage where Google did not count, marked as one', async () => {
    await start({ channels: { google: { provider: 'gemini', answers: geminiAnswers() } } });
    const { data, response } = await openai()
      .embeddings.create({ model: google, input: 'these are some words to count' })
      .withResponse();
    const { prompt_tokens: tokens, total_tokens: total } = data.usage;
    assert.ok(tokens > 5 && tokens < 60, String(tokens));
    assert.equal(total, tokens);
    assert.equal(response.headers.get('x-dragoman-estimated'), 'true');
    assert.equal(response.headers.get('x-dragoman-losses'), 'usage-weakened;reason=emulated');
    const own = await post(fleet?.url + geminiPath(google), {
      content: { parts: [{ text: 'a' }] },
    });
    assert.deepEqual(await own.json(), { embedding: { values: [0, 0.5, -0.25] } });
    assert.equal(own.headers.get('x-dragoman-estimated'), 'true');
  });

  const models: readonly (readonly [string, string])[] = [
    [small, 'openai'],
    ['text-embedding-ada-002', 'openai'],
    ['text-embedding-9-unheard-of', 'openai'],
    [google, 'google'],
    ['gemini-embedding-2', 'google'],
    ['text-embedding-004', 'google'],
    ['text-embedding-005', 'google'],
    ['text-multilingual-embedding-002', 'google'],
    ['embedding-001', 'google'],
  ];

  for (const [model, vendor] of models)
    it(`of ${model} come from ${vendor} where nothing else is said`, async () => {
      const { url } = await start();
      const response = await post(`${url}/v1/embeddings`, { model, input: 'a' });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-dragoman-channel'), vendor);
    });

  it('of Anthropic are refused to each client in its own words, and nobody is asked', async () => {
    const { url, asked } = await start();
    const model = 'claude-sonnet-4-5';
    const chat = await post(`${url}/v1/embeddings`, { model, input: 'a' });
    const gemini = await post(url + geminiPath(model), { content: { parts: [{ text: 'a' }] } });
    for (const [response, client] of [
      [chat, clients[0]],
      [gemini, clients[2]],
    ] as const) {
      assert.equal(response.status, 400);
      const told = (await response.json()) as Json;
      assert.ok(client.isError(told), JSON.stringify(told));
      assert.match(client.message(told), /anthropic\) makes no embeddings/);
    }
    assert.deepEqual(asked(), { openai: 0, claude: 0, google: 0 });
  });

  it('of a route with channels that make none come from those that do', async () => {
    const { url } = await start({
      routes: [{ channels: ['claude', 'google'], rewrite: { google } }],
    });
    const response = await post(`${url}/v1/embeddings`, { model: 'any', input: 'a' });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-dragoman-channel'), 'google');
    assert.equal(response.headers.get('x-dragoman-attempts'), 'google:200');
  });

  it('lose nothing unseen in strict mode', async () => {
    const { url, asked } = await start();
    const strict = { 'x-dragoman-strict': 'true' };
    const content = { parts: [{ text: 'a' }] };
    const refused = await post(
      url + geminiPath(small),
      { content, taskType: 'CLUSTERING' },
      strict,
    );
    assert.equal(refused.status, 400);
    const told = (await refused.json()) as Json;
    assert.ok(clients[2].isError(told));
    assert.match(clients[2].message(told), /taskType \(task-type\) would be dropped/);
    assert.equal(asked()['openai'], 0);
    // What cannot change a vector may go.
    const ask = { model: google, input: 'a', user: 'alice' };
    assert.equal((await post(`${url}/v1/embeddings`, ask, strict)).status, 200);
    assert.equal((await post(url + geminiPath(small), { content }, strict)).status, 200);
  });

  it('of tokens are refused clearly where another vendor would have to read them', async () => {
    const { url, asked } = await start();
    for (const input of [
      [1111, 2222, 3333],
      [[8134], [9]],
    ]) {
      const response = await post(`${url}/v1/embeddings`, { model: google, input });
      assert.equal(response.status, 400);
      const told = (await response.json()) as { error: { message: string; param: string } };
      assert.match(told.error.message, /tokens cannot be turned back into text/);
      assert.match(told.error.param, /^input/);
    }
    assert.equal(asked()['google'], 0);
  });

  it('are refused where the request is wrong, before anybody is asked', async () => {
    const { url, asked } = await start();
    const list = geminiPath(small, 'batchEmbedContents');
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    const wrong: readonly (readonly [string, unknown])[] = [
      ['/v1/embeddings', '{'],
      ['/v1/embeddings', '[]'],
      ['/v1/embeddings', { model: google }],
      ['/v1/embeddings', { input: 'a' }],
      ['/v1/embeddings', { model: small, input: [] }],
      ['/v1/embeddings', { model: small, input: 7 }],
      ['/v1/embeddings', { model: small, input: {} }],
      ['/v1/embeddings', { model: google, input: [{}] }],
      ['/v1/embeddings', { model: google, input: [null] }],
      ['/v1/embeddings', { model: google, input: Array.from({ length: 100_000 }, () => 'a') }],
      ['/v1/embeddings', { model: google, input: 'a', dimensions: 'b' }],
      ['/v1/embeddings', { model: google, input: 'a', encoding_format: 7 }],
      ['/v1/embeddings', `{"model":"${google}","input":${deep}}`],
      [geminiPath(small), {}],
      [geminiPath(small), { content: 'a' }],
      [geminiPath(small), { content: { parts: 'a' } }],
      [geminiPath(google), { content: [] }],
      [list, { requests: [] }],
      [list, { requests: 'a' }],
      [list, { requests: [[]] }],
      [geminiPath(google, 'batchEmbedContents'), {}],
    ];
    for (const [path, body] of wrong) {
      const response = await post(url + path, body);
      const told = (await response.json()) as Json;
      const client = path === '/v1/embeddings' ? clients[0] : clients[2];
      assert.equal(response.status, 400, JSON.stringify(body).slice(0, 100));
      assert.ok(client.isError(told), JSON.stringify(told));
    }
    assert.deepEqual(asked(), { openai: 0, claude: 0, google: 0 });
    for (const path of ['/v1/embeddings', geminiPath(google)]) {
      const got = await fetch(url + path);
      assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
    }
  });

  it('that an upstream refuses are refused in the client’s words', async () => {
    const { url } = await start({
      channels: {
        openai: {
          answers: json(
            {
              error: {
                message: 'You are not allowed to generate embeddings from this model',
                type: 'invalid_request_error',
                param: null,
                code: null,
              },
            },
            400,
          ),
        },
        google: {
          provider: 'gemini',
          answers: json(
            { error: { code: 404, message: 'models/x is not found', status: 'NOT_FOUND' } },
            404,
          ),
        },
      },
    });
    await assert.rejects(
      openai().embeddings.create({ model: google, input: 'a' }),
      (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found',
    );
    const gemini = await post(url + geminiPath(small), { content: { parts: [{ text: 'a' }] } });
    assert.equal(gemini.status, 400);
    assert.deepEqual(await gemini.json(), {
      error: {
        code: 400,
        message: 'You are not allowed to generate embeddings from this model',
        status: 'INVALID_ARGUMENT',
      },
    });
    await assert.rejects(
      genai().models.embedContent({ model: small, contents: 'a' }),
      /not allowed to generate embeddings/,
    );
  });
});
