/** Which channel gets a request, as what, and with whose key. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type Fleet, sail } from './fleet.ts';
import { answers, json } from './scripted-upstream.ts';
import { ask, clients, post } from './setup.ts';

const chat = json(answers.chat);
const messages = json(answers.messages);
const gemini = json(answers.gemini);

/** The same client's next turn in a conversation. */
const continued = {
  model: 'gpt-4o',
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello' },
    { role: 'user', content: 'more' },
  ],
};

let fleet: Fleet;
afterEach(() => fleet.close());

const toOpenai = (body: unknown, headers?: Record<string, string>): Promise<Response> =>
  post(`${fleet.url}/v1/chat/completions`, body, headers);

function bodyAt(id: string, index = 0): { readonly [key: string]: unknown } {
  return JSON.parse(String(fleet.at[id]?.asked[index]?.body));
}

describe('a model goes', () => {
  const byName = [
    ['gpt-4o', 'openai'],
    ['o3-mini', 'openai'],
    ['claude-sonnet-4-5', 'claude'],
    ['gemini-2.5-flash', 'google'],
    ['llama-3', 'local'],
    ['nobody-knows', 'openai'],
  ] as const;
  for (const client of clients) {
    it(`to the channel that serves it, whatever the client speaks: ${client.name}`, async () => {
      fleet = await sail({
        routes: [],
        channels: {
          openai: { answers: chat },
          claude: { answers: messages, provider: 'anthropic' },
          google: { answers: gemini, provider: 'gemini' },
          local: { answers: chat, provider: 'openai-compatible', models: ['llama*'] },
        },
      });
      for (const [model, id] of byName) {
        const response = await post(fleet.url + client.door(model), client.body(model));
        assert.equal(response.status, 200, await response.text());
        assert.equal(response.headers.get('x-dragoman-channel'), id);
        assert.equal(response.headers.get('x-dragoman-attempts'), `${id}:200`);
      }
    });

    it(`nowhere when nothing serves it, and ${client.name} hears 404 in its own words`, async () => {
      fleet = await sail({
        routes: [],
        channels: { claude: { answers: messages, provider: 'anthropic' } },
      });
      const response = await post(fleet.url + client.door('gpt-4o'), client.body('gpt-4o'));
      const body = (await response.json()) as { [key: string]: unknown };
      assert.equal(response.status, 404);
      assert.ok(client.isError(body), JSON.stringify(body));
      assert.match(client.message(body), /gpt-4o.*claude\*/);
      assert.equal(response.headers.get('x-dragoman-channel'), null);
      assert.deepEqual(fleet.asked(), { claude: 0 });
    });
  }

  it('by the first route that matches, before what channels serve by themselves', async () => {
    fleet = await sail({
      routes: [
        { models: ['gpt-4o-mini'], channels: ['b'] },
        { models: ['gpt-*', 'o1'], channels: ['a'] },
      ],
      channels: {
        a: { answers: chat },
        b: { answers: chat },
        c: { answers: chat, models: ['gpt-*', 'mine'] },
      },
    });
    const channels: (string | null)[] = [];
    for (const model of ['gpt-4o-mini', 'gpt-4o', 'o1', 'mine'])
      channels.push((await toOpenai(ask.chat(model))).headers.get('x-dragoman-channel'));
    assert.deepEqual(channels, ['b', 'a', 'a', 'c']);
  });

  it('under the name that an alias gives it, and the client sees the rest as it sent it', async () => {
    fleet = await sail({
      modelAliases: { fast: 'gpt-4o-mini' },
      routes: [{ models: ['gpt-4o-mini'], channels: ['a'] }],
      channels: { a: { answers: chat }, b: { answers: chat, models: ['fast'] } },
    });
    await toOpenai(
      '{ "seed": 12345678901234567890, "model":"fast", "messages":[{"role":"user","content":"hi"}]}',
    );
    assert.equal(
      String(fleet.at['a']?.asked[0]?.body),
      '{ "seed": 12345678901234567890, "model":"gpt-4o-mini", "messages":[{"role":"user","content":"hi"}]}',
    );
  });

  it('under the name that each channel knows it by', async () => {
    fleet = await sail({
      routes: [{ rewrite: { '*': 'general', claude: 'claude-x', google: 'gemini-x' } }],
      channels: {
        a: { answers: json({}, 503) },
        claude: { answers: json({}, 503), provider: 'anthropic' },
        google: { answers: gemini, provider: 'gemini' },
      },
    });
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 200);
    assert.equal(bodyAt('a')['model'], 'general');
    assert.equal(bodyAt('claude')['model'], 'claude-x');
    assert.equal(fleet.at['google']?.asked[0]?.path, '/v1beta/models/gemini-x:generateContent');
  });

  it('in turn over channels of different formats, and each client sees only its own', async () => {
    fleet = await sail({
      routes: [{ strategy: 'round_robin' }],
      channels: {
        a: { answers: chat },
        claude: { answers: messages, provider: 'anthropic', models: ['gpt-4o'] },
      },
    });
    for (let time = 0; time < 6; time += 1) {
      const body = (await (await toOpenai(ask.chat('gpt-4o'))).json()) as typeof answers.chat;
      assert.equal(body.choices[0].message.content, 'hello');
    }
    assert.deepEqual(fleet.asked(), { a: 3, claude: 3 });
  });

  it('as often as the weights say', async () => {
    fleet = await sail({
      routes: [{ strategy: 'round_robin' }],
      channels: { a: { answers: chat, weight: 3 }, b: { answers: chat } },
    });
    for (let time = 0; time < 8; time += 1) await toOpenai(ask.chat('gpt-4o'));
    assert.deepEqual(fleet.asked(), { a: 6, b: 2 });
  });

  it('to no channel that is switched off', async () => {
    fleet = await sail({
      routes: [{ channels: ['a', 'b'], fallback: ['c'] }],
      channels: {
        a: { answers: chat, enabled: false },
        b: { answers: json({}, 503) },
        c: { answers: chat, enabled: false },
      },
    });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 503);
    assert.deepEqual(fleet.asked(), { a: 0, b: 1, c: 0 });
  });
});

