/** Spans of every kind of exchange as a collector gets them, and the context that goes upstream. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TraceSettings } from '../../packages/gateway/src/model/trace-settings.ts';
import {
  CLIENT,
  type Collector,
  SERVER,
  type SeenSpan,
  startCollector,
  tracesTo,
} from './collector.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const chat = json(answers.chat);
const stream: Script = (response) => {
  sse(response);
  response.end(chatStream.start + chatStream.text('hello') + chatStream.finish + chatStream.done);
};

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${parentId}-01`;

let collector: Collector;
let fleet: Fleet;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  await fleet.close();
  await collector.close();
});

type Scripts = { readonly [channel: string]: Script };

async function start(scripts: Scripts, overrides: Partial<TraceSettings> = {}): Promise<void> {
  fleet = await sail({
    channels: Object.fromEntries(
      Object.entries(scripts).map(([id, script]) => [id, { answers: script }]),
    ),
    traces: tracesTo(collector.url, overrides),
  });
}

function toOpenai(body: object, headers?: Record<string, string>): Promise<Response> {
  return post(`${fleet.url}/v1/chat/completions`, body, headers);
}

interface Seen {
  readonly server: SeenSpan;
  readonly attempts: readonly SeenSpan[];
}

/** The spans of one exchange, each in its place. */
async function seen(attempts: number): Promise<Seen> {
  const spans = await collector.waitFor(attempts + 1);
  assert.equal(spans.length, attempts + 1);
  const [server, ...others] = spans.filter(({ kind }) => kind === SERVER);
  assert.ok(server !== undefined);
  assert.equal(others.length, 0);
  const clients = spans.filter(({ kind }) => kind === CLIENT);
  for (const span of clients) {
    assert.equal(span.parentSpanId, server.spanId);
    assert.equal(span.traceId, server.traceId);
    assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(server.startTimeUnixNano));
    assert.ok(BigInt(span.endTimeUnixNano) <= BigInt(server.endTimeUnixNano));
    assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
  }
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const agoNs = nowNs - BigInt(server.startTimeUnixNano);
  assert.ok(agoNs > -1_000_000_000n && agoNs < 60_000_000_000n);
  return { server, attempts: clients };
}

describe('an exchange that went well', () => {
  it('is one span, and one for its attempt, in a trace of its own', async () => {
    await start({ main: chat });
    const response = await toOpenai(ask.chat('gpt-4o'));
    assert.equal(response.status, 200);
    await response.text();
    const { server, attempts } = await seen(1);
    assert.match(server.traceId, /^[0-9a-f]{32}$/);
    assert.match(server.spanId, /^[0-9a-f]{16}$/);
    assert.equal(server.parentSpanId, undefined);
    assert.equal(server.name, 'POST /v1/chat/completions');
    assert.deepEqual(server.status, {});
    assert.deepEqual(server.attributes, {
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'dragoman.client_format': 'openai-chat',
      'dragoman.upstream_format': 'openai-chat',
      'dragoman.channel': 'main',
      'dragoman.attempts': 1,
      'dragoman.end': 'complete',
      'dragoman.losses': 0,
    });
    const [attempt] = attempts;
    assert.equal(attempt?.name, 'chat gpt-4o');
    assert.deepEqual(attempt.status, {});
    assert.deepEqual(attempt.attributes, {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.stream': false,
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': fleet.at['main']?.port,
      'dragoman.channel': 'main',
      'dragoman.upstream_format': 'openai-chat',
    });
  });

  it('is told apart where embeddings were asked for', async () => {
    const usage = { prompt_tokens: 5, total_tokens: 5 };
    await start({ main: json({ object: 'list', data: [], model: 'm', usage }) });
    await post(`${fleet.url}/v1/embeddings`, { model: 'text-embedding-3-small', input: 'a' });
    const { server, attempts } = await seen(1);
    assert.equal(server.name, 'POST /v1/embeddings');
    const [attempt] = attempts;
    assert.equal(attempt?.name, 'embeddings text-embedding-3-small');
    assert.equal(attempt.attributes['gen_ai.operation.name'], 'embeddings');
    assert.equal(attempt.attributes['gen_ai.usage.input_tokens'], 5);
    assert.equal(attempt.attributes['gen_ai.usage.output_tokens'], 0);
  });

  it('tells of a stream when its first output came', async () => {
    await start({ main: stream });
    await (await toOpenai({ ...ask.chat('gpt-4o'), stream: true })).text();
    const { server, attempts } = await seen(1);
    assert.equal(server.attributes['dragoman.end'], 'complete');
    const attributes = attempts[0]?.attributes ?? {};
    assert.equal(attributes['gen_ai.request.stream'], true);
    assert.equal(attributes['gen_ai.usage.input_tokens'], 3);
    const seconds = attributes['gen_ai.response.time_to_first_chunk'];
    assert.ok(typeof seconds === 'number' && seconds > 0 && seconds < 60);
  });

  it('has a route without the model that is in the path', async () => {
    await start({ main: chat });
    await post(`${fleet.url}/v1beta/models/secret-model:generateContent?key=k`, ask.gemini());
    const { server } = await seen(1);
    assert.equal(server.name, 'POST /v1beta/models/{model}:generateContent');
    assert.equal(server.attributes['dragoman.client_format'], 'gemini');
  });
});

