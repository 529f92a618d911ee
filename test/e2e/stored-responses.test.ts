/** Conversations that go on by `previous_response_id` alone, with providers that remember nothing, in OpenAI's own library. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { platform } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { defaultSettings, type Settings } from '../../packages/gateway/src/model/settings.ts';
import {
  startRedis,
  whyNoRedis,
} from '../../packages/gateway/src/stores/limits/testing/redis-server.ts';
import { type Fleet, sail } from './fleet.ts';
import { type Foreign, foreignProviders, oneTurn, toolRound } from './remembering.ts';
import { answers, json, type Script } from './scripted-upstream.ts';

const noOneElse =
  platform() === 'linux' ? false : 'connections are spread over workers on Linux only';

describe('stored responses', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(
    provider: Foreign['provider'],
    script: Script,
    settings: Partial<Omit<Settings, 'channels' | 'routes'>> = {},
  ): Promise<OpenAI> {
    fleet = await sail({ channels: { main: { provider, answers: script } }, ...settings });
    return clientWith('k');
  }

  function clientWith(apiKey: string): OpenAI {
    return new OpenAI({ apiKey, baseURL: `${fleet?.url}/v1`, maxRetries: 0 });
  }

  function asked(): readonly Record<string, unknown>[] {
    return (fleet?.at['main']?.asked ?? []).map(({ body }) => JSON.parse(String(body)));
  }

  async function ask(openai: OpenAI, previous?: string, more: object = {}) {
    return openai.responses.create({
      model: 'claude-sonnet-4-5',
      input: 'hi',
      ...(previous === undefined ? {} : { previous_response_id: previous }),
      ...more,
    });
  }

  const notFound = (id: string) => (cause: unknown) => {
    assert.ok(cause instanceof OpenAI.BadRequestError);
    assert.equal(cause.code, 'previous_response_not_found');
    assert.equal(cause.param, 'previous_response_id');
    assert.match(cause.message, new RegExp(`Previous response with id '${id}' not found\\.`));
    return true;
  };

  for (const workers of [1, 2])
    it(`are counted on the metrics page once, whoever kept them: ${workers} workers`, async () => {
      const responses = { ...defaultSettings.responses, perOwnerMax: 3 };
      const openai = await start('anthropic', json(answers.messages), { workers, responses });
      for (let answer = 0; answer < 4; answer += 1) await ask(openai);
      const page = await (await fetch(`${fleet?.metricsUrl}/metrics`)).text();
      assert.match(page, /^dragoman_stored_responses 3$/m);
      assert.match(page, /^dragoman_stored_responses_bytes [1-9]\d+$/m);
      assert.match(page, /^dragoman_stored_responses_dropped_total\{bound="per_key"\} 1$/m);
    });

  for (const foreign of foreignProviders) {
    for (const stream of [false, true]) {
      it(`carry five turns with tools to ${foreign.provider}, ${stream ? 'streamed' : 'whole'}`, async () => {
        const openai = await start(foreign.provider, foreign.calling(stream), { workers: 2 });
        const first = await oneTurn(openai, foreign.model, { stream, input: 'weather in Oslo?' });
        let last = first;
        for (const city of ['Bergen', 'Bodø'])
          last = await toolRound(openai, foreign.model, { stream, last, city });
        fleet?.at['main']?.answer(foreign.speaking(stream));
        const spoken = await toolRound(openai, foreign.model, { stream, last, city: 'Oslo' });
        assert.equal(spoken.output_text, 'hello');
        const end = await oneTurn(openai, foreign.model, {
          stream,
          input: 'thanks',
          previous_response_id: spoken.id,
        });
        assert.equal(end.output_text, 'hello');
        assert.equal(end.previous_response_id, spoken.id);
        foreign.checkWhole(asked().at(-1) ?? {});
      });
    }
  }

  it('are found by every worker', { skip: noOneElse }, async () => {
    await start('anthropic', json(answers.messages), { workers: 2 });
    const served = new Set<string>();
    let previous: string | null = null;
    for (let turn = 0; turn < 12; turn += 1) {
      const body = {
        model: 'claude-sonnet-4-5',
        input: `turn ${turn}`,
        previous_response_id: previous,
      };
      const id = await idFromAnyWorker(`${fleet?.url}/v1/responses`, body);
      served.add(id);
      previous = id;
    }
    assert.equal(served.size, 12);
    const { messages } = asked().at(-1) as { messages: unknown[] };
    assert.equal(messages.length, 23);
  });

  it('do not carry instructions on', async () => {
    const openai = await start('anthropic', json(answers.messages));
    const first = await ask(openai, undefined, { instructions: 'be brief' });
    await ask(openai, first.id);
    assert.deepEqual(
      asked().map(({ system }) => system !== undefined),
      [true, false],
    );
  });

  it('belong to the key that made them', async () => {
    const openai = await start('anthropic', json(answers.messages));
    const { id } = await ask(openai);
    const other = clientWith('another');
    await assert.rejects(() => ask(other, id), notFound(id));
    await assert.rejects(() => other.responses.retrieve(id), OpenAI.NotFoundError);
    await assert.rejects(() => other.responses.delete(id), OpenAI.NotFoundError);
    assert.equal((await openai.responses.retrieve(id)).id, id);
  });

  it('are unknown once they expire, and never known when nobody made them', async () => {
    const responses = { ...defaultSettings.responses, ttlMs: 300 };
    const openai = await start('anthropic', json(answers.messages), { responses });
    const { id } = await ask(openai);
    await sleep(400);
    await assert.rejects(() => ask(openai, id), notFound(id));
    for (const unknown of ['resp_0', `resp_dragoman_${'0'.repeat(32)}`])
      await assert.rejects(() => ask(openai, unknown), notFound(unknown));
    assert.equal(fleet?.at['main']?.asked.length, 1);
  });

  it('make room for newer ones, and a conversation that goes on stays whole', async () => {
    const responses = { ...defaultSettings.responses, perOwnerMax: 2 };
    const openai = await start('anthropic', json(answers.messages), { responses });
    const first = await ask(openai);
    const second = await ask(openai, first.id);
    const third = await ask(openai, second.id);
    await assert.rejects(() => ask(openai, first.id), notFound(first.id));
    await ask(openai, third.id);
    assert.equal((asked().at(-1) as { messages: unknown[] }).messages.length, 7);
  });

  it('are not those that are not to be stored, are too large, or when they are switched off', async () => {
    const responses = { ...defaultSettings.responses, bytesEachMax: 2_000 };
    const openai = await start('anthropic', json(answers.messages), { responses });
    const unstored = await ask(openai, undefined, { store: false });
    assert.equal(unstored.id, 'resp_msg_1');
    await assert.rejects(() => ask(openai, unstored.id), notFound(unstored.id));
    const large = await ask(openai, undefined, { input: 'x'.repeat(3_000) });
    await assert.rejects(() => ask(openai, large.id), notFound(large.id));
    await fleet?.close();
    const off = await start('anthropic', json(answers.messages), {
      responses: { ...defaultSettings.responses, store: 'off' },
    });
    const { id } = await ask(off);
    assert.equal(id, 'resp_msg_1');
    await assert.rejects(() => ask(off, id), /send the whole conversation/);
  });

  it('count with all that went before where tokens are limited', async () => {
    const limits = [
      {
        by: 'all',
        match: undefined,
        tokens: 1_000,
        requests: undefined,
        concurrency: undefined,
        windowMs: 60_000,
      },
    ] as const;
    const openai = await start('anthropic', json(answers.messages), { limits });
    const words = 'one two three four '.repeat(150);
    const first = await ask(openai, undefined, { input: words, max_output_tokens: 16 });
    const second = await ask(openai, first.id, {
      input: words.slice(0, 500),
      max_output_tokens: 16,
    });
    assert.equal(second.output_text, 'hello');
    const third = ask(openai, second.id, { input: words.slice(0, 1_500), max_output_tokens: 16 });
    await assert.rejects(third, /limit/);
    assert.equal((await ask(openai, undefined, { max_output_tokens: 16 })).output_text, 'hello');
  });

  it('are read again with what was asked, and deleted', async () => {
    const openai = await start('anthropic', json(answers.messages));
    const first = await ask(openai, undefined, { metadata: { a: 'b' } });
    const second = await ask(openai, first.id, {
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'and then?' }] }],
    });
    const read = await openai.responses.retrieve(second.id);
    assert.deepEqual(read, second);
    const items = [];
    for await (const item of openai.responses.inputItems.list(second.id, {
      order: 'asc',
      limit: 2,
    }))
      items.push(item);
    assert.deepEqual(
      items.map((item) => item.type === 'message' && item.content),
      [
        [{ type: 'input_text', text: 'hi' }],
        first.output[0]?.type === 'message' && first.output[0].content,
        [{ type: 'input_text', text: 'and then?' }],
      ],
    );
    await openai.responses.delete(first.id);
    await assert.rejects(() => openai.responses.retrieve(first.id), OpenAI.NotFoundError);
    await assert.rejects(() => ask(openai, first.id), notFound(first.id));
    assert.equal((await ask(openai, second.id)).output_text, 'hello');
  });

  it('go on with a provider that keeps its own, and from there at the channel that has them', async () => {
    const native = (id: string): Script => json({ ...responsesAnswer, id });
    fleet = await sail({
      channels: {
        claude: { provider: 'anthropic', answers: json(answers.messages) },
        first: { answers: native('resp_first') },
        second: { answers: native('resp_second') },
      },
      routes: [
        { models: ['claude-*'], channels: ['claude'] },
        { models: ['gpt-*'], channels: ['first', 'second'], strategy: 'round_robin' },
      ],
    });
    const openai = clientWith('k');
    const { id } = await ask(openai);
    const moved = await ask(openai, id, { model: 'gpt-5' });
    const home = moved.id.replace('resp_', '');
    const [body] = (fleet.at[home]?.asked ?? []).map(({ body }) => JSON.parse(String(body)));
    assert.equal(body.previous_response_id, undefined);
    assert.equal(body.input.length, 3);
    for (let turn = 0; turn < 4; turn += 1)
      assert.equal((await ask(openai, moved.id, { model: 'gpt-5' })).id, moved.id);
    const untouched = JSON.parse(String(fleet.at[home]?.asked.at(-1)?.body));
    assert.equal(untouched.previous_response_id, moved.id);
  });

  const skip = whyNoRedis() ?? false;
  it('are shared by gateways through Redis, and named when Redis is gone', { skip }, async () => {
    const redis = await startRedis();
    const settings = {
      redisUrl: redis.url,
      responses: { ...defaultSettings.responses, store: 'redis' },
    } as const;
    let other: Fleet | undefined;
    try {
      const openai = await start('anthropic', json(answers.messages), settings);
      const { id, output } = await ask(openai);
      other = await sail({
        channels: { main: { provider: 'anthropic', answers: json(answers.messages) } },
        ...settings,
      });
      const elsewhere = new OpenAI({ apiKey: 'k', baseURL: `${other.url}/v1`, maxRetries: 0 });
      assert.equal((await ask(elsewhere, id)).previous_response_id, id);
      const item = { type: 'item_reference', id: output[0]?.id };
      await ask(elsewhere, undefined, { input: [item, { role: 'user', content: 'and?' }] });
      assert.match(String(other.at['main']?.asked.at(-1)?.body), /"hello".*"and\?"/);
      await assert.rejects(() => ask(clientWith('another'), id), notFound(id));
      await redis.kill();
      await assert.rejects(
        () => ask(openai, id),
        (cause) =>
          cause instanceof OpenAI.APIError &&
          cause.status === 503 &&
          cause.code === 'responses_unavailable',
      );
      assert.equal((await ask(openai)).output_text, 'hello');
    } finally {
      await other?.close();
      await redis.close();
    }
  });
});

const responsesAnswer = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-5',
  output: [],
  usage: null,
};

/** A connection of its own may come to any worker. */
async function idFromAnyWorker(url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const request = httpRequest(url, { method: 'POST', headers, agent: false });
  request.end(JSON.stringify(body));
  const [answer]: IncomingMessage[] = await once(request, 'response');
  assert.equal(answer?.statusCode, 200);
  const { id } = JSON.parse(await text(answer)) as { id: string };
  return id;
}