describe('the key is', () => {
  it("each of the channel's own in turn, never the client's", async () => {
    fleet = await sail({ channels: { a: { answers: chat, apiKeys: ['one', 'two', 'three'] } } });
    for (let time = 0; time < 4; time += 1)
      await toOpenai(ask.chat('gpt-4o'), {
        authorization: 'Bearer client-canary',
        'openai-organization': 'client-organization',
      });
    const asked = fleet.at['a']?.asked ?? [];
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      ['Bearer one', 'Bearer two', 'Bearer three', 'Bearer one'],
    );
    const sent = JSON.stringify(asked.map(({ headers }) => headers));
    assert.equal(/client-(?:canary|organization)/.test(sent), false);
  });

  it("the client's, where the channel has none", async () => {
    fleet = await sail({ channels: { a: { answers: chat, apiKeys: [] } } });
    await toOpenai(ask.chat('gpt-4o'), { authorization: 'Bearer client-canary' });
    assert.equal(fleet.at['a']?.asked[0]?.headers.authorization, 'Bearer client-canary');
  });

  const fallbacks = [
    { name: 'another vendor', provider: 'anthropic', key: 'x-api-key' },
    { name: 'an imitation', provider: 'openai-compatible', key: 'authorization' },
  ] as const;
  for (const { name, provider, key } of fallbacks) {
    it(`that of the fallback at ${name}, and the client's does not go there`, async () => {
      fleet = await sail({
        routes: [{ channels: ['a'], fallback: ['b'] }],
        channels: {
          a: { answers: json({}, 503), apiKeys: [] },
          b: { answers: provider === 'anthropic' ? messages : chat, provider },
        },
      });
      const response = await toOpenai(ask.chat('gpt-4o'), {
        authorization: 'Bearer client-canary',
      });
      assert.equal(response.status, 200);
      const headers = fleet.at['b']?.asked[0]?.headers ?? {};
      assert.match(String(headers[key]), /key-of-b$/);
      assert.equal(JSON.stringify(headers).includes('client-canary'), false);
    });

    it(`not sent to ${name} after a failure, when it is the client's`, async () => {
      fleet = await sail({
        routes: [{ channels: ['a'], fallback: ['b'] }],
        channels: {
          a: { answers: json({}, 503) },
          b: { answers: chat, provider, apiKeys: [] },
        },
      });
      const response = await toOpenai(ask.chat('gpt-4o'), {
        authorization: 'Bearer client-canary',
      });
      assert.equal(response.status, 503);
      assert.deepEqual(fleet.asked(), { a: 1, b: 0 });
    });
  }
});

describe('a conversation', () => {
  const over = (strategy: 'round_robin' | 'failover', affinity = true): Promise<Fleet> =>
    sail({
      affinity,
      routes: [{ strategy }],
      channels: { a: { answers: chat }, b: { answers: chat }, c: { answers: chat } },
    });

  async function channelsOf(...bodies: readonly unknown[]): Promise<readonly (string | null)[]> {
    const ids: (string | null)[] = [];
    for (const body of bodies) ids.push((await toOpenai(body)).headers.get('x-dragoman-channel'));
    return ids;
  }

  it('that goes on stays with the channel that began it, and others take turns', async () => {
    fleet = await over('round_robin');
    const other = ask.chat('gpt-4o-mini');
    const ids = await channelsOf(ask.chat('gpt-4o'), other, continued, continued, other, continued);
    assert.equal(new Set([ids[0], ids[2], ids[3], ids[5]]).size, 1);
    assert.notEqual(ids[1], ids[0]);
  });

  it('that is new and short takes its turn, however often it is asked', async () => {
    fleet = await over('round_robin');
    await channelsOf(...Array.from({ length: 6 }, () => ask.chat('gpt-4o')));
    assert.deepEqual(fleet.asked(), { a: 2, b: 2, c: 2 });
  });

  it('goes to another channel when its own fails, and stays there', async () => {
    fleet = await over('round_robin');
    const [first] = await channelsOf(ask.chat('gpt-4o'));
    fleet.at[first ?? '']?.answer(json({}, 503, { 'retry-after': '60' }));
    const ids = await channelsOf(continued, continued, continued);
    assert.equal(new Set(ids).size, 1);
    assert.notEqual(ids[0], first);
  });

  it('takes its turn like any other when that is switched off', async () => {
    fleet = await over('round_robin', false);
    await channelsOf(continued, continued, continued);
    assert.deepEqual(fleet.asked(), { a: 1, b: 1, c: 1 });
  });

  it('changes nothing of an order that is meant', async () => {
    fleet = await over('failover');
    fleet.at['a']?.answer(json({}, 503));
    assert.deepEqual(await channelsOf(continued), ['b']);
    fleet.at['a']?.answer(chat);
    assert.deepEqual(await channelsOf(continued), ['a']);
  });
});
