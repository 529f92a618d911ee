/** The line of an exchange is JSON whatever a client sends, and leaves out what is not known. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ExchangeRecord } from '../model/exchange.ts';
import { createExchangeLine } from './exchange-line.ts';

const exchangeLine = createExchangeLine();

const record: ExchangeRecord = {
  requestId: 'req_1',
  exchangeId: 'req_1',
  traceId: undefined,
  method: 'POST',
  clientFormat: 'openai-chat',
  upstreamFormat: 'gemini',
  provider: 'gemini',
  channel: 'google',
  attempts: ['google:200'],
  model: 'gemini-3',
  upstreamModel: 'gemini-3',
  keyId: 'key_1',
  keyName: 'team-a',
  user: 'alice',
  isEstimated: false,
  costMicroUsd: 12,
  stream: true,
  detection: 'path /v1/chat/completions',
  losses: [],
  mediaFetches: [],
  durationMs: 12.4,
  firstByteMs: 3.6,
  firstOutputMs: 3.6,
  outcome: {
    status: 200,
    cause: 'complete',
    usage: { fresh: 7, cacheRead: 2, text: 5 },
    errorCode: undefined,
    sample: undefined,
  },
};

function read(changes: Partial<ExchangeRecord>): { readonly [field: string]: unknown } {
  const { time, ...fields } = JSON.parse(exchangeLine({ ...record, ...changes }));
  assert.equal(typeof time, 'number');
  return fields;
}

test('a line has every field of an exchange that went well', () => {
  assert.deepEqual(read({}), {
    level: 30,
    requestId: 'req_1',
    method: 'POST',
    clientFormat: 'openai-chat',
    upstreamFormat: 'gemini',
    provider: 'gemini',
    channel: 'google',
    model: 'gemini-3',
    keyId: 'key_1',
    stream: true,
    detection: 'path /v1/chat/completions',
    status: 200,
    end: 'complete',
    durationMs: 12,
    firstByteMs: 4,
    firstOutputMs: 4,
    usage: { fresh: 7, cacheRead: 2, text: 5 },
    costMicroUsd: 12,
    losses: 0,
    msg: 'exchange',
  });
});

test('what is not known is left out', () => {
  const refused = read({
    clientFormat: undefined,
    upstreamFormat: undefined,
    provider: undefined,
    channel: undefined,
    attempts: [],
    model: undefined,
    keyId: undefined,
    user: undefined,
    costMicroUsd: undefined,
    detection: undefined,
    firstByteMs: undefined,
    firstOutputMs: undefined,
    upstreamModel: undefined,
    outcome: {
      status: 404,
      cause: 'refused',
      usage: undefined,
      sample: undefined,
      errorCode: 'unknown_path',
    },
  });
  assert.deepEqual(refused, {
    level: 30,
    requestId: 'req_1',
    method: 'POST',
    stream: true,
    status: 404,
    end: 'refused',
    error: 'unknown_path',
    durationMs: 12,
    losses: 0,
    msg: 'exchange',
  });
});

test('quotes, line ends and control characters of a client cannot forge a line', () => {
  const hostile = 'a","level":60,"x":"\n{"forged":true}\u2028\u2029\u0085\u009b\u202e\u0000\\';
  const line = exchangeLine({ ...record, model: hostile, method: hostile, detection: hostile });
  assert.equal(line.split(/[\n\r\u0085\u2028\u2029]/).length, 1);
  assert.doesNotMatch(line, /[^\x20-\x7e]/);
  assert.equal(read({ model: hostile })['model'], hostile);
});

test('several attempts are told in order', () => {
  assert.equal(read({ attempts: ['a:500', 'b:200'] })['attempts'], 'a:500, b:200');
});

test('what a client makes long is cut', () => {
  const long = 'x'.repeat(100_000);
  const line = exchangeLine({ ...record, model: long, method: long, detection: long });
  assert.ok(line.length < 2_000);
  assert.equal(read({ model: long })['model'], `${'x'.repeat(256)}\u2026`);
  assert.equal(
    read({ model: `${'x'.repeat(255)}\u{1f600}` })['model'],
    `${'x'.repeat(255)}\ud83d\u2026`,
  );
});

test('another model than the client asked for is told', () => {
  const fields = read({ model: 'fast', upstreamModel: 'gemini-3' });
  assert.deepEqual([fields['model'], fields['upstreamModel']], ['fast', 'gemini-3']);
});

test('a line says for how many it stands, unless it is one', () => {
  assert.equal(JSON.parse(exchangeLine(record, 10))['standsFor'], 10);
  assert.equal('standsFor' in read({}), false);
});

test('a line names the trace where there is one', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  assert.equal(read({ traceId })['traceId'], traceId);
  assert.ok(!('traceId' in read({})));
});
