/** Tokens counted in every dialect and for every model: by the upstream where it can, else by the gateway. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import type { KeySettings } from '../../packages/gateway/src/model/settings.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, json, type Script } from './scripted-upstream.ts';
import { ask, clients, post } from './setup.ts';

type Plan = Parameters<typeof sail>[0];
type Json = { readonly [key: string]: unknown };

const messages = [{ role: 'user' as const, content: 'How many tokens are these words?' }];
/** Seconds. */
const impatient = { 'x-stainless-timeout': '1' };
const countPath = '/v1/messages/count_tokens';
const geminiPath = (model: string): string => `/v1beta/models/${model}:countTokens`;

const plan: Plan = {
  channels: {
    openai: { answers: json(answers.chat) },
    claude: { provider: 'anthropic', answers: json({ input_tokens: 42 }) },
    google: { provider: 'gemini', answers: json({ totalTokens: 24 }) },
  },
  routes: [{ models: ['best'], channels: ['claude'], rewrite: { '*': 'claude-sonnet-4-5' } }],
};

describe('counting tokens', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(changes: Partial<Plan> = {}): Promise<Fleet> {
    fleet = await sail({ ...plan, ...changes });
    return fleet;
  }

  function anthropic(apiKey = 'k'): Anthropic {
    return new Anthropic({ apiKey, baseURL: fleet?.url ?? '', maxRetries: 0 });
  }

  it('asks the upstream by the name that it knows, with Anthropic’s own library', async () => {
    const { at } = await start();
    const { data, response } = await anthropic()
      .messages.countTokens({ model: 'best', messages, system: 'Be brief.' })
      .withResponse();
    assert.equal(data.input_tokens, 42);
    assert.equal(response.headers.get('x-dragoman-estimated'), null);
    assert.equal(response.headers.get('x-dragoman-channel'), 'claude');
    const [asked] = at['claude']?.asked ?? [];
    assert.equal(asked?.path, countPath);
    assert.equal(asked.headers['x-api-key'], 'key-of-claude');
    assert.deepEqual(JSON.parse(asked.body.toString()), {
      model: 'claude-sonnet-4-5',
      messages,
      system: 'Be brief.',
    });
  });

  it('asks the upstream with Google’s own library', async () => {
    const { url, at } = await start();
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
    const counted = await client.models.countTokens({ model: 'gemini-2.5-flash', contents: 'hi' });
    assert.equal(counted.totalTokens, 24);
    assert.equal(at['google']?.asked[0]?.path, geminiPath('gemini-2.5-flash'));
  });

  it('counts for OpenAI’s Responses too, asked or estimated', async () => {
    const { url, at } = await start({
      channels: {
        ...plan.channels,
        openai: { answers: json({ object: 'response.input_tokens', input_tokens: 11 }) },
      },
    });
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 });
    const asked = await client.responses.inputTokens.count({ model: 'gpt-5', input: 'hi' });
    assert.equal(asked.input_tokens, 11);
    assert.equal(at['openai']?.asked[0]?.path, '/responses/input_tokens');
    const { data, response } = await client.responses.inputTokens
      .count({ model: 'claude-sonnet-4-5', input: 'hi' })
      .withResponse();
    assert.equal(response.headers.get('x-dragoman-estimated'), 'true');
    assert.ok(data.input_tokens > 0);
  });

  it('counts what a request goes on from or refers to, as its answer would', async () => {
    const { url, at } = await start();
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 });
    at['claude']?.answer(json(answers.messages));
    const long = 'many words '.repeat(1_000);
    const model = 'claude-sonnet-4-5';
    const { id, output } = await client.responses.create({ model, input: long });
    const count = (more: object) => client.responses.inputTokens.count({ model, ...more });
    const before = { role: 'user', content: long };
    const next = { role: 'user', content: 'and?' };
    const item = { type: 'item_reference', id: output[0]?.id };
    const alone = await count({ input: 'and?' });
    const whole = await count({ input: [before, ...output, next] });
    const resumed = await count({ input: 'and?', previous_response_id: id });
    const referring = await count({ input: [before, item, next] });
    assert.ok(whole.input_tokens > alone.input_tokens + 1_000, String(whole.input_tokens));
    assert.deepEqual([resumed, referring], [whole, whole]);
    const unknown = `resp_dragoman_${'0'.repeat(32)}`;
    await assert.rejects(
      () => count({ input: 'and?', previous_response_id: unknown }),
      /Previous response with id 'resp_dragoman_0+' not found/,
    );
  });

  it('asks for a count where the conversation is', async () => {
    const native = (id: string): Script =>
      json({ id, object: 'response', status: 'completed', output: [], input_tokens: 7 });
    const { url, asked } = await start({
      channels: { one: { answers: native('resp_one') }, two: { answers: native('resp_two') } },
      routes: [{ channels: ['one', 'two'], strategy: 'round_robin' }],
    });
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 });
    const { id } = await client.responses.create({ model: 'gpt-5', input: 'hi' });
    for (let turn = 0; turn < 3; turn += 1)
      await client.responses.inputTokens.count({ model: 'gpt-5', previous_response_id: id });
    assert.deepEqual(asked(), id === 'resp_one' ? { one: 4, two: 0 } : { one: 0, two: 4 });
  });

  it('hands a whole request of Gemini on as the member that it came in', async () => {
    const { url, at } = await start({ modelAliases: { flash: 'gemini-2.5-flash' } });
    const request = { ...ask.gemini(), systemInstruction: { parts: [{ text: 'Be brief.' }] } };
    const body = { generateContentRequest: { model: 'models/flash', ...request } };
    const response = await post(url + geminiPath('flash'), body);
    assert.deepEqual(await response.json(), { totalTokens: 24 });
    assert.deepEqual(JSON.parse(at['google']?.asked[0]?.body.toString() ?? ''), {
      generateContentRequest: { model: 'models/gemini-2.5-flash', ...request },
    });
  });

  it('estimates for models of other vendors without asking them, and says so', async () => {
    const { url, asked } = await start();
    const counted = await anthropic()
      .messages.countTokens({ model: 'gpt-4o', messages })
      .withResponse();
    assert.equal(counted.response.headers.get('x-dragoman-estimated'), 'true');
    const tokens = counted.data.input_tokens;
    assert.ok(tokens > 5 && tokens < 60, String(tokens));
    const long = [{ role: 'user' as const, content: 'many more words '.repeat(1_000) }];
    const more = await anthropic().messages.countTokens({ model: 'gpt-4o', messages: long });
    assert.ok(more.input_tokens > 2_000 && more.input_tokens < 6_000, String(more.input_tokens));
    const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
    const { totalTokens = 0 } = await google.models.countTokens({
      model: 'gpt-4o',
      contents: 'hi',
    });
    assert.ok(totalTokens > 0);
    const whole = await post(url + geminiPath('gpt-4o'), {
      generateContentRequest: { model: 'models/gpt-4o', ...ask.gemini() },
    });
    assert.equal(whole.headers.get('x-dragoman-estimated'), 'true');
    assert.deepEqual(asked(), { openai: 0, claude: 0, google: 0 });
  });

  const failures: readonly (readonly [string, Script])[] = [
    ['500', json({ type: 'error', error: { type: 'api_error', message: 'no' } }, 500)],
    ['429', json({ type: 'error', error: { type: 'rate_limit_error', message: 'no' } }, 429)],
    ['404', json({ detail: 'Not Found' }, 404)],
    ['401 to a key of the gateway’s own', json({ error: { message: 'no' } }, 401)],
    ['a page', (response) => void response.end('<html>')],
    ['JSON that counts nothing', json({ ok: true })],
    ['a lost connection', (response) => void response.socket?.destroy()],
    ['nothing in time', () => new Promise(() => undefined)],
  ];

  for (const [what, script] of failures) {
    it(`estimates where the upstream answers with ${what}`, async () => {
      const { url } = await start({
        channels: { claude: { provider: 'anthropic', answers: script } },
      });
      const response = await post(
        url + countPath,
        { model: 'claude-sonnet-4-5', messages },
        impatient,
      );
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-dragoman-estimated'), 'true');
      assert.ok(((await response.json()) as { input_tokens: number }).input_tokens > 0);
      // It generates for all that anybody knows.
      const generated = await post(
        `${url}/v1/messages`,
        ask.messages('claude-sonnet-4-5'),
        impatient,
      );
      assert.notEqual(generated.headers.get('x-dragoman-channel'), null);
    });
  }

  it('tells of a request that is wrong, by the upstream’s words or the gateway’s', async () => {
    const refusal = {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'odd tool' },
    };
    const { url } = await start({
      channels: {
        ...plan.channels,
        claude: { provider: 'anthropic', answers: json(refusal, 400) },
      },
    });
    const told = await post(url + countPath, { model: 'claude-sonnet-4-5', messages });
    assert.deepEqual([told.status, await told.json()], [400, refusal]);
    for (const body of [
      '{',
      { model: 'gpt-4o' },
      { messages },
      { model: 'gpt-4o', messages: [{ role: 'user', content: 7 }] },
    ]) {
      const response = await post(url + countPath, body);
      assert.equal(response.status, 400, JSON.stringify(body));
      assert.ok(clients[1].isError((await response.json()) as Json));
    }
    const gemini = await post(url + geminiPath('gpt-4o'), { contents: 7 });
    assert.equal(gemini.status, 400);
    assert.ok(clients[2].isError((await gemini.json()) as Json));
    const got = await fetch(url + countPath);
    assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
    assert.ok(clients[1].isError((await got.json()) as Json));
  });

  it('counts a body of another format at its door, in the words of the door', async () => {
    const { url, asked } = await start();
    const body = { ...ask.chat('claude-sonnet-4-5'), max_completion_tokens: 9 };
    const response = await post(url + countPath, body);
    assert.equal(response.headers.get('x-dragoman-estimated'), 'true');
    assert.deepEqual(Object.keys((await response.json()) as Json), ['input_tokens']);
    assert.equal(asked()['claude'], 0);
  });

  it('is one request where these are limited, and takes nothing from limits of tokens and budgets', async () => {
    const secret = newSecret();
    const pepper = 'a pepper that is long enough to be one';
    const key: KeySettings = {
      name: 'team-a',
      hash: hashSecret(Buffer.from(pepper), secret),
      user: undefined,
      channels: undefined,
      models: ['gpt-*', 'claude-*'],
      limits: {
        tokensPerWindow: 100,
        requestsPerWindow: 3,
        budgetMicroUsd: 10_000,
        budgetPeriod: 'total',
      },
      expiresAt: undefined,
    };
    const { url } = await start({ keys: [key], pepper });
    const long = [{ role: 'user', content: 'many more words '.repeat(1_000) }];
    const count = (model: string, sent = secret): Promise<Response> =>
      post(url + countPath, { model, messages: long }, { 'x-api-key': sent });
    assert.equal((await count('gpt-4o', 'dgm_unknown')).status, 401);
    assert.equal((await count('gemini-2.5-flash')).status, 403);
    for (const left of ['2', '1', '0']) {
      const response = await count('gpt-without-a-price');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('anthropic-ratelimit-requests-remaining'), left);
      assert.equal(response.headers.get('anthropic-ratelimit-tokens-remaining'), null);
    }
    const refused = await count('gpt-4o');
    assert.equal(refused.status, 429);
    assert.ok(clients[1].isError((await refused.json()) as Json));
  });

  it('passes a client’s own key on, and says when the vendor refuses it', async () => {
    const refusal = { type: 'error', error: { type: 'authentication_error', message: 'bad key' } };
    const { at } = await start({
      channels: { claude: { provider: 'anthropic', apiKeys: [], answers: json(refusal, 401) } },
      routes: [{}],
    });
    const question = { model: 'claude-sonnet-4-5', messages };
    await assert.rejects(
      anthropic('mine').messages.countTokens(question),
      Anthropic.AuthenticationError,
    );
    assert.equal(at['claude']?.asked[0]?.headers['x-api-key'], 'mine');
    const keyless = await post(`${fleet?.url}${countPath}`, question);
    assert.equal(keyless.headers.get('x-dragoman-estimated'), 'true');
    assert.equal(at['claude']?.asked.length, 1);
  });

  it('has a model that no route serves in no dialect', async () => {
    const { url } = await start({
      channels: { claude: { provider: 'anthropic', answers: json({ input_tokens: 1 }) } },
    });
    const response = await post(url + countPath, { model: 'nothing', messages });
    assert.equal(response.status, 404);
    assert.ok(clients[1].isError((await response.json()) as Json));
  });
});
