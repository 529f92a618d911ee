/** The client's key reaches the provider in its own header and nowhere else. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answers, json } from './scripted-upstream.ts';
import { ask, clients, post, type Setup, setUp } from './setup.ts';

const ways = [
  { name: 'Authorization', headers: { authorization: 'Bearer secret-canary' }, query: '' },
  { name: 'x-api-key', headers: { 'x-api-key': 'secret-canary' }, query: '' },
  { name: 'x-goog-api-key', headers: { 'x-goog-api-key': 'secret-canary' }, query: '' },
  { name: '?key=', headers: {}, query: '?key=secret-canary' },
];

const upstreams = [
  {
    model: 'gpt-4o',
    answer: answers.chat,
    header: 'authorization',
    value: 'Bearer secret-canary',
    path: /^\/v1\/chat\/completions$/,
  },
  {
    model: 'claude-sonnet-4-5',
    answer: answers.messages,
    header: 'x-api-key',
    value: 'secret-canary',
    path: /^\/v1\/messages$/,
  },
  {
    model: 'gemini-2.5-flash',
    answer: answers.gemini,
    header: 'x-goog-api-key',
    value: 'secret-canary',
    path: /^\/v1beta\/models\/gemini-2.5-flash:generateContent$/,
  },
];

describe('credentials', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp();
  });
  after(() => setup.close());

  for (const way of ways) {
    for (const client of clients) {
      for (const upstream of upstreams) {
        it(`in ${way.name} of ${client.name} reach ${upstream.model} in ${upstream.header} only`, async () => {
          setup.upstream.answer(json(upstream.answer));
          const response = await post(
            setup.url + client.door(upstream.model) + way.query,
            client.body(upstream.model),
            way.headers,
          );
          assert.equal(response.status, 200, await response.clone().text());
          const [asked] = setup.upstream.asked;
          assert.ok(asked !== undefined);
          assert.equal(asked.headers[upstream.header], upstream.value);
          assert.match(asked.path, upstream.path);
          const carriers = Object.entries(asked.headers).filter(([, value]) =>
            String(value).includes('secret-canary'),
          );
          assert.deepEqual(
            carriers.map(([name]) => name),
            [upstream.header],
          );
          assert.equal(asked.body.includes('secret-canary'), false);
        });
      }
    }
  }

  it('of a Claude login stay a bearer token', async () => {
    setup.upstream.answer(json(answers.messages));
    await post(`${setup.url}/v1/messages`, ask.messages('claude-sonnet-4-5'), {
      authorization: 'Bearer sk-ant-oat01-canary',
    });
    assert.equal(setup.upstream.asked[0]?.headers.authorization, 'Bearer sk-ant-oat01-canary');
    assert.equal(setup.upstream.asked[0]?.headers['x-api-key'], undefined);
  });

  it('and cookies, addresses and unknown headers of the client do not cross', async () => {
    setup.upstream.answer(
      json(answers.messages, 200, { 'set-cookie': 'a=b', server: 'x', 'request-id': 'req_1' }),
    );
    const response = await post(`${setup.url}/v1/messages`, ask.messages('claude-sonnet-4-5'), {
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'x-other': '1',
      'anthropic-beta': 'context-1m-2025-08-07',
    });
    const headers = setup.upstream.asked[0]?.headers ?? {};
    assert.equal(headers['anthropic-beta'], 'context-1m-2025-08-07');
    for (const name of ['cookie', 'x-forwarded-for', 'x-other'])
      assert.equal(headers[name], undefined, name);
    assert.equal(response.headers.get('request-id'), 'req_1');
    assert.equal(response.headers.get('set-cookie'), null);
  });
});
