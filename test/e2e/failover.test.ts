/** What a client sees, and who is asked, when channels fail before they answered. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { ask, clients, post } from './setup.ts';

const chat = json(answers.chat);
const messages = json(answers.messages);
const silent: Script = () => {};
const cutOff: Script = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"id":');
  response.destroy();
};
const stream: Script = (response) => {
  sse(response);
  response.end(chatStream.start + chatStream.text('hello') + chatStream.finish + chatStream.done);
};

let fleet: Fleet;
afterEach(() => fleet.close());

const toOpenai = (body: unknown, headers?: Record<string, string>): Promise<Response> =>
  post(`${fleet.url}/v1/chat/completions`, body, headers);
const attemptsOf = (response: Response): string | null =>
  response.headers.get('x-dragoman-attempts');

describe('another channel answers', () => {
  const failures: readonly (readonly [name: string, answer: Script, result: string])[] = [
    ['status 500', json({ error: { message: 'oops' } }, 500), '500'],
    ['status 503', json({}, 503), '503'],
    ['status 529', json({}, 529), '529'],
    ['status 429', json({}, 429, { 'retry-after': '60' }), '429'],
    ['status 401', json({}, 401), '401'],
    ['status 403', json({}, 403), '403'],
    ['a wrong key by status 400', json({ error: { message: 'API key not valid' } }, 400), '400'],
    ['a cut answer', cutOff, 'reset'],
    ['a page', (response) => void response.end('<html></html>'), 'invalid'],
    ['an empty answer', (response) => void response.end(), 'invalid'],
    ['an error with status 200', json({ error: { message: 'slow', code: 429 } }), '429'],
  ];
  for (const [name, answer, result] of failures) {
    it(`after ${name}`, async () => {
      fleet = await sail({ channels: { a: { answers: answer }, b: { answers: chat } } });
      const response = await toOpenai(ask.chat('gpt-4o'));
      assert.equal(response.status, 200);
      assert.equal(attemptsOf(response), `a:${result}, b:200`);
      assert.equal(response.headers.get('x-dragoman-channel'), 'b');
      assert.deepEqual(fleet.asked(), { a: 1, b: 1 });
      assert.deepEqual(await response.json(), answers.chat);
    });
  }

  it('when the first is not there at all', async () => {
    fleet = await sail({
      channels: {
        a: { answers: chat, baseUrl: 'http://127.0.0.1:9' },
        b: { answers: chat },
      },
    });
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(attemptsOf(response), 'a:connect, b:200');
  });

  it('when the first is silent for longer than it may be', async () => {
    fleet = await sail({
      channels: { a: { answers: silent, timeouts: { firstByteMs: 50 } }, b: { answers: chat } },
    });
    assert.equal(attemptsOf(await toOpenai(ask.chat('gpt-4o'))), 'a:timeout, b:200');
  });

  const broken: readonly (readonly [name: string, answer: Script])[] = [
    [
      'is an error at once',
      (response) => {
        sse(response);
        response.end('data: {"error":{"message":"busy","code":503}}\n\n');
      },
    ],
    [
      'ends at once',
      (response) => {
        sse(response);
        response.end();
      },
    ],
    [
      'is cut before its first output',
      (response) => {
        sse(response);
        response.write(chatStream.start);
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'is a page',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<html></html>');
      },
    ],
  ];
  for (const [name, answer] of broken) {
    it(`when the stream of the first ${name}`, async () => {
      fleet = await sail({ channels: { a: { answers: answer }, b: { answers: stream } } });
      const response = await toOpenai({ ...ask.chat('gpt-4o'), stream: true });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-dragoman-channel'), 'b');
      assert.match(await response.text(), /"hello".*\[DONE\]/s);
    });
  }

  it('never after the first output reached the client', async () => {
    fleet = await sail({
      channels: {
        a: {
          answers: (response) => {
            sse(response);
            response.write(chatStream.start + chatStream.text('first'));
            setTimeout(() => response.destroy(), 20);
          },
        },
        b: { answers: stream },
      },
    });
    const response = await toOpenai({ ...ask.chat('gpt-4o'), stream: true });
    const text = await response.text();
    assert.match(text, /first.*data: \{"error":/s);
    assert.equal(text.includes('[DONE]'), false);
    assert.deepEqual(fleet.asked(), { a: 1, b: 0 });
  });

  for (const client of clients) {
    it(`in another format, unseen by a client of ${client.name}`, async () => {
      fleet = await sail({
        routes: [{ channels: ['a'], fallback: ['b'], rewrite: { b: 'claude-sonnet-4-5' } }],
        channels: {
          a: { answers: json({}, 503) },
          b: { answers: messages, provider: 'anthropic' },
        },
      });
      const response = await post(fleet.url + client.door('gpt-4o'), client.body('gpt-4o'));
      assert.equal(response.status, 200);
      assert.equal(attemptsOf(response), 'a:503, b:200');
      const [asked] = fleet.at['b']?.asked ?? [];
      assert.equal(asked?.path, '/v1/messages');
      assert.match(String(asked?.body), /"claude-sonnet-4-5".*"hi"/);
      assert.match(await response.text(), /hello/);
    });
  }

  it('when an answer that must be converted is broken JSON', async () => {
    fleet = await sail({
      channels: {
        a: { answers: json('{"id":"msg_1","content":[}'), provider: 'anthropic' },
        b: { answers: chat },
      },
    });
    assert.equal(attemptsOf(await toOpenai(ask.chat('gpt-4o'))), 'a:invalid, b:200');
  });

  it('when the first cannot be asked for this at all', async () => {
    fleet = await sail({
      strict: true,
      channels: { a: { answers: messages, provider: 'anthropic' }, b: { answers: chat } },
    });
    const response = await toOpenai({ ...ask.chat('gpt-4o'), logit_bias: { 50256: -100 } });
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(attemptsOf(response), 'b:200');
    assert.deepEqual(fleet.asked(), { a: 0, b: 1 });
  });
});

describe('no other channel is asked', () => {
  for (const status of [400, 404, 413, 422]) {
    it(`after status ${status}, which another would say too`, async () => {
      const body = { error: { message: 'your fault', type: 'invalid_request_error' } };
      fleet = await sail({
        channels: { a: { answers: json(body, status) }, b: { answers: chat } },
      });
      const response = await toOpenai(ask.chat('gpt-4o'));
      assert.equal(response.status, status);
      assert.deepEqual(await response.json(), body);
      assert.deepEqual(fleet.asked(), { a: 1, b: 0 });
    });
  }

  for (const provider of ['openai', 'anthropic', 'gemini'] as const) {
    it(`after a redirect of ${provider}, which is never followed`, async () => {
      fleet = await sail({
        channels: { a: { answers: chat, provider }, b: { answers: chat } },
        routes: [{ channels: ['a', 'b'], rewrite: { a: 'model' } }],
      });
      const elsewhere = `http://127.0.0.1:${fleet.at['b']?.port}/`;
      fleet.at['a']?.answer((response) => {
        response.writeHead(307, { location: elsewhere });
        response.end();
      });
      const response = await toOpenai(ask.chat('gpt-4o'));
      assert.equal(response.status, 502);
      assert.equal((await response.text()).includes(elsewhere), false);
      assert.equal(response.headers.get('location'), null);
      assert.deepEqual(fleet.asked(), { a: 1, b: 0 });
    });
  }

  it('than as many as may be', async () => {
    const failing = { answers: json({}, 503) };
    fleet = await sail({
      attemptsMax: 2,
      channels: { a: failing, b: failing, c: { answers: chat } },
    });
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 503);
    assert.equal(attemptsOf(response), 'a:503, b:503');
    assert.deepEqual(fleet.asked(), { a: 1, b: 1, c: 0 });
  });

  it('after the time that the client would wait', async () => {
    fleet = await sail({ channels: { a: { answers: silent }, b: { answers: chat } } });
    const response = await toOpenai(ask.chat('gpt-4o'), { 'x-stainless-timeout': '0.2' });
    assert.equal(response.status, 504);
    assert.deepEqual(fleet.asked(), { a: 1, b: 0 });
  });

  it('for a client in a hurry, whose haste is not held against the channel', async () => {
    fleet = await sail({ channels: { a: { answers: silent }, b: { answers: chat } } });
    for (let time = 0; time < 6; time += 1)
      await toOpenai(ask.chat('gpt-4o'), { 'x-stainless-timeout': '0.01' });
    fleet.at['a']?.answer(chat);
    assert.equal(attemptsOf(await toOpenai(ask.chat('gpt-4o'))), 'a:200');
  });
});

describe('a channel that is alone', () => {
  it('is asked once more after 500', async () => {
    fleet = await sail({ channels: { a: { answers: json({}, 500) } } });
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 500);
    assert.equal(attemptsOf(response), 'a:500, a:500');
  });

  it('is asked by every request even when it is broken, but only once', async () => {
    fleet = await sail({ channels: { a: { answers: json({}, 500) } } });
    for (let time = 0; time < 3; time += 1) await toOpenai(ask.chat('gpt-4o'));
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 500);
    assert.equal(attemptsOf(response), 'a:500');
  });

  it('is waited for when it is limited for a moment', async () => {
    let answer = 0;
    fleet = await sail({
      channels: {
        a: {
          answers(response, asked) {
            answer += 1;
            if (answer > 1) return chat(response, asked);
            return json({}, 429, { 'retry-after-ms': '150' })(response, asked);
          },
        },
      },
    });
    const startedMs = performance.now();
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 200);
    assert.equal(attemptsOf(response), 'a:429, a:200');
    assert.ok(performance.now() - startedMs >= 150);
  });

  for (const client of clients) {
    it(`is not asked while it is limited for longer, and ${client.name} hears when to come back`, async () => {
      fleet = await sail({ channels: { a: { answers: json({}, 429, { 'retry-after': '60' }) } } });
      const knock = (): Promise<Response> =>
        post(fleet.url + client.door('gpt-4o'), client.body('gpt-4o'));
      const [first, second] = [await knock(), await knock()];
      assert.equal(first.status, 429);
      assert.equal(second.status, 429);
      const seconds = Number(second.headers.get('retry-after'));
      assert.ok(seconds > 50 && seconds <= 60, String(seconds));
      assert.ok(client.isError((await second.json()) as { [key: string]: unknown }));
      assert.deepEqual(fleet.asked(), { a: 1 });
    });
  }

  it('is limited for one model and not for another', async () => {
    fleet = await sail({ channels: { a: { answers: json({}, 429, { 'retry-after': '60' }) } } });
    await toOpenai(ask.chat('gpt-4o'));
    fleet.at['a']?.answer(chat);
    assert.equal((await toOpenai(ask.chat('gpt-4o-mini'))).status, 200);
  });

  it("is limited for the client whose key is limited, and for nobody else's", async () => {
    const quota = {
      error: { message: 'no credit', type: 'insufficient_quota', code: 'insufficient_quota' },
    };
    fleet = await sail({ channels: { a: { answers: json(quota, 429), apiKeys: [] } } });
    const of = (key: string): Promise<Response> =>
      toOpenai(ask.chat('gpt-4o'), { authorization: `Bearer ${key}` });
    assert.deepEqual(await (await of('ann')).json(), quota);
    fleet.at['a']?.answer(chat);
    assert.equal((await of('ben')).status, 200);
    assert.equal((await of('ann')).status, 200, "it is the client's to run into");
  });
});

describe("a channel's key", () => {
  const secret = 'sk-own-secret-canary';
  const body = {
    error: { message: `Incorrect API key provided: ${secret}`, type: 'invalid_request_error' },
  };

  for (const client of clients) {
    it(`that is refused is a 502 for ${client.name}, without a word of it`, async () => {
      fleet = await sail({ channels: { a: { answers: json(body, 401), apiKeys: [secret] } } });
      for (const statuses of [[502], [503, 529]]) {
        const response = await post(fleet.url + client.door('gpt-4o'), client.body('gpt-4o'));
        const text = await response.text();
        assert.ok(statuses.includes(response.status), text);
        assert.equal(text.includes('secret'), false, text);
        assert.equal(JSON.stringify([...response.headers]).includes('secret'), false);
      }
      assert.deepEqual(fleet.asked(), { a: 1 }, 'it is left alone');
    });
  }

  for (const status of [401, 402, 429]) {
    it(`that is refused with ${status} gives way to its next one`, async () => {
      fleet = await sail({
        channels: {
          a: {
            apiKeys: ['bad', 'good'],
            answers: (response, asked) =>
              asked.headers.authorization === 'Bearer bad'
                ? json({}, status)(response, asked)
                : chat(response, asked),
          },
        },
      });
      const trails = [await toOpenai(ask.chat('gpt-4o')), await toOpenai(ask.chat('gpt-4o'))];
      assert.deepEqual(trails.map(attemptsOf), [`a:${status}, a:200`, 'a:200']);
    });
  }

  it('that may not do what one client asks is still there for others', async () => {
    fleet = await sail({ channels: { a: { answers: json({}, 403) } } });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 502);
    fleet.at['a']?.answer(chat);
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 200);
  });
});

it("the gateway's own key is not told to a client when an upstream repeats it", async () => {
  const error = { message: 'bad request with key-of-a in it', type: 'invalid_request_error' };
  fleet = await sail({ channels: { a: { answers: json({ error }, 400) } } });
  for (const { door, body } of clients) {
    const told = await post(`${fleet.url}${door('gpt-4o')}`, body('gpt-4o'));
    assert.equal(told.status, 400);
    const text = await told.text();
    assert.ok(!text.includes('key-of-a'), text);
    assert.match(text, /bad request with \[key\] in it/);
  }
  // An error in a success, converted.
  fleet.at['a']?.answer(json({ error }));
  const told = await post(`${fleet.url}/v1/messages`, ask.messages('gpt-4o'));
  assert.notEqual(told.status, 200);
  assert.ok(!(await told.text()).includes('key-of-a'));
});
