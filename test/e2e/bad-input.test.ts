/** Bad input is a clear 4xx in the client's own format and costs nothing upstream. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { answers, json } from './scripted-upstream.ts';
import { clients, post, type Setup, setUp } from './setup.ts';

type Json = { readonly [key: string]: unknown };

describe('bad input', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp({ bodyBytesMax: 100_000 });
    setup.upstream.answer(json(answers.chat));
  });
  after(() => setup.close());

  for (const client of clients) {
    // A foreign model, so that the body is converted, and an own one, so that it would pass through.
    for (const model of ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash']) {
      const door = client.door(model);
      const good = JSON.stringify(client.body(model));
      const check = async (body: string, status: number, message: RegExp): Promise<void> => {
        const response = await post(setup.url + door, body);
        const answer = (await response.json()) as Json;
        assert.equal(response.status, status, JSON.stringify(answer));
        assert.ok(
          client.isError(answer),
          `not an error of ${client.name}: ${JSON.stringify(answer)}`,
        );
        assert.match(client.message(answer), message);
        assert.equal(setup.upstream.asked.length, 0, 'the upstream was asked');
      };

      describe(`${client.name} asking for ${model}`, () => {
        it('is told of malformed JSON', () => check(good.slice(0, -1), 400, /not valid JSON/));
        it('is told of an empty body', () => check('', 400, /empty/));
        it('is told of a body that is no object', () => check('[1]', 400, /JSON object/));
        it('is told of invalid UTF-8', async () => {
          const response = await fetch(setup.url + door, {
            method: 'POST',
            body: Buffer.from([0x7b, 0xff, 0x7d]),
          });
          assert.equal(response.status, 400);
          assert.ok(client.isError((await response.json()) as Json));
        });
        it('is told of a wrong type', () =>
          check(
            good.replace(/\[\{.*\}\]/, '7'),
            400,
            /expected an? (?:array|object)|messages|contents/,
          ));
        it('is told of deep nesting', () => {
          const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
          return check(`${good.slice(0, -1)},"x":${deep}}`, 400, /nested deeper/);
        });
        it('is told of an oversized body', () =>
          check(`${good.slice(0, -1)},"x":"${'y'.repeat(120_000)}"}`, 413, /larger than/));
      });
    }

    if (client.name === 'gemini') continue;
    it(`tells ${client.name} of a missing or odd model`, async () => {
      for (const model of [undefined, null, '', 7, 'a b', 'x'.repeat(300)]) {
        const response = await post(setup.url + client.door(), { ...client.body(''), model });
        const answer = (await response.json()) as Json;
        assert.equal(response.status, 400);
        assert.ok(client.isError(answer));
        assert.match(client.message(answer), /model/);
      }
    });
  }

  it('answers an unknown path in the format that the headers tell', async () => {
    const chat = await post(`${setup.url}/v1/nonsense`, {});
    assert.equal(chat.status, 404);
    assert.match(
      JSON.stringify(await chat.json()),
      /"error":\{"message":"POST \/v1\/nonsense is not served here/,
    );
    const messages = await post(
      `${setup.url}/v1/nonsense`,
      {},
      { 'anthropic-version': '2023-06-01' },
    );
    assert.equal(messages.status, 404);
    assert.equal(((await messages.json()) as Json)['type'], 'error');
    const gemini = await post(`${setup.url}/v1beta/nonsense`, {}, { 'x-goog-api-key': 'k' });
    assert.equal(gemini.status, 404);
    assert.match(JSON.stringify(await gemini.json()), /NOT_FOUND/);
  });

  it('answers a wrong method with 405 in the format that the path tells', async () => {
    for (const client of clients) {
      const response = await fetch(setup.url + client.door('gpt-4o'));
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
      assert.ok(client.isError((await response.json()) as Json), client.name);
    }
  });

  it('says of other paths of each vendor, in that vendor’s format, that they are not served yet', async () => {
    const paths = new Map([
      ['/v1/threads/thread_1', 'openai-chat'],
      ['/v1/assistants', 'openai-chat'],
      ['/v1/messages/nonsense', 'anthropic-messages'],
      ['/v1beta/models/gemini-2.5-flash:predictLongRunning', 'gemini'],
      ['/v1beta/corpora', 'gemini'],
    ]);
    for (const [path, name] of paths) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(setup.url + path, { method });
        const answer = (await response.json()) as Json;
        const client = clients.find((one) => one.name === name);
        assert.ok(client);
        assert.equal(response.status, 404, path);
        assert.ok(client.isError(answer), `${path}: ${JSON.stringify(answer)}`);
        assert.match(client.message(answer), /is not served yet/);
      }
    }
  });

  it('names the field at fault, and the request', async () => {
    const chat = clients[0];
    const odd = { ...chat.body('gpt-4o'), stream: 'yes' };
    const response = await post(setup.url + chat.door(), odd);
    const { error } = (await response.json()) as { readonly error: Json };
    assert.deepEqual([response.status, error['param']], [400, 'stream']);
    const nameless = await post(setup.url + chat.door(), { ...odd, model: 7 });
    assert.equal(((await nameless.json()) as { readonly error: Json }).error['param'], 'model');
    const messages = await post(`${setup.url}/v1/messages`, { ...odd, max_tokens: 9 });
    const answer = (await messages.json()) as Json;
    assert.equal(messages.status, 400);
    assert.equal(answer['request_id'], messages.headers.get('x-request-id'));
  });

  it('leaves prototypes alone and passes such keys on', async () => {
    setup.upstream.answer(json(answers.chat));
    const body =
      '{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    assert.equal((await post(`${setup.url}/v1/chat/completions`, body)).status, 200);
    assert.equal(setup.upstream.asked[0]?.body.toString(), body);
    assert.equal(({} as Json)['polluted'], undefined);
    setup.upstream.answer(json(answers.messages));
    await post(`${setup.url}/v1/chat/completions`, body.replace('gpt-4o', 'claude-sonnet-4-5'));
    assert.equal(({} as Json)['polluted'], undefined);
  });

  it('takes compressed bodies, and refuses bombs and unknown encodings', async () => {
    setup.upstream.answer(json(answers.chat));
    const door = `${setup.url}/v1/chat/completions`;
    const body = JSON.stringify(clients[0].body('gpt-4o'));
    const send = (bytes: Uint8Array<ArrayBuffer>, encoding: string) =>
      fetch(door, { method: 'POST', headers: { 'content-encoding': encoding }, body: bytes });
    assert.equal((await send(gzipSync(body), 'gzip')).status, 200);
    assert.equal(setup.upstream.asked[0]?.body.toString(), body);
    assert.equal((await send(gzipSync(' '.repeat(10_000_000)), 'gzip')).status, 413);
    assert.equal((await send(Buffer.from(body), 'gzip')).status, 400);
    assert.equal((await send(Buffer.from(body), 'x-nothing')).status, 415);
  });

  it('leaves memory flat after a thousand bad requests', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const bad = [
      '{"model":',
      '{"model":"gpt-4o","messages":7}',
      `{"model":"claude-sonnet-4-5","messages":${'['.repeat(10_000)}`,
      `{"model":"x","y":"${'z'.repeat(110_000)}"}`,
    ];
    const round = async (count: number): Promise<number> => {
      for (let n = 0; n < count; n++) {
        const response = await post(`${setup.url}/v1/chat/completions`, bad[n % bad.length]);
        assert.ok(response.status >= 400 && response.status < 500);
        await response.arrayBuffer();
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const warm = await round(200);
    const grown = (await round(1000)) - warm;
    assert.ok(grown < 8_000_000, `the heap grew by ${grown} bytes`);
  });
});