describe('an exchange that failed', () => {
  it('over to another channel has a span for each attempt', async () => {
    await start({ a: json({}, 503), b: chat });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 200);
    const { server, attempts } = await seen(2);
    assert.equal(server.attributes['dragoman.attempts'], 2);
    assert.equal(server.attributes['dragoman.channel'], 'b');
    assert.deepEqual(server.status, {});
    const [first, second] = attempts;
    assert.equal(first?.attributes['dragoman.channel'], 'a');
    assert.equal(first.attributes['error.type'], '503');
    assert.deepEqual(first.status, { code: 2 });
    assert.equal(first.attributes['gen_ai.usage.input_tokens'], undefined);
    assert.equal(second?.attributes['dragoman.channel'], 'b');
    assert.deepEqual(second.status, {});
    assert.equal(second.attributes['gen_ai.usage.input_tokens'], 3);
    assert.ok(BigInt(first.endTimeUnixNano) <= BigInt(second.startTimeUnixNano));
  });

  it('says what failed where no upstream could be reached', async () => {
    fleet = await sail({
      channels: { a: { answers: chat, baseUrl: 'http://127.0.0.1:9' } },
      traces: tracesTo(collector.url),
      attemptsMax: 1,
    });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 502);
    const { server, attempts } = await seen(1);
    assert.equal(server.attributes['error.type'], '502');
    assert.deepEqual(server.status, { code: 2 });
    assert.equal(attempts[0]?.attributes['error.type'], 'connect');
  });

  it('by the client’s own fault is no error of the server', async () => {
    fleet = await sail({
      channels: { main: { answers: json({ error: { message: 'no', code: 'x' } }, 429) } },
      traces: tracesTo(collector.url),
      attemptsMax: 1,
    });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 429);
    const { server, attempts } = await seen(1);
    assert.equal(server.attributes['http.response.status_code'], 429);
    assert.equal(server.attributes['error.type'], undefined);
    assert.equal(server.attributes['dragoman.end'], 'upstream-error');
    assert.deepEqual(server.status, {});
    assert.equal(attempts[0]?.attributes['error.type'], '429');
    assert.deepEqual(attempts[0].status, { code: 2 });
  });

  it('before any attempt has a span of its own alone', async () => {
    fleet = await sail({
      channels: { main: { answers: chat } },
      auth: 'required',
      traces: tracesTo(collector.url),
    });
    assert.equal((await toOpenai(ask.chat('gpt-4o'))).status, 401);
    const { server } = await seen(0);
    assert.equal(server.attributes['http.response.status_code'], 401);
    assert.equal(server.attributes['dragoman.end'], 'refused');
    assert.equal(server.attributes['dragoman.attempts'], 0);
  });

  it('on a path that is none has no route', async () => {
    await start({ main: chat });
    assert.equal((await fetch(`${fleet.url}/some/where?x=1`)).status, 404);
    const { server } = await seen(0);
    assert.equal(server.name, 'GET');
    assert.equal(server.attributes['http.route'], undefined);
  });

  it('for want of an attempt that fits has no span for what was never sent', async () => {
    await start({ main: chat });
    const lossy = { contents: ask.gemini().contents, cachedContent: 'cachedContents/x' };
    const path = '/v1beta/models/gpt-4o:generateContent';
    const response = await post(fleet.url + path, lossy, { 'x-dragoman-strict': 'true' });
    assert.ok(response.status >= 400 && response.status < 500, String(response.status));
    assert.equal(fleet.at['main']?.asked.length, 0);
    const { server } = await seen(0);
    assert.equal(server.attributes['dragoman.attempts'], 0);
  });

  it('in the middle of its stream is an error although its status is 200', async () => {
    await start({
      main(response) {
        sse(response);
        response.write(chatStream.start + chatStream.text('hello'), () => response.destroy());
      },
    });
    await (await toOpenai({ ...ask.chat('gpt-4o'), stream: true })).text();
    const { server, attempts } = await seen(1);
    assert.equal(server.attributes['http.response.status_code'], 200);
    assert.equal(server.attributes['error.type'], 'upstream-cut');
    assert.deepEqual(server.status, { code: 2 });
    assert.equal(attempts[0]?.attributes['error.type'], 'upstream-cut');
    assert.equal(attempts[0].attributes['dragoman.usage_estimated'], true);
  });

  it('since the client left says so, and is nobody’s error', async () => {
    await start({ main: () => {} });
    const leaving = new AbortController();
    const asked = fetch(`${fleet.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(ask.chat('gpt-4o')),
      signal: leaving.signal,
    });
    const gone = assert.rejects(asked);
    while (fleet.at['main']?.asked.length === 0) await new Promise(setImmediate);
    leaving.abort();
    await gone;
    const { server, attempts } = await seen(1);
    assert.equal(server.attributes['dragoman.end'], 'client-gone');
    assert.equal(server.attributes['error.type'], 'client-gone');
    assert.equal(server.attributes['http.response.status_code'], undefined);
    assert.deepEqual(server.status, {});
    assert.equal(attempts[0]?.attributes['error.type'], 'client-gone');
    assert.deepEqual(attempts[0].status, {});
  });
});

describe('the context of a trace', () => {
  const headersAt = (channel: string): { readonly [name: string]: unknown } =>
    fleet.at[channel]?.asked[0]?.headers ?? {};

  it('goes on from the client’s, by the span of each attempt', async () => {
    await start({ a: json({}, 503), b: chat });
    await toOpenai(ask.chat('gpt-4o'), { traceparent, tracestate: 'a=b', baggage: 'user=x' });
    const { server, attempts } = await seen(2);
    assert.equal(server.traceId, traceId);
    assert.equal(server.parentSpanId, parentId);
    for (const [index, channel] of ['a', 'b'].entries()) {
      const sent = headersAt(channel);
      assert.equal(sent['traceparent'], `00-${traceId}-${attempts[index]?.spanId}-01`);
      assert.equal(sent['tracestate'], 'a=b');
      assert.equal(sent['baggage'], undefined);
    }
    assert.notEqual(attempts[0]?.spanId, attempts[1]?.spanId);
  });

  it('begins here where the client’s is none', async () => {
    await start({ main: chat });
    await toOpenai(ask.chat('gpt-4o'), { traceparent: 'nonsense', tracestate: 'a=b' });
    const { server, attempts } = await seen(1);
    assert.equal(server.parentSpanId, undefined);
    assert.equal(
      headersAt('main')['traceparent'],
      `00-${server.traceId}-${attempts[0]?.spanId}-01`,
    );
    assert.equal(headersAt('main')['tracestate'], undefined);
  });

  it('that the client does not record is passed on, and not recorded', async () => {
    await start({ main: chat });
    await toOpenai(ask.chat('gpt-4o'), { traceparent: `00-${traceId}-${parentId}-00` });
    assert.match(String(headersAt('main')['traceparent']), /^00-0af7.*-[0-9a-f]{16}-00$/);
    assert.ok(!String(headersAt('main')['traceparent']).includes(parentId));
    await toOpenai(ask.chat('gpt-4o'));
    assert.equal((await collector.waitFor(2)).length, 2);
    assert.ok(!collector.spans().some((span) => span.traceId === traceId));
  });

  it('is recorded by its share, the same for all who see the trace', async () => {
    await start({ main: chat }, { sampler: { ratio: 0.5, followsParent: false } });
    const low = `${'0'.repeat(17)}1${'0'.repeat(14)}`;
    const high = 'f'.repeat(32);
    for (const id of [low, high])
      await toOpenai(ask.chat('gpt-4o'), { traceparent: `00-${id}-${parentId}-01` });
    const { server } = await seen(1);
    assert.equal(server.traceId, high);
    const flags = fleet.at['main']?.asked.map(({ headers }) =>
      String(headers['traceparent']).slice(-2),
    );
    assert.deepEqual(flags, ['00', '01']);
  });

  it('is the client’s own, untouched, where traces are off', async () => {
    fleet = await sail({ channels: { main: { answers: chat } } });
    await toOpenai(ask.chat('gpt-4o'), { traceparent, tracestate: 'a=b , c=d', baggage: 'x=y' });
    assert.equal(headersAt('main')['traceparent'], traceparent);
    assert.equal(headersAt('main')['tracestate'], 'a=b , c=d');
    assert.equal(headersAt('main')['baggage'], undefined);
  });

  it('is nothing where traces are off and the client sent nothing that is one', async () => {
    fleet = await sail({ channels: { main: { answers: chat } } });
    const response = await toOpenai(ask.chat('gpt-4o'), { traceparent: 'x', tracestate: 'a=b' });
    assert.equal(headersAt('main')['traceparent'], undefined);
    assert.equal(headersAt('main')['tracestate'], undefined);
    assert.equal(response.headers.get('traceparent'), null);
  });
});

describe('spans', () => {
  it('come from every worker, and all of them before the gateway has stopped', async () => {
    fleet = await sail({
      channels: { main: { answers: chat } },
      workers: 2,
      traces: tracesTo(collector.url, { delayMs: 60_000 }),
    });
    const count = 12;
    for (let index = 0; index < count; index++) await toOpenai(ask.chat('gpt-4o'));
    await fleet.gateway.close();
    assert.equal(collector.spans().length, 2 * count);
    assert.ok(collector.batches.every(({ path }) => path === '/v1/traces'));
  });
});
