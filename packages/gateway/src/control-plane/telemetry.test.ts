/** The metrics page: every figure under its labels, and no label that a client could multiply. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLogger } from '../lib/log.ts';
import type { ExchangeRecord } from '../model/exchange.ts';
import { defaultSettings, type Settings } from '../model/settings.ts';
import { createTelemetry, type Metrics } from './telemetry.ts';
import { type Page, parsePage, total } from './testing/exposition.ts';

const outcome = {
  status: 200,
  cause: 'complete',
  usage: { fresh: 7, cacheRead: 2, cacheWrite: 3, text: 5, reasoning: 4 },
  errorCode: undefined,
  sample: undefined,
} as const;

const record: ExchangeRecord = {
  requestId: 'req_1',
  exchangeId: 'req_1',
  method: 'POST',
  clientFormat: 'openai-chat',
  upstreamFormat: 'gemini',
  provider: 'gemini',
  channel: 'google',
  attempts: ['main:503', 'google:200'],
  model: 'fast',
  upstreamModel: 'our-model',
  keyId: 'key_1',
  keyName: 'team "a"\\\nof us',
  user: 'alice',
  isEstimated: false,
  costMicroUsd: 12,
  stream: true,
  detection: undefined,
  losses: [],
  durationMs: 1_200,
  firstByteMs: 300,
  firstOutputMs: 400,
  outcome,
};

function started(settings: Partial<Settings> = {}): Metrics {
  const telemetry = createTelemetry(createLogger('silent'));
  telemetry.configured({ ...defaultSettings, ...settings });
  return telemetry;
}

async function pageOf(telemetry: Metrics): Promise<Page> {
  return parsePage((await telemetry.page()).text);
}

function seriesOf(page: Page): number {
  return [...page.values()].reduce((sum, { samples }) => sum + samples.length, 0);
}

function modelsOn(page: Page): ReadonlySet<string | undefined> {
  return new Set(page.get('http_requests_total')?.samples.map(({ labels }) => labels['model']));
}

test('an exchange is counted by everything that is known of it', async () => {
  const telemetry = started({ modelAliases: { fast: 'our-model' } });
  telemetry.exchangeEnded(record);
  telemetry.exchangeEnded({ ...record, isEstimated: true });
  const page = await pageOf(telemetry);
  const answered = {
    client_format: 'openai-chat',
    upstream_format: 'gemini',
    channel: 'google',
    model: 'our-model',
    key: 'team "a"\\\nof us',
  };
  assert.equal(
    total(page, 'http_requests_total', { ...answered, method: 'POST', status: '200' }),
    2,
  );
  const types = { input: 14, output: 10, cache_read: 4, cache_write: 6, reasoning: 8 };
  for (const [type, tokens] of Object.entries(types))
    assert.equal(total(page, 'token_usage_total', { ...answered, type }), tokens, type);
  assert.equal(total(page, 'dragoman_cost_dollars_total', { model: 'our-model' }), 24e-6);
  assert.equal(total(page, 'dragoman_estimated_usage_total', { channel: 'google' }), 1);
  const failed = { channel: 'main', result: '5xx' };
  assert.equal(total(page, 'dragoman_upstream_attempts_total', failed), 2);
  assert.equal(total(page, 'dragoman_retries_total', { channel: 'google' }), 2);
  assert.equal(total(page, 'dragoman_retries_total', { channel: 'main' }), 0);
  assert.equal(total(page, 'http_request_duration_seconds_sum'), 2.4);
  const early = { channel: 'google', model: 'our-model', le: '0.5' };
  assert.equal(total(page, 'dragoman_time_to_first_output_seconds_bucket', early), 2);
});

test('results of attempts fall into few classes', async () => {
  const telemetry = started();
  const results = {
    ok: ['200', '201'],
    connect: ['connect', 'connect-timeout'],
    timeout: ['timeout'],
    reset: ['reset'],
    invalid: ['invalid', 'redirect'],
    429: ['429'],
    '4xx': ['400', '404'],
    '5xx': ['500', '529'],
    cancelled: ['client-gone', 'shutting-down'],
    failed: ['internal', '99999'],
  };
  telemetry.exchangeEnded({
    ...record,
    attempts: Object.values(results).flatMap((words) => words.map((word) => `a:b:${word}`)),
  });
  const page = await pageOf(telemetry);
  for (const [result, words] of Object.entries(results)) {
    const labels = { channel: 'a:b', result };
    assert.equal(total(page, 'dragoman_upstream_attempts_total', labels), words.length, result);
  }
});

test('models, users, keys and methods that clients make up add no series', async () => {
  const telemetry = started({ prices: [{ ...price, models: ['*'] }] });
  const junk = (n: number): void => {
    const answered = { ...record, user: `user-${n}`, keyName: undefined, keyId: undefined };
    telemetry.exchangeEnded({ ...answered, upstreamModel: `junk-${n}` });
    telemetry.exchangeEnded({ ...answered, upstreamModel: `claude-sonnet-4-5-junk-${n}` });
    telemetry.exchangeEnded({
      ...answered,
      method: `JUNK${n}`,
      model: `junk-${n}`,
      upstreamModel: undefined,
      channel: undefined,
      attempts: [],
      outcome: { ...outcome, status: 404, usage: undefined },
    });
  };
  junk(0);
  const before = await pageOf(telemetry);
  for (let n = 1; n <= 100_000; n += 1) junk(n);
  const after = await pageOf(telemetry);
  assert.equal(seriesOf(after), seriesOf(before));
  assert.deepEqual(modelsOn(after), new Set(['other', 'claude-sonnet-4-5']));
  assert.equal(total(after, 'http_requests_total', { method: 'other', status: '404' }), 100_001);
  assert.doesNotMatch((await telemetry.page()).text, /junk|alice|user-/i);
});

const price = { input: 1, output: 1, cacheRead: undefined, cacheWrite: undefined };

test('at most 200 models have a name, however many are configured', async () => {
  const names = Array.from({ length: 300 }, (_, n) => `ours-${n}`);
  const telemetry = started({
    modelAliases: Object.fromEntries(names.map((name) => [`alias of ${name}`, name])),
  });
  for (const upstreamModel of [...names, 'gpt-4o'])
    telemetry.exchangeEnded({ ...record, upstreamModel });
  const models = modelsOn(await pageOf(telemetry));
  assert.equal(models.size, 201);
  assert.ok(models.has('ours-0') && models.has('other') && !models.has('gpt-4o'));
});

test('a model of the price list has a name once an upstream has answered for it', async () => {
  const telemetry = started();
  const refused = { ...outcome, status: 404, usage: undefined };
  telemetry.exchangeEnded({ ...record, upstreamModel: 'gpt-4o', outcome: refused });
  assert.deepEqual(modelsOn(await pageOf(telemetry)), new Set(['other']));
  telemetry.exchangeEnded({ ...record, upstreamModel: 'gpt-4o' });
  assert.ok(modelsOn(await pageOf(telemetry)).has('gpt-4o'));
});

test('channels are as they are when the page is read', async () => {
  const telemetry = started();
  let states = [
    { id: 'a', inFlight: 3, isBroken: false },
    { id: 'b', inFlight: 0, isBroken: true },
  ];
  telemetry.watchChannels(() => states);
  const page = await pageOf(telemetry);
  assert.equal(total(page, 'dragoman_channel_in_flight', { channel: 'a' }), 3);
  assert.equal(total(page, 'dragoman_channel_breaker_open', { channel: 'a' }), 0);
  assert.equal(total(page, 'dragoman_channel_breaker_open', { channel: 'b' }), 1);
  states = [];
  assert.equal((await pageOf(telemetry)).get('dragoman_channel_in_flight')?.samples.length, 0);
});

test('the process is on the page', async () => {
  const page = await pageOf(started());
  assert.ok(total(page, 'process_resident_memory_bytes') > 1_000_000);
  assert.ok(total(page, 'process_cpu_seconds_total') > 0);
  assert.ok(total(page, 'process_start_time_seconds') > 1_700_000_000);
  assert.equal(total(page, 'dragoman_build_info', { node: process.version }), 1);
});
