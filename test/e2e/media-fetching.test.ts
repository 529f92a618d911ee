/** Media by address for upstreams that take bytes alone: fetched by the gateway, with the vendors' own libraries asking. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { defaultSettings } from '../../packages/gateway/src/model/settings.ts';
import { type Fleet, sail } from './fleet.ts';
import {
  answers,
  json,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
} from './scripted-upstream.ts';
import { post } from './setup.ts';

type Plan = Parameters<typeof sail>[0];
type Asked = ScriptedUpstream['asked'][number];

const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
const jpeg = Buffer.from('\xff\xd8\xff\xe0rest', 'latin1');
const pdf = Buffer.from('%PDF-1.7\n');

const files: { readonly [path: string]: readonly [type: string, bytes: Buffer] } = {
  '/cat.png': ['image/png', png],
  '/dog.jpg': ['image/jpeg', jpeg],
  '/report.pdf': ['application/pdf', pdf],
  '/page': ['text/html', Buffer.from('<html>inside</html>')],
};

const giveFile: Script = (response, { path }) => {
  const [name = ''] = path.split('?');
  const [type, bytes] = files[name] ?? ['text/plain', undefined];
  response.writeHead(bytes === undefined ? 404 : 200, { 'content-type': type });
  response.end(bytes);
};

describe('media by address', () => {
  let fleet: Fleet | undefined;
  let site: ScriptedUpstream | undefined;
  afterEach(async () => {
    await fleet?.close();
    await site?.close();
    fleet = undefined;
    site = undefined;
  });

  interface Started extends Fleet {
    readonly site: ScriptedUpstream;
    address(path: string): string;
  }

  /** A site on this machine, which is fetched from only where `permitted`. */
  async function start(changes: Partial<Plan> = {}, permitted = true): Promise<Started> {
    const made = await scriptedUpstream();
    site = made;
    made.answer(giveFile);
    const host = `127.0.0.1:${made.port}`;
    const privateHosts = permitted ? [host] : [];
    const sailed = await sail({
      channels: { google: { provider: 'gemini', answers: json(answers.gemini) } },
      media: { ...defaultSettings.media, privateHosts },
      ...changes,
    });
    fleet = sailed;
    return { ...sailed, site: made, address: (path) => `http://${host}${path}` };
  }

  function openai(url: string): OpenAI {
    return new OpenAI({ apiKey: 'sk-client', baseURL: `${url}/v1`, maxRetries: 0 });
  }

  function images(...urls: readonly string[]) {
    const parts = urls.map((url) => ({ type: 'image_url' as const, image_url: { url } }));
    return {
      model: 'gemini-2.5-flash',
      messages: [
        { role: 'user' as const, content: [{ type: 'text' as const, text: 'Compare.' }, ...parts] },
      ],
    };
  }

  function partsAt(channel: string): unknown {
    const body = fleet?.at[channel]?.asked[0]?.body.toString() ?? '{}';
    return (JSON.parse(body) as { contents: { parts: unknown }[] }).contents[0]?.parts;
  }

  const inline = (mimeType: string, data: Buffer) => ({
    inlineData: { mimeType, data: data.toString('base64') },
  });

  it('two images of an OpenAI client reach Gemini as data, and nothing of ours reaches their site', async () => {
    const { url, site, address, metricsUrl } = await start();
    const { data, response } = await openai(url)
      .chat.completions.create(images(address('/cat.png?sign=a'), address('/dog.jpg')))
      .withResponse();
    assert.equal(data.choices[0]?.message.content, 'hello');
    assert.equal(response.headers.get('x-dragoman-losses'), null);
    assert.deepEqual(partsAt('google'), [
      { text: 'Compare.' },
      inline('image/png', png),
      inline('image/jpeg', jpeg),
    ]);
    for (const { headers } of site.asked) {
      assert.deepEqual(Object.keys(headers).toSorted(), [
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ]);
      assert.match(headers['user-agent'] ?? '', /^dragoman\//);
    }
    const page = await (await fetch(`${metricsUrl}/metrics`)).text();
    assert.match(page, /dragoman_media_fetches_total\{outcome="fetched"\} 2/);
  });

  it('of a stream too', async () => {
    const stream: Script = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify(answers.gemini)}\n\n`);
    };
    const { url, address } = await start({
      channels: { google: { provider: 'gemini', answers: stream } },
    });
    const asked = { ...images(address('/cat.png')), stream: true as const };
    let text = '';
    for await (const chunk of await openai(url).chat.completions.create(asked))
      text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, 'hello');
  });

  it('a document and an image of an Anthropic client reach Gemini', async () => {
    const { url, address } = await start();
    const client = new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 });
    await client.messages.create({
      model: 'gemini-2.5-flash',
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source: { type: 'url', url: address('/report.pdf') } },
            { type: 'image', source: { type: 'url', url: address('/cat.png') } },
          ],
        },
      ],
    });
    assert.deepEqual(partsAt('google'), [inline('application/pdf', pdf), inline('image/png', png)]);
  });

  it('a place on this machine is refused by default, in the same words whether anything is there', async () => {
    const { url, site, asked, address } = await start({}, false);
    const told = [];
    for (const place of [address('/cat.png'), 'http://127.0.0.1:1/x'].map((http) =>
      http.replace('http:', 'https:').replace(/:\d+/, ''),
    )) {
      const error = await openai(url)
        .chat.completions.create(images(place))
        .then(
          () => assert.fail('it was not refused'),
          (cause: unknown) => cause,
        );
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'messages[0].content[1]');
      told.push(error.message.replace(place, ''));
    }
    assert.equal(told[0], told[1]);
    assert.match(told[0] ?? '', /none that this gateway fetches from/);
    assert.equal(site.asked.length, 0);
    assert.deepEqual(asked(), { google: 0 });
  });

  it('what is no image is refused without asking any channel, and without a word of what was there', async () => {
    const { url, asked, address } = await start({
      channels: {
        google: { provider: 'gemini', answers: json(answers.gemini) },
        spare: { provider: 'anthropic', answers: json(answers.messages) },
      },
    });
    const response = await post(`${url}/v1/chat/completions`, images(address('/page?key=hidden')));
    assert.equal(response.status, 400);
    const text = await response.text();
    assert.match(text, /not an image/);
    assert.doesNotMatch(text, /hidden|inside|html/);
    assert.deepEqual(asked(), { google: 0, spare: 0 });
  });

  it('are fetched once, however many channels are tried', async () => {
    const { url, site, asked, address } = await start({
      channels: {
        broken: { provider: 'gemini', answers: json({ error: { code: 503, message: 'no' } }, 503) },
        google: { provider: 'gemini', answers: json(answers.gemini) },
      },
    });
    const response = await post(`${url}/v1/chat/completions`, images(address('/cat.png')));
    assert.equal(response.status, 200);
    assert.deepEqual(asked(), { broken: 1, google: 1 });
    assert.equal(site.asked.length, 1);
  });

  it('leave the turns of channels as they are', async () => {
    const { url, asked, address } = await start({
      channels: {
        one: { provider: 'gemini', answers: json(answers.gemini) },
        other: { provider: 'gemini', answers: json(answers.gemini) },
      },
      routes: [{ strategy: 'round_robin' }],
    });
    for (let round = 0; round < 4; round += 1)
      await post(`${url}/v1/chat/completions`, images(address('/cat.png')));
    assert.deepEqual(asked(), { one: 2, other: 2 });
  });

  it('go on by address where the upstream reads it', async () => {
    const { url, site, at, address } = await start({
      channels: { claude: { provider: 'anthropic', answers: json(answers.messages) } },
    });
    const response = await post(`${url}/v1/chat/completions`, images(address('/cat.png')));
    assert.equal(response.status, 200);
    assert.match(
      at['claude']?.asked[0]?.body.toString() ?? '',
      /"url":"http:\/\/127.0.0.1:\d+\/cat/,
    );
    assert.equal(site.asked.length, 0);
  });

  it('are refused with a way out where fetching is off', async () => {
    const media = { ...defaultSettings.media, mode: 'off' as const };
    const { url, site, address } = await start({ media });
    const response = await post(`${url}/v1/chat/completions`, images(address('/cat.png')));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /send the data as base64/);
    assert.equal(site.asked.length, 0);
  });

  it('are named by an explanation, which fetches nothing', async () => {
    const { metricsUrl, site, address } = await start();
    const body = images(address('/cat.png'));
    const answer = await post(`${metricsUrl}/admin/explain`, { body });
    const told = (await answer.json()) as { readonly [field: string]: unknown };
    assert.deepEqual(told['media'], ['messages[0].content[1]']);
    assert.equal(told['choice'], 'google');
    assert.equal(told['refusal'], undefined);
    assert.equal(site.asked.length, 0);
  });

  it('are fetched no more when the client leaves', async () => {
    const { url, site, asked, address } = await start();
    const left = new AbortController();
    const fetching = Promise.withResolvers<Pick<Asked, 'aborted'>>();
    site.answer((_response, asking) => fetching.resolve(asking));
    const request = fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(images(address('/cat.png'))),
      signal: left.signal,
    });
    const { aborted } = await fetching.promise;
    left.abort();
    await assert.rejects(request);
    await aborted;
    assert.deepEqual(asked(), { google: 0 });
  });
});
