/** What passes through where something goes wrong: large, slow, cut, hostile or not allowed. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { keyOf, pepper } from './client-keys.ts';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script } from './scripted-upstream.ts';
import { post } from './setup.ts';
import { hashOf, type StreamingUpstream, streamingUpstream } from './streaming-upstream.ts';

type Plan = Parameters<typeof sail>[0];

const MEBIBYTE = 1024 * 1024;
const noPlan = json({ error: { message: 'nobody should ask here' } }, 500);

function formOf(
  parts: Readonly<Record<string, string | Uint8Array>>,
  boundary = 'some-boundary',
): Buffer {
  const pieces = Object.entries(parts).flatMap(([name, value]) => {
    const file = typeof value === 'string' ? '' : '; filename="a.bin"';
    const field = name.replace(/ .*/, '');
    return [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${field}"${file}\r\n\r\n`,
      ),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

const formType = { 'content-type': 'multipart/form-data; boundary=some-boundary' };

describe('passing through, when something goes wrong', () => {
  let fleet: Fleet | undefined;
  const upstreams: StreamingUpstream[] = [];
  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
    await fleet?.close();
    fleet = undefined;
  });

  async function start(changes: Partial<Plan> = {}): Promise<Fleet> {
    fleet = await sail({ channels: { a: { answers: noPlan } }, ...changes });
    return fleet;
  }

  async function streaming(
    ...answering: Parameters<typeof streamingUpstream>
  ): Promise<StreamingUpstream> {
    const upstream = await streamingUpstream(...answering);
    upstreams.push(upstream);
    return upstream;
  }

  function send(path: string, headers: Record<string, string> = formType): ClientRequest {
    const sent = httpRequest(`${fleet?.url}${path}`, { method: 'POST', headers });
    sent.on('error', () => undefined);
    return sent;
  }

  async function textOf(answer: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    return text;
  }

  async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  }

  function form(path: string, body: Buffer, headers = formType): Promise<Response> {
    return fetch(`${fleet?.url}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  }

  for (const framing of ['of a known length', 'in chunks'])
    it(`a file of 64 MB ${framing} arrives as it is`, async () => {
      const piece = randomBytes(MEBIBYTE);
      const upstream = await streaming(async (request, response) => {
        response.end(JSON.stringify({ id: await hashOf(request) }));
      });
      await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
      const size = String(64 * MEBIBYTE);
      const isKnown = framing !== 'in chunks';
      const sent = send('/v1/files', isKnown ? { ...formType, 'content-length': size } : formType);
      const answered = answerTo(sent);
      const hash = createHash('sha256');
      for (let count = 0; count < 64; count += 1) {
        hash.update(piece);
        if (!sent.write(piece)) await once(sent, 'drain');
      }
      sent.end();
      const { id } = JSON.parse(await textOf(await answered));
      assert.equal(id, hash.digest('hex'));
      const headers = upstream.asked[0]?.headers;
      assert.equal(headers?.['content-type'], formType['content-type']);
      assert.equal(headers['content-length'], isKnown ? size : undefined);
    });

  it('an upstream that does not read stops the client, and goes on when it does', async () => {
    let goOn: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const upstream = await streaming(async (request, response) => {
      await waiting;
      response.end(JSON.stringify({ id: await hashOf(request) }));
    });
    await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
    const body = randomBytes(48 * MEBIBYTE);
    const sent = send('/v1/files');
    const answered = answerTo(sent);
    let written = 0;
    const writing = (async () => {
      for (; written < body.length; written += 65_536)
        if (!sent.write(body.subarray(written, written + 65_536))) await once(sent, 'drain');
      sent.end();
    })();
    await standsStill(() => written);
    assert.ok(written < 24 * MEBIBYTE, `${written} bytes went nowhere`);
    goOn();
    await writing;
    const { id } = JSON.parse(await textOf(await answered));
    assert.equal(id, createHash('sha256').update(body).digest('hex'));
  });

  it('a large upload goes to another channel where the first cannot be reached', async () => {
    const upstream = await streaming(async (request, response) => {
      response.end(JSON.stringify({ text: await hashOf(request) }));
    });
    await start({
      channels: {
        gone: { answers: noPlan, baseUrl: 'http://127.0.0.1:1' },
        good: { answers: noPlan, baseUrl: upstream.url },
      },
    });
    const body = formOf({ model: 'whisper-1', file: randomBytes(3 * MEBIBYTE) });
    const answer = await form('/v1/audio/transcriptions', body);
    assert.equal(answer.headers.get('x-dragoman-attempts'), 'gone:connect, good:200');
    const { text } = (await answer.json()) as { text: string };
    assert.equal(text, createHash('sha256').update(body).digest('hex'));
  });

  it('a large upload that has begun is sent to nobody else, and a small one is', async () => {
    const upstream = await streaming(async (request, response) => {
      await hashOf(request);
      response.writeHead(503).end('{"error":{"message":"not now"}}');
    });
    const { at } = await start({
      channels: {
        busy: { answers: noPlan, baseUrl: upstream.url },
        good: { answers: json({ text: 'hi' }) },
      },
    });
    const large = formOf({ model: 'whisper-1', file: randomBytes(3 * MEBIBYTE) });
    const refused = await form('/v1/audio/transcriptions', large);
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /not now/);
    assert.equal(at['good']?.asked.length, 0);
    const small = formOf({ model: 'whisper-1', file: randomBytes(1_000) });
    const answered = await form('/v1/audio/transcriptions', small);
    assert.equal(await answered.text(), '{"text":"hi"}');
  });

  it('an upstream that refuses an upload before its end is heard', async () => {
    const upstream = await streaming((_request, response) => {
      response.writeHead(413, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"too large for us"}}');
    });
    await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
    const sent = send('/v1/files');
    const answered = answerTo(sent);
    sent.write(randomBytes(4 * MEBIBYTE));
    const answer = await answered;
    assert.equal(answer.statusCode, 413);
    assert.match(await textOf(answer), /too large for us/);
    sent.destroy();
  });

  it('a client that leaves during its upload, or the answer, ends the upstream’s work', async () => {
    const closed: Promise<unknown>[] = [];
    const upstream = await streaming((request, response) => {
      closed.push(once(response, 'close'));
      request.resume();
      if (request.url === '/audio/speech') response.writeHead(200).write('some sound');
    });
    await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
    const upload = send('/v1/files');
    upload.write(randomBytes(2 * MEBIBYTE));
    await until(() => closed.length === 1);
    upload.destroy();
    await closed[0];
    const speech = send('/v1/audio/speech', { 'content-type': 'application/json' });
    speech.end('{"model":"tts-1","input":"hi","voice":"alloy"}');
    const answer = await answerTo(speech);
    await once(answer, 'data');
    speech.destroy();
    await closed[1];
  });

  for (const length of [undefined, '1000'])
    it(`an answer that breaks off never looks whole, ${length ?? 'no'} bytes announced`, async () => {
      const upstream = await streaming((request, response) => {
        request.resume();
        response.writeHead(200, {
          'content-type': 'audio/mpeg',
          ...(length === undefined ? {} : { 'content-length': length }),
        });
        response.write('some sound', () => response.destroy());
      });
      await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
      const body = { model: 'tts-1', input: 'hi', voice: 'alloy' };
      const answer = await post(`${fleet?.url}/v1/audio/speech`, body);
      assert.equal(answer.status, 200);
      await assert.rejects(answer.arrayBuffer());
    });

  it('without a known key nothing is asked, and nothing of the body read', async () => {
    const secret = newSecret();
    const { asked, url } = await start({ keys: [keyOf(secret)], pepper });
    const sent = send('/v1/files', { ...formType, authorization: 'Bearer wrong' });
    const answered = answerTo(sent);
    sent.write('--some-boundary\r\n');
    const answer = await answered;
    assert.equal(answer.statusCode, 401);
    sent.destroy();
    for (const path of ['/v1/files', '/v1/batches', '/v1/responses/resp_1', '/v1beta/files']) {
      const refused = await fetch(url + path);
      assert.equal(refused.status, 401, path);
    }
    assert.deepEqual(asked(), { a: 0 });
  });

  it('keys of some models, or with a budget, run nothing that nobody can see', async () => {
    const secrets = [newSecret(), newSecret(), newSecret()];
    const [some = '', named = '', poor = ''] = secrets;
    const { url, asked } = await start({
      channels: { a: { answers: json({ id: 'x' }) } },
      pepper,
      keys: [
        keyOf(some, { name: 'some', models: ['gpt-*'] }),
        keyOf(named, { name: 'named', models: ['openai-batches'] }),
        keyOf(poor, { name: 'poor', limits: { budgetMicroUsd: 1_000_000 } }),
      ],
    });
    const batch = (secret: string): Promise<Response> =>
      post(`${url}/v1/batches`, { input_file_id: 'f' }, { authorization: `Bearer ${secret}` });
    const forbidden = await batch(some);
    assert.equal(forbidden.status, 403);
    assert.match(await forbidden.text(), /openai-batches/);
    const unpriced = await batch(poor);
    assert.equal(unpriced.status, 403);
    assert.match(await unpriced.text(), /no price is known/);
    const image = { model: 'dall-e-3', prompt: 'x' };
    const other = await post(`${url}/v1/images/generations`, image, {
      authorization: `Bearer ${some}`,
    });
    assert.equal(other.status, 403);
    assert.deepEqual(asked(), { a: 0 });
    assert.equal((await batch(named)).status, 200);
  });

  it('limits of requests count it, and refuse it', async () => {
    const rule = {
      by: 'all',
      match: undefined,
      tokens: undefined,
      requests: 2,
      concurrency: undefined,
      windowMs: 60_000,
    } as const;
    const { url, asked } = await start({
      channels: { a: { answers: json({ object: 'list', data: [] }) } },
      limits: [rule],
    });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1)
      statuses.push((await fetch(`${url}/v1/files`)).status);
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.deepEqual(asked(), { a: 2 });
  });

  it('what it used is counted by its name, with tokens where somebody tells them', async () => {
    const usage = { input_tokens: 7, output_tokens: 40, total_tokens: 47 };
    const { url, metricsUrl } = await start({
      channels: { a: { answers: json({ data: [], usage }) } },
    });
    await post(`${url}/v1/images/generations`, { model: 'gpt-image-1', prompt: 'a cat' });
    await fetch(`${url}/v1/files`);
    const page = await (await fetch(`${metricsUrl}/metrics`)).text();
    const lines = page.split('\n').filter((line) => line.includes('client_format="openai-'));
    const valueOf = (...parts: readonly string[]): string | undefined =>
      lines.find((line) => parts.every((part) => line.includes(part)))?.split(' ')[1];
    const images = 'client_format="openai-images",upstream_format="openai-images",channel="a"';
    assert.equal(valueOf('token_usage_total', 'type="input"', images), '7');
    assert.equal(valueOf('token_usage_total', 'type="output"', images), '40');
    const files = 'client_format="openai-files"';
    assert.equal(valueOf('http_requests_total', files, 'status="200"', 'model="none"'), '1');
    assert.equal(valueOf('token_usage_total', files), undefined);
  });

  it('forms that nobody should route by are refused', async () => {
    const file = randomBytes(2 * MEBIBYTE);
    const { url, asked } = await start({ bodyBytesMax: 1.5 * MEBIBYTE });
    const path = '/v1/audio/transcriptions';
    const small = Buffer.from('abc');
    const cases: readonly (readonly [string, Promise<Response>, RegExp])[] = [
      ['no boundary', form(path, small, { 'content-type': 'multipart/form-data' }), /boundary/],
      ['another boundary', form(path, formOf({ model: 'm' }, 'other')), /no whole form/],
      ['no end', form(path, formOf({ model: 'm' }).subarray(0, -6)), /no whole form/],
      ['no model', form(path, formOf({ file: small })), /model: required/],
      ['an empty model', form(path, formOf({ model: '' })), /model: required/],
      ['a model with spaces', form(path, formOf({ model: 'a b' })), /model: expected/],
      ['an endless model', form(path, formOf({ model: 'a'.repeat(5_000) })), /model: expected/],
      ['two models', form(path, formOf({ model: 'a', 'model again': 'b' })), /given twice/],
      ['the model too late', form(path, formOf({ file, model: 'a' })), /put it before the file/],
      ['endless headers', form(path, formOf({ ['x'.repeat(20_000)]: 'a' })), /headers of a part/],
      ['no form and no JSON', post(url + path, 'hello'), /not valid JSON/],
    ];
    for (const [name, answered, reason] of cases) {
      const answer = await answered;
      const text = await answer.text();
      assert.equal(answer.status, 400, `${name}: ${text}`);
      assert.match(text, reason, name);
    }
    assert.deepEqual(asked(), { a: 0 });
  });

  it('a second model behind the file ends the upload', async () => {
    const ended: Promise<unknown>[] = [];
    const upstream = await streaming((request, response) => {
      ended.push(once(response, 'close'));
      request.resume();
    });
    await start({ channels: { a: { answers: noPlan, baseUrl: upstream.url } } });
    const file = randomBytes(3 * MEBIBYTE);
    const body = formOf({ model: 'cheap', file, 'model again': 'dear' });
    const answer = await form('/v1/audio/transcriptions', body);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /given twice/);
    await ended[0];
  });

  it('what no channel has, and other methods, are refused in the client’s words', async () => {
    const { url } = await start({
      channels: { claude: { provider: 'anthropic', answers: noPlan } },
    });
    const image = await post(`${url}/v1/images/generations`, { model: 'claude-x', prompt: 'x' });
    assert.equal(image.status, 404);
    assert.match(await image.text(), /claude \(anthropic\) has no \/images\/generations/);
    const files = await fetch(`${url}/v1beta/files`);
    assert.equal(files.status, 404);
    const { error } = (await files.json()) as { error: { status: string } };
    assert.equal(error.status, 'NOT_FOUND');
    const put = await fetch(`${url}/v1/files/f1`, { method: 'PUT', body: 'x' });
    assert.equal(put.status, 405);
    assert.equal(put.headers.get('allow'), 'GET, DELETE');
  });

  it('no secret of either side crosses', async () => {
    const secret = newSecret();
    const echo: Script = (response, asked) =>
      json({ error: { message: `wrong key ${asked.headers.authorization}` } }, 400)(
        response,
        asked,
      );
    const { url, at } = await start({
      channels: { a: { answers: echo } },
      keys: [keyOf(secret)],
      pepper,
    });
    const answer = await fetch(`${url}/v1/files?key=${secret}&limit=1`, {
      headers: { 'x-api-key': secret, cookie: 'a=b', 'x-forwarded-for': '10.0.0.1' },
    });
    assert.ok(!(await answer.text()).includes('key-of-a'));
    const [asked] = at['a']?.asked ?? [];
    assert.equal(asked?.path, '/files?limit=1');
    const { cookie, 'x-forwarded-for': from } = asked.headers;
    assert.deepEqual([cookie, from], [undefined, undefined]);
    assert.ok(!JSON.stringify(asked.headers).includes(secret));
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isTrue(); round += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isTrue());
}

/** For half a second. */
async function standsStill(figure: () => number): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const before = figure();
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (figure() === before && before > 0) return;
  }
  assert.fail('it never stood still');
}
