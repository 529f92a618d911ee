/** The metrics page: every figure under its labels, and no label that a client could multiply. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLogger } from '../lib/log.ts';
import { defaultSettings, type Settings } from '../model/settings.ts';
import { createTelemetry, type Metrics } from './telemetry.ts';
import { exchangeRecord } from './testing/exchange-record.ts';
import { type Page, parsePage, total } from './testing/exposition.ts';

const record = exchangeRecord;
const { outcome } = record;

function started(settings: Partial<Settings> = {}): Metrics {
  const telemetry = createTelemetry(createLogger('silent'));
  telemetry.configured({ ...defaultSettings, ...settings });
  return telemetry;
}

async function pageOf(telemetry: Metrics): Promise<Page> {
  return parsePage(await telemetry.page());
}

function seriesOf(page: Page): number {
  return [...page.values()].reduce((sum, { samples }) => sum + samples.length, 0);
}

function modelsOn(page: Page): ReadonlySet<string | undefined> {
  return new Set(page.get('http_requests_total')?.samples.map(({ labels }) => labels['model']));
}

test('what generates nothing is counted, and leaves no row of usage', async () => {
  const telemetry = started();
  const rows: unknown[] = [];
  telemetry.keepUsage((row) => rows.push(row));
  telemetry.exchangeEnded({ ...record, isMetered: false });
  telemetry.exchangeEnded({ ...record, channel: undefined });
  assert.equal(rows.length, 0);
  telemetry.exchangeEnded(record);
  assert.equal(rows.length, 1);
  assert.equal(total(await pageOf(telemetry), 'http_requests_total'), 3);
});

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

test('a stream is counted by the mean time between its outputs, and by how it was converted', async () => {
  const telemetry = started({ modelAliases: { fast: 'our-model' } });
  telemetry.exchangeEnded({ ...record, outcome: { ...outcome, betweenOutputsMs: 40 } });
  telemetry.exchangeEnded({ ...record, clientFormat: 'gemini' });
  telemetry.exchangeEnded({ ...record, attempts: [], upstreamFormat: undefined });
  const page = await pageOf(telemetry);
  const name = 'dragoman_time_between_outputs_seconds';
  const labels = { channel: 'google', model: 'our-model' };
  assert.equal(total(page, `${name}_count`, labels), 1);
  assert.equal(total(page, `${name}_sum`), 0.04);
  const pairs = page.get('dragoman_conversions_total')?.samples.map(({ labels: pair }) => pair);
  assert.deepEqual(pairs, [
    { client_format: 'openai-chat', upstream_format: 'gemini', kind: 'convert' },
    { client_format: 'gemini', upstream_format: 'gemini', kind: 'pass' },
  ]);
});

test('users have a label only where the operator named them', async () => {
  const silent = started();
  silent.exchangeEnded(record);
  assert.doesNotMatch(await silent.page(), /alice|user="/);
  const telemetry = started({ metrics: { users: ['alice'] } });
  for (const user of ['alice', 'mallory', undefined]) telemetry.exchangeEnded({ ...record, user });
  const page = await pageOf(telemetry);
  const tokens = 'dragoman_user_tokens_total';
  for (const user of ['alice', 'other', 'none']) {
    assert.equal(total(page, tokens, { user, type: 'input' }), 7, user);
    assert.equal(total(page, tokens, { user }), 21, user);
    assert.equal(total(page, 'dragoman_user_cost_dollars_total', { user }), 12e-6, user);
  }
});

test('budgets are as their counters last said, until their period is over', async () => {
  const telemetry = started();
  const { budgets } = telemetry;
  const key = { id: 'key_1', name: 'team-a' };
  const endMs = Date.now() + 60_000;
  budgets.counted({ key, used: 30, limit: 100, endMs });
  budgets.counted({ key, used: 50, limit: 100, endMs });
  budgets.settled('key_1', endMs, -15);
  budgets.settled('key_1', endMs - 1, -15);
  const over = { id: 'key_2', name: 'team-b' };
  budgets.counted({ key: over, used: 30, limit: 100, endMs: Date.now() - 1 });
  const page = await pageOf(telemetry);
  assert.deepEqual(
    page.get('dragoman_budget_used_ratio')?.samples.map(({ labels, value }) => [labels, value]),
    [[{ key: 'team-a' }, 0.35]],
  );
});

test('a thousand budgets have a name, the rest is one', async () => {
  const telemetry = started();
  for (let n = 0; n < 5_000; n += 1) {
    const key = { id: `key_${n}`, name: `team-${n}` };
    telemetry.budgets.counted({ key, used: n, limit: 100, endMs: Number.POSITIVE_INFINITY });
  }
  const page = await pageOf(telemetry);
  assert.equal(page.get('dragoman_budget_used_ratio')?.samples.length, 1_001);
});

test('readiness tells what refuses requests from what only does not work', () => {
  const telemetry = started();
  assert.deepEqual(telemetry.readiness(), { reasons: [], degraded: [] });
  telemetry.degraded('redis', true);
  telemetry.degraded('keys', true, true);
  telemetry.watchChannels(() => [{ id: 'a', inFlight: 0, isBroken: true }]);
  assert.deepEqual(telemetry.readiness(), { reasons: ['keys'], degraded: ['channels', 'redis'] });
  telemetry.degraded('keys', false);
  telemetry.degraded('redis', false);
  telemetry.watchChannels(() => [
    { id: 'a', inFlight: 0, isBroken: true },
    { id: 'b', inFlight: 0, isBroken: false },
  ]);
  assert.deepEqual(telemetry.readiness(), { reasons: [], degraded: [] });
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
  const telemetry = started({
    prices: [{ ...price, models: ['*'] }],
    metrics: { users: ['bob'] },
  });
  const junk = (n: number): void => {
    const answered = { ...record, user: `user-${n}`, keyName: undefined, keyId: undefined };
    telemetry.exchangeEnded({ ...answered, upstreamModel: `junk-${n}` });
    telemetry.exchangeEnded({ ...answered, upstreamModel: `claude-sonnet-4-5-junk-${n}` });
    telemetry.exchangeEnded({
      ...answered,
      method: `JUNK${n}`,
      detection: `path /junk/${n}`,
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
  assert.ok(seriesOf(after) <= 2_000);
  assert.deepEqual(modelsOn(after), new Set(['other', 'claude-sonnet-4-5']));
  assert.equal(total(after, 'http_requests_total', { method: 'other', status: '404' }), 100_001);
  assert.doesNotMatch(await telemetry.page(), /junk|alice|user-/i);
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
