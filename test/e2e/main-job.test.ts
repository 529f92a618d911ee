/** The main job: detection, routing, conversion, losses, and what is shown of them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answers, json } from './scripted-upstream.ts';
import { ask, post, type Setup, setUp } from './setup.ts';

type Json = { readonly [key: string]: unknown };

const sent = (setup: Setup): Json =>
  JSON.parse(setup.upstream.asked[0]?.body.toString() ?? '{}') as Json;

describe('routing by model', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp({ modelAliases: { fast: 'gpt-4o-mini', smart: 'claude-sonnet-4-5' } });
  });
  after(() => setup.close());

  const routes = [
    ...[
      'gpt-4o',
      'gpt-5.1',
      'o1-mini',
      'o3',
      'o4-mini',
      'chatgpt-4o-latest',
      'mistral-large',
      'fast',
    ].map((model) => ({ model, path: '/v1/chat/completions', answer: answers.chat })),
    ...['claude-sonnet-4-5', 'claude-3-5-haiku-latest', 'smart'].map((model) => ({
      model,
      path: '/v1/messages',
      answer: answers.messages,
    })),
    ...['gemini-2.5-flash', 'gemini-3-pro-preview'].map((model) => ({
      model,
      path: `/v1beta/models/${model}:generateContent`,
      answer: answers.gemini,
    })),
  ];
  for (const { model, path, answer } of routes) {
    it(`sends ${model} to ${path}`, async () => {
      setup.upstream.answer(json(answer));
      const response = await post(`${setup.url}/v1/chat/completions`, ask.chat(model));
      assert.equal(response.status, 200, await response.clone().text());
      assert.equal(setup.upstream.asked[0]?.path, path);
      const body = (await response.json()) as { choices: { message: { content: string } }[] };
      assert.equal(body.choices[0]?.message.content, 'hello');
    });
  }

  it('splices an alias into the bytes and changes nothing else', async () => {
    setup.upstream.answer(json(answers.chat));
    const body =
      '{ "temperature":1.0, "model" : "fast","messages":[{"role":"user","content":"fast \\u00e9"}],"seed":12345678901234567890,"x":{"10":1,"2":2} }';
    await post(`${setup.url}/v1/chat/completions`, body);
    assert.equal(
      setup.upstream.asked[0]?.body.toString(),
      body.replace('"model" : "fast"', '"model" : "gpt-4o-mini"'),
    );
  });

  it('tells the client the model that it asked for', async () => {
    setup.upstream.answer(json(answers.messages));
    const response = await post(`${setup.url}/v1/chat/completions`, ask.chat('smart'));
    assert.equal(((await response.json()) as Json)['model'], 'smart');
  });
});

describe('format detection', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp({ logLevel: 'silent' });
  });
  after(() => setup.close());

  const doors = [
    { path: '/v1/chat/completions', body: ask.chat('gpt-4o'), kind: 'chat.completion' },
    { path: '/chat/completions', body: ask.chat('gpt-4o'), kind: 'chat.completion' },
    { path: '/v1/v1/chat/completions', body: ask.chat('gpt-4o'), kind: 'chat.completion' },
    { path: '/v1/messages', body: ask.messages('gpt-4o'), kind: 'message' },
    { path: '/v1/messages?beta=true', body: ask.messages('gpt-4o'), kind: 'message' },
    { path: '/messages', body: ask.messages('gpt-4o'), kind: 'message' },
    { path: '/v1beta/models/gpt-4o:generateContent', body: ask.gemini(), kind: 'gemini' },
    { path: '/v1/models/gpt-4o:generateContent', body: ask.gemini(), kind: 'gemini' },
    { path: '/models/gpt-4o:generateContent', body: ask.gemini(), kind: 'gemini' },
    { path: '/v1beta/models/openai%2Fgpt-4o:generateContent', body: ask.gemini(), kind: 'gemini' },
  ];
  const kindOf = (answer: Json): unknown =>
    answer['object'] ?? answer['type'] ?? ('candidates' in answer ? 'gemini' : undefined);
  for (const { path, body, kind } of doors) {
    it(`answers ${path} in its format`, async () => {
      setup.upstream.answer(json(answers.chat));
      const response = await post(setup.url + path, body);
      assert.equal(response.status, 200, await response.clone().text());
      assert.equal(kindOf((await response.json()) as Json), kind);
    });
  }

  it('understands an Anthropic body on the chat path and answers in kind', async () => {
    setup.upstream.answer(json(answers.chat));
    const response = await post(`${setup.url}/v1/chat/completions`, {
      model: 'gpt-4o',
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(((await response.json()) as Json)['type'], 'message');
  });

  it('understands a chat body on the messages path and answers in kind', async () => {
    setup.upstream.answer(json(answers.messages));
    const response = await post(`${setup.url}/v1/messages`, {
      model: 'claude-sonnet-4-5',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
      max_completion_tokens: 10,
    });
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(((await response.json()) as Json)['object'], 'chat.completion');
  });

  it('streams to Gemini clients as a JSON array without alt=sse', async () => {
    setup.upstream.answer(json(answers.chat));
    const { chatStream, sse } = await import('./scripted-upstream.ts');
    setup.upstream.answer((response) => {
      sse(response);
      response.end(
        chatStream.start +
          chatStream.text('hel') +
          chatStream.text('lo') +
          chatStream.finish +
          chatStream.done,
      );
    });
    const response = await post(
      `${setup.url}/v1beta/models/gpt-4o:streamGenerateContent`,
      ask.gemini(),
    );
    assert.match(response.headers.get('content-type') ?? '', /application\/json/);
    const chunks = (await response.json()) as {
      candidates: { content: { parts: { text?: string }[] } }[];
    }[];
    const text = chunks
      .flatMap(({ candidates }) =>
        candidates.flatMap(({ content }) => content.parts.map((part) => part.text ?? '')),
      )
      .join('');
    assert.equal(text, 'hello');
  });
});

describe('losses', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp({ logLevel: 'silent' });
  });
  after(() => setup.close());
  const lossy = { ...ask.chat('claude-sonnet-4-5'), seed: 7, logit_bias: { '50256': -100 } };

  it('are told in a header', async () => {
    setup.upstream.answer(json(answers.messages));
    const response = await post(`${setup.url}/v1/chat/completions`, lossy);
    assert.equal(response.status, 200);
    const header = response.headers.get('x-dragoman-losses') ?? '';
    assert.match(header, /seed-dropped;reason=unsupported/);
    assert.match(header, /logit-bias-dropped;reason=unsupported/);
  });

  it('are counted', async () => {
    const page = await (await fetch(`${setup.metricsUrl}/metrics`)).text();
    assert.match(page, /dragoman_losses_total\{[^}]*client_format="openai-chat"[^}]*\} \d/);
  });

  it('that change the answer are refused in strict mode, before the upstream is asked', async () => {
    setup.upstream.answer(json(answers.messages));
    const response = await post(`${setup.url}/v1/chat/completions`, lossy, {
      'x-dragoman-strict': 'true',
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /seed/);
    assert.equal(setup.upstream.asked.length, 0);
  });

  it('do not exist where formats agree', async () => {
    setup.upstream.answer(json(answers.chat));
    const response = await post(
      `${setup.url}/v1/chat/completions`,
      { ...lossy, model: 'gpt-4o' },
      { 'x-dragoman-strict': 'true' },
    );
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-dragoman-losses'), null);
    assert.equal(sent(setup)['seed'], 7);
  });
});

describe('health and metrics', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp();
  });
  after(() => setup.close());

  it('answer on both ports', async () => {
    for (const url of [setup.url, setup.metricsUrl]) {
      for (const path of ['/healthz', '/readyz'])
        assert.equal((await fetch(url + path)).status, 200);
    }
    assert.equal((await fetch(setup.url, { method: 'HEAD' })).status, 200);
  });

  it('count requests with labels that clients cannot multiply', async () => {
    setup.upstream.answer(json(answers.chat));
    const series = async (): Promise<number> =>
      (await (await fetch(`${setup.metricsUrl}/metrics`)).text()).split('\n').length;
    for (const model of ['gpt-4o', 'claude-sonnet-4-5'])
      await (await post(`${setup.url}/v1/chat/completions`, ask.chat(model))).text();
    const before = await series();
    for (let n = 0; n < 50; n++) {
      await (await post(`${setup.url}/v1/chat/completions`, ask.chat(`junk-${n}`))).text();
      await (await fetch(`${setup.url}/junk/${n}`, { method: 'PROPFIND' })).text();
    }
    const page = await (await fetch(`${setup.metricsUrl}/metrics`)).text();
    assert.match(page, /^# TYPE http_requests_total counter$/m);
    assert.match(page, /^http_request_duration_seconds_bucket\{/m);
    assert.equal(page.includes('junk'), false);
    assert.ok((await series()) - before < 40);
  });
});
