/** OpenTelemetry's variables mean here what they mean elsewhere, and every mistake is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { version } from '../lib/version.ts';
import { readTraceSettings } from './trace-settings.ts';

const on = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function settings(env: { readonly [name: string]: string }) {
  const { traces, mistakes } = readTraceSettings({ ...on, ...env });
  assert.deepEqual(mistakes, []);
  assert.ok(traces !== undefined);
  return traces;
}

function mistakesOf(env: { readonly [name: string]: string }): readonly string[] {
  const { traces, mistakes } = readTraceSettings({ ...on, ...env });
  if (mistakes.length > 0) assert.equal(traces, undefined);
  return mistakes;
}

describe('traces are off', () => {
  const cases: readonly { readonly [name: string]: string }[] = [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SERVICE_NAME: 'x' },
    { ...on, OTEL_SDK_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'wrong' },
    { ...on, OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  ];
  for (const env of cases) {
    it(`with ${JSON.stringify(env)}`, () => {
      assert.deepEqual(readTraceSettings(env), { traces: undefined, mistakes: [] });
    });
  }
});

describe('traces are on', () => {
  it('with an endpoint alone, and the defaults of the standard', () => {
    assert.deepEqual(settings({}), {
      url: 'http://collector:4318/v1/traces',
      headers: {},
      timeoutMs: 10_000,
      resource: { 'service.name': 'dragoman', 'service.version': version },
      sampler: { ratio: 1, followsParent: true },
      queueMax: 2_048,
      delayMs: 5_000,
      batchMax: 512,
    });
  });

  it('below the path of an endpoint for all signals, and at that for traces as it is', () => {
    const general = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example/otlp/?tenant=1' };
    assert.equal(settings(general).url, 'https://c.example/otlp/v1/traces?tenant=1');
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t.example/in' };
    assert.equal(settings({ ...general, ...own }).url, 'https://t.example/in');
  });

  it('with the user and password of an address as a header', () => {
    const { url, headers } = settings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:p%40ss@collector:4318',
    });
    assert.equal(url, 'http://collector:4318/v1/traces');
    assert.deepEqual(headers, { authorization: `Basic ${btoa('me:p@ss')}` });
  });

  it('with what is said for traces before what is said for all', () => {
    const { headers, timeoutMs } = settings({
      OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'Authorization=Bearer%20x==, x-team = ai',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '250',
    });
    assert.deepEqual(headers, { authorization: 'Bearer x==', 'x-team': 'ai' });
    assert.equal(timeoutMs, 250);
  });

  it('with a name, attributes and bounds', () => {
    const { resource, queueMax, batchMax, delayMs } = settings({
      OTEL_SERVICE_NAME: 'edge',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=a%2Cb',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200',
      OTEL_BSP_SCHEDULE_DELAY: '10',
    });
    assert.equal(resource['service.name'], 'edge');
    assert.equal(resource['deployment.environment.name'], 'a,b');
    assert.deepEqual([queueMax, batchMax, delayMs], [100, 100, 10]);
  });

  const samplers: readonly (readonly [name: string, ratio: number, followsParent: boolean])[] = [
    ['always_on', 1, false],
    ['always_off', 0, false],
    ['traceidratio', 0.25, false],
    ['parentbased_always_on', 1, true],
    ['parentbased_always_off', 0, true],
    ['parentbased_traceidratio', 0.25, true],
  ];
  for (const [name, ratio, followsParent] of samplers) {
    it(`with the sampler ${name}`, () => {
      const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0.25' };
      assert.deepEqual(settings(env).sampler, { ratio, followsParent });
    });
  }
});

describe('mistakes in the settings of traces', () => {
  const cases: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', /expected an http or https URL/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'ftp://c/x', /expected an http or https URL/],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /expected http\/json.*got "grpc"/],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/protobuf', /expected http\/json/],
    ['OTEL_TRACES_EXPORTER', 'console', /expected one of otlp, none, got "console"/],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', /expected one of always_on, .*got "jaeger_remote"/],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon', /expected a whole number/],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', /expected a whole number/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.name', /expected name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%E0%A4%A', /expected name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x=a%0D%0Ab: c', /expected name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'content-length=5', /expected name=value/],
  ];
  for (const [name, text, says] of cases) {
    it(`are named: ${name}=${text}`, () => {
      const [mistake = '', ...others] = mistakesOf({ [name]: text });
      assert.deepEqual(others, []);
      assert.ok(mistake.startsWith(`${name}: `), mistake);
      assert.match(mistake, says);
    });
  }

  it('are all named at once', () => {
    const names = mistakesOf({
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    }).map((mistake) => mistake.split(':')[0]);
    assert.deepEqual(
      new Set(names),
      new Set(['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_TRACES_SAMPLER_ARG']),
    );
  });

  it('repeat no header and no address, which may hold secrets', () => {
    const told = mistakesOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'me:canary@collector',
      OTEL_EXPORTER_OTLP_HEADERS: 'canary',
    });
    assert.equal(told.length, 2);
    assert.ok(!told.join().includes('canary'));
  });
});
