/** Bodies that hold more than anybody could mean are refused before they cost anything; long honest ones are served. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { answers, json } from './scripted-upstream.ts';
import { ask, clients, post, type Setup, setUp } from './setup.ts';

type Json = { readonly [key: string]: unknown };

const MEBIBYTE = 1024 * 1024;
const [chat] = clients;
const responses = {
  ...chat,
  name: 'openai-responses',
  door: () => '/v1/responses',
  body: (model: string) => ({ model, input: 'hi', store: false }),
} as const;

/** Each holds 10,000 of them, and an array of elements eight times as many. */
const shapes: Readonly<Record<string, string>> = {
  'keys of which no two are alike': `{${pieces(10_000, (index) => `"k${index}":0`)}}`,
  'empty objects': `[${pieces(10_000, () => '{}')}]`,
  'empty arrays': `[${pieces(10_000, () => '[]')}]`,
  numbers: `[${pieces(80_000, () => '1')}]`,
  digits: '1'.repeat(640_000),
  nests: `[${pieces(100, () => '['.repeat(100) + ']'.repeat(100))}]`,
};

function pieces(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(',');
}

/** With one more member. */
function withMember(body: object, name: string, value: string): string {
  return `${JSON.stringify(body).slice(0, -1)},"${name}":${value}}`;
}

describe('a body', () => {
  let setup: Setup | undefined;
  afterEach(async () => {
    await setup?.close();
    setup = undefined;
  });

  async function start(bodyValuesMax?: number): Promise<Setup> {
    setup = await setUp(bodyValuesMax === undefined ? {} : { bodyValuesMax });
    return setup;
  }

  for (const client of [...clients, responses]) {
    it(`of too many values is refused to ${client.name} in its own words, and nobody is asked`, async () => {
      const { url, upstream } = await start(5_000);
      // A foreign model, so that the body would be converted, and an own one, so that it would pass.
      for (const model of ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash']) {
        for (const [name, value] of Object.entries(shapes)) {
          const body = withMember(client.body(model), 'x', value);
          const response = await post(url + client.door(model), body);
          const answer = (await response.json()) as Json;
          assert.equal(response.status, 413, `${name}: ${JSON.stringify(answer)}`);
          assert.ok(client.isError(answer), JSON.stringify(answer));
          assert.match(client.message(answer), /more than 5000 JSON values.*MAX_BODY_VALUES/);
        }
      }
      assert.equal(upstream.asked.length, 0);
    });
  }

  it('that holds too much only where its numbers have to be kept leaves no place of a channel taken', async () => {
    setup = await setUp({
      bodyValuesMax: 5_000,
      limits: [
        {
          by: 'channel',
          match: undefined,
          tokens: undefined,
          requests: undefined,
          concurrency: 1,
          windowMs: 60_000,
        },
      ],
    });
    const { url, upstream } = setup;
    upstream.answer(json(answers.chat));
    const numbers = `[12345678901234567890,${pieces(20_000, () => '1')}]`;
    // Whether this model is asked in its client's format depends on the request, which is decoded for that.
    const body = withMember(ask.chat('gpt-5.6'), 'x', numbers);
    for (let time = 0; time < 3; time += 1) {
      const { status } = await post(url + chat.door(), body);
      assert.ok(status === 200 || status === 413, String(status));
    }
    const after = await post(url + chat.door(), JSON.stringify(ask.chat('gpt-4o')));
    assert.equal(after.status, 200);
  });

  it('of as many passes where the setting says so, and by default', async () => {
    const { url, upstream } = await start();
    upstream.answer(json(answers.chat));
    const bodies = Object.values(shapes).map((value) => withMember(ask.chat('gpt-4o'), 'x', value));
    for (const body of bodies) {
      const response = await post(url + chat.door(), body);
      assert.equal(response.status, 200, await response.text());
    }
    assert.deepEqual(
      upstream.asked.map(({ body }) => body.toString()),
      bodies,
    );
  });

  it('of too many values is refused at every other door', async () => {
    const { url, upstream } = await start(5_000);
    const value = shapes['empty objects'] ?? '';
    const inner = withMember(ask.gemini(), 'x', value);
    const doors: readonly (readonly [path: string, body: string])[] = [
      ['/v1/embeddings', withMember({ model: 'text-embedding-3-small', input: 'a' }, 'x', value)],
      ['/v1/messages/count_tokens', withMember(ask.messages('claude-sonnet-4-5'), 'x', value)],
      ['/v1beta/models/gemini-2.5-flash:countTokens', `{"generateContentRequest":${inner}}`],
      ['/v1/images/generations', withMember({ model: 'gpt-image-1', prompt: 'a' }, 'x', value)],
    ];
    for (const [path, body] of doors) {
      const response = await post(url + path, body);
      assert.equal(response.status, 413, `${path}: ${await response.text()}`);
    }
    assert.equal(upstream.asked.length, 0);
  });

  it('with inputs of calls that hold too many is refused where they would be converted', async () => {
    const { url, upstream } = await start(5_000);
    upstream.answer(json(answers.chat));
    const input = `{"list":${shapes['empty objects']}}`;
    const call = { id: 'c', type: 'function', function: { name: 'look', arguments: input } };
    const body = (model: string): object => ({
      model,
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
      ],
    });
    const refused = await post(url + chat.door(), body('claude-sonnet-4-5'));
    const answer = (await refused.json()) as Json;
    assert.equal(refused.status, 413, JSON.stringify(answer));
    assert.match(chat.message(answer), /the inputs of tool calls hold more than 5000 JSON values/);
    assert.equal(upstream.asked.length, 0);
    assert.equal((await post(url + chat.door(), body('gpt-4o'))).status, 200);
  });

  it('of three hundred thousand tokens to embed passes', async () => {
    const { url, upstream } = await start();
    upstream.answer(
      json({ object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
    );
    const tokens = Array.from({ length: 8_000 }, (_, index) => 100_000 + index);
    const input = Array.from({ length: 38 }, () => tokens);
    const response = await post(`${url}/v1/embeddings`, { model: 'text-embedding-3-small', input });
    assert.equal(response.status, 200, await response.text());
  });

  it('of 20 MB in images and history is served, as it is and converted', async () => {
    const { url, upstream } = await start();
    const image = `iVBORw0KGgoA${'ABcd12+/'.repeat(MEBIBYTE / 2)}`;
    const text = 'She said: "[1, 2, {}]",\n\tand then 漢字, 😀 and \\ went on.\n'.repeat(50);
    const content = [
      { type: 'text', text: 'What is this?' },
      ...Array.from({ length: 4 }, () => ({
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${image}` },
      })),
    ];
    const history = Array.from({ length: 1_000 }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: text,
    }));
    const body = (model: string): string =>
      JSON.stringify({ model, messages: [...history, { role: 'user', content }] });
    upstream.answer(json(answers.chat));
    const passed = await post(url + chat.door(), body('gpt-4o'));
    assert.equal(passed.status, 200, await passed.text());
    assert.ok(upstream.asked.at(-1)?.body.equals(Buffer.from(body('gpt-4o'))));
    upstream.answer(json(answers.messages));
    const converted = await post(url + chat.door(), body('claude-sonnet-4-5'));
    assert.equal(converted.status, 200, await converted.text());
    const sent = upstream.asked.at(-1)?.body.toString() ?? '';
    assert.equal(sent.split(image).length - 1, 4);
    assert.equal(sent.split(JSON.stringify(text).slice(1, -1)).length - 1, 1_000);
  });
});
