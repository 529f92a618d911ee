/** Limits through the running gateway: what is admitted, what clients are told, what is given back. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { LimitSettings } from '../../packages/gateway/src/model/settings.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, json, type Script, sse } from './scripted-upstream.ts';
import { ask, clients, post } from './setup.ts';

const rule: LimitSettings = {
  by: 'all',
  match: undefined,
  tokens: undefined,
  requests: undefined,
  concurrency: undefined,
  windowMs: 60_000,
};

/** Every answer costs 100 tokens. */
const hundred = {
  ...answers.chat,
  usage: { prompt_tokens: 60, completion_tokens: 40, total_tokens: 100 },
};

const keys = { a: { authorization: 'Bearer key-a' }, b: { authorization: 'Bearer key-b' } };

describe('limits', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(
    settings: Partial<Parameters<typeof sail>[0]>,
    script: Script = json(hundred),
  ): Promise<Fleet> {
    fleet = await sail({ channels: { a: { answers: script } }, ...settings });
    return fleet;
  }

  function chat(headers: Record<string, string> = {}, more: object = {}): Promise<Response> {
    const url = `${fleet?.url}/v1/chat/completions`;
    return post(url, { ...ask.chat('gpt-4o'), max_tokens: 40, ...more }, headers);
  }

  const thousand = { rateLimiting: { enabled: true, windowMinutes: 60, tokensMax: 1_000 } };

  it('of tokens let a user use what there is, by what the upstream counted, and no more', async () => {
    await start(thousand);
    const statuses: number[] = [];
    for (let request = 0; request < 12; request += 1) statuses.push((await chat(keys.a)).status);
    assert.deepEqual(statuses, [...Array(10).fill(200), 429, 429]);
    assert.equal(fleet?.at['a']?.asked.length, 10);
    assert.equal((await chat(keys.b)).status, 200);
  });

  it('are told with every answer, and with the refusal when to come again', async () => {
    await start(thousand);
    const first = await chat(keys.a);
    assert.equal(first.headers.get('x-ratelimit-limit-tokens'), '1000');
    for (let request = 1; request < 10; request += 1) await chat(keys.a);
    const refused = await chat(keys.a);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('x-ratelimit-remaining-tokens'), '0');
    const retryAfter = Number(refused.headers.get('retry-after'));
    assert.ok(retryAfter > 3_000 && retryAfter <= 3_700, String(retryAfter));
    const metrics = await (await fetch(`${fleet?.metricsUrl}/metrics`)).text();
    assert.match(metrics, /rate_limit_exceeded_total\{[^}]*by="user"[^}]*\} 1/);
  });

  for (const { name, door, body, isError, message } of clients) {
    it(`refuse a client of ${name} in its own words`, async () => {
      await start({ limits: [{ ...rule, by: 'key', requests: 1 }] });
      const url = `${fleet?.url}${door('gpt-4o')}`;
      await post(url, body('gpt-4o'), keys.a);
      const refused = await post(url, body('gpt-4o'), keys.a);
      assert.equal(refused.status, 429);
      const told: unknown = await refused.json();
      assert.ok(isError(told as never), JSON.stringify(told));
      assert.match(message(told as never), /limit of this key of 1 requests in 1 min/);
    });
  }

  it("of a key are not lifted by a user's name", async () => {
    await start(thousand);
    const statuses: number[] = [];
    for (let request = 0; request < 12; request += 1)
      statuses.push((await chat({ ...keys.a, user: `user-${request}` })).status);
    assert.equal(statuses.filter((status) => status === 200).length, 10);
  });

  it("of a user follow it from key to key, by the header or the format's own field", async () => {
    await start({ limits: [{ ...rule, by: 'user', requests: 2 }] });
    assert.equal((await chat({ ...keys.a, user: 'alice' })).status, 200);
    assert.equal((await chat(keys.b, { user: 'alice' })).status, 200);
    assert.equal((await chat({ ...keys.b, user: 'alice' })).status, 429);
    assert.equal((await chat({ ...keys.b, user: 'bob' })).status, 200);
  });

  it('of requests admit exactly so many of a thousand at once', async () => {
    await start({ limits: [{ ...rule, requests: 10 }] });
    const sent = Array.from({ length: 1_000 }, () => chat(keys.a));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 10);
    assert.equal(fleet?.at['a']?.asked.length, 10);
  });

  it('of tokens never admit more at once than there are', async () => {
    await start({ limits: [{ ...rule, tokens: 1_000 }] });
    const sent = Array.from({ length: 200 }, () => chat(keys.a, { max_tokens: 80 }));
    await Promise.all(sent);
    const asked = fleet?.at['a']?.asked.length ?? 0;
    assert.ok(asked >= 5 && asked <= 10, `${asked} were admitted`);
  });

  it('of what runs give a place back however the request ends', async () => {
    let turn = 0;
    const ends: readonly Script[] = [
      json(hundred),
      json({ error: { message: 'no', type: 'invalid_request_error' } }, 400),
      (response) => {
        response.destroy();
      },
      (response) => {
        sse(response);
        response.write('data: {"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
        response.destroy();
      },
    ];
    await start({ limits: [{ ...rule, concurrency: 1 }], attemptsMax: 1 }, (response, asked) => {
      const script = ends[turn % ends.length];
      turn += 1;
      return script?.(response, asked);
    });
    for (let request = 0; request < 40; request += 1) {
      const response = await chat(keys.a);
      await response.text().catch(() => '');
      assert.notEqual(response.status, 429);
    }
  });

  it('count nothing for what no upstream worked on', async () => {
    const limits = [{ ...rule, tokens: 10_000, requests: 100 }];
    await start({ limits, attemptsMax: 1 }, json({ error: { message: 'down' } }, 503));
    for (let request = 0; request < 5; request += 1) await chat(keys.a);
    fleet?.at['a']?.answer(json(hundred));
    const { headers } = await chat(keys.a);
    // The answer's own reservation is all that is counted: nothing of the failures is left.
    assert.equal(headers.get('x-ratelimit-remaining-requests'), '99');
  });

  it('refuse what no window will ever hold with 400, and ask nobody', async () => {
    await start({ limits: [{ ...rule, tokens: 50 }] });
    const messages = [{ role: 'user', content: 'many words '.repeat(200) }];
    const refused = await chat(keys.a, { messages });
    assert.equal(refused.status, 400);
    assert.match(
      await refused.text(),
      /needs at least \d+ tokens, and the limit of all together is 50/,
    );
    assert.deepEqual(fleet?.asked(), { a: 0 });
  });

  it('of a channel send requests to another one', async () => {
    fleet = await sail({
      channels: { a: { answers: json(hundred) }, b: { answers: json(hundred) } },
      limits: [{ ...rule, by: 'channel', match: ['a'], requests: 2 }],
    });
    for (let request = 0; request < 5; request += 1) assert.equal((await chat(keys.a)).status, 200);
    assert.deepEqual(fleet.asked(), { a: 2, b: 3 });
    const metrics = await (await fetch(`${fleet.metricsUrl}/metrics`)).text();
    assert.match(metrics, /rate_limit_exceeded_total\{[^}]*by="channel"[^}]*\} 3/);
  });

  it('count a stream that reports no usage by what it said', async () => {
    const words = Array.from({ length: 50 }, (_, index) => ` word${index}`);
    await start({ limits: [{ ...rule, tokens: 100_000 }] }, (response) => {
      sse(response);
      for (const content of words)
        response.write(
          `data: ${JSON.stringify({ id: '1', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`,
        );
      response.end(
        `data: ${JSON.stringify({ id: '1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
      );
    });
    await (await chat(keys.a, { stream: true, max_tokens: 1 })).text();
    let used = 0;
    for (let look = 0; look < 100 && used < 90; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { headers } = await chat(keys.a, { stream: true, max_tokens: 1 });
      used = 100_000 - Number(headers.get('x-ratelimit-remaining-tokens'));
    }
    assert.ok(used >= 90, `${used} tokens are counted`);
  });
});
