/** Spans of what is served beside generation: what passes through, counts and lists. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  CLIENT,
  type Collector,
  SERVER,
  type SeenSpan,
  startCollector,
  tracesTo,
} from './collector.ts';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script } from './scripted-upstream.ts';
import { post } from './setup.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

describe('beside generation', () => {
  let collector: Collector;
  let fleet: Fleet;

  beforeEach(async () => {
    collector = await startCollector();
  });

  afterEach(async () => {
    await fleet.close();
    await collector.close();
  });

  async function start(
    scripts: { readonly [channel: string]: Script },
    provider: 'openai' | 'anthropic' = 'openai',
  ): Promise<void> {
    fleet = await sail({
      channels: Object.fromEntries(
        Object.entries(scripts).map(([id, answers]) => [id, { answers, provider }]),
      ),
      traces: tracesTo(collector.url),
    });
  }

  async function seen(attempts: number): Promise<readonly [SeenSpan, ...SeenSpan[]]> {
    const spans = await collector.waitFor(attempts + 1);
    assert.equal(spans.length, attempts + 1);
    const server = spans.find(({ kind }) => kind === SERVER);
    assert.ok(server !== undefined);
    const clients = spans.filter(({ kind }) => kind === CLIENT);
    for (const { parentSpanId } of clients) assert.equal(parentSpanId, server.spanId);
    return [server, ...clients];
  }

  const images = '/v1/images/generations';

  it('a request with a model has a span for each attempt, with what it used', async () => {
    const usage = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };
    await start({ a: json({}, 503), b: json({ data: [], usage }) });
    const body = { model: 'gpt-image-1', prompt: 'a secret' };
    const response = await post(fleet.url + images, body, { traceparent });
    assert.equal(response.status, 200);
    await response.text();
    const [server, first, second] = await seen(2);
    assert.equal(server.traceId, traceId);
    assert.equal(server.name, `POST ${images}`);
    assert.equal(server.attributes['http.route'], images);
    assert.equal(server.attributes['dragoman.client_format'], 'openai-images');
    assert.equal(server.attributes['dragoman.attempts'], 2);
    assert.equal(first?.attributes['error.type'], '503');
    assert.equal(first.attributes['gen_ai.usage.input_tokens'], undefined);
    assert.equal(second?.name, `POST ${images}`);
    assert.deepEqual(second.status, {});
    assert.deepEqual(second.attributes, {
      'http.request.method': 'POST',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-image-1',
      'gen_ai.request.stream': false,
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 20,
      'server.address': '127.0.0.1',
      'server.port': fleet.at['b']?.port,
      'dragoman.channel': 'b',
      'dragoman.upstream_format': 'openai-chat',
    });
    const sent = fleet.at['b']?.asked[0]?.headers['traceparent'];
    assert.equal(sent, `00-${traceId}-${second.spanId}-01`);
  });

  it('legacy completions are the conventions’ text completions', async () => {
    await start({ main: json({ choices: [{ text: 'hi' }], usage: { prompt_tokens: 1 } }) });
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'hi' };
    await (await post(`${fleet.url}/v1/completions`, body)).text();
    const [, attempt] = await seen(1);
    assert.equal(attempt?.name, 'text_completion gpt-3.5-turbo-instruct');
    assert.equal(attempt.attributes['gen_ai.operation.name'], 'text_completion');
  });

  it('a request without a model names none, nor the id that it asks for', async () => {
    await start({ main: json({ id: 'file-secret' }) });
    await (await fetch(`${fleet.url}/v1/files/file-secret`)).text();
    const [server, attempt] = await seen(1);
    assert.equal(server.name, 'GET /v1/files/{id}');
    assert.equal(attempt?.name, 'GET /v1/files/{id}');
    assert.equal(attempt.attributes['gen_ai.request.model'], undefined);
    assert.equal(attempt.attributes['gen_ai.request.stream'], undefined);
    assert.equal(JSON.stringify(collector.spans()).includes('secret'), false);
  });

  it('what is refused before it is sent has a span of its own alone', async () => {
    await start({ main: json({}) });
    assert.equal((await fetch(fleet.url + images)).status, 405);
    const [server] = await seen(0);
    assert.equal(server.name, 'GET');
    assert.equal(server.attributes['http.response.status_code'], 405);
  });

  const counting = '/v1/messages/count_tokens';
  const question = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hi' }] };

  it('tokens that an upstream counts have a span for asking it', async () => {
    await start({ main: json({ input_tokens: 8 }) }, 'anthropic');
    await (await post(fleet.url + counting, question)).text();
    const [server, attempt] = await seen(1);
    assert.equal(server.name, `POST ${counting}`);
    assert.equal(server.attributes['dragoman.channel'], 'main');
    assert.equal(attempt?.name, `POST ${counting}`);
    assert.deepEqual(attempt.status, {});
    const sent = fleet.at['main']?.asked[0]?.headers['traceparent'];
    assert.equal(sent, `00-${server.traceId}-${attempt.spanId}-01`);
  });

  it('tokens that the gateway counts since the upstream would not have one that failed', async () => {
    await start({ main: json({}, 500) }, 'anthropic');
    assert.equal((await post(fleet.url + counting, question)).status, 200);
    const [server, attempt] = await seen(1);
    assert.deepEqual(server.status, {});
    assert.equal(attempt?.attributes['error.type'], '500');
    assert.deepEqual(attempt.status, { code: 2 });
  });

  for (const [path, route] of [
    ['/v1/models', '/v1/models'],
    ['/v1/models/gpt-4o', '/v1/models/{model}'],
    [
      '/v1/responses/resp_dragoman_0123456789abcdef0123456789abcdef/input_items',
      '/v1/responses/{id}/input_items',
    ],
  ] as const)
    it(`what the gateway answers by itself has one span: ${route}`, async () => {
      await start({ main: json({ object: 'list', data: [] }) });
      const response = await fetch(fleet.url + path, { headers: { authorization: 'Bearer k' } });
      await response.text();
      const [server] = await seen(0);
      assert.equal(server.name, `GET ${route}`);
      assert.equal(server.attributes['http.response.status_code'], response.status);
    });
});
