/** Whether and where traces are sent, by the variables that OpenTelemetry has for it. */
import { withoutKeys } from '../keys/secret.ts';
import { version } from '../lib/version.ts';
import type { SamplerSettings, TraceSettings } from '../model/trace-settings.ts';
import { integer, share } from './config/setting-readers.ts';
import { collectorUrl, headerPairs, pairs } from './trace-readers.ts';

interface UnderstoodTraces {
  /** Undefined: traces are off, or there are mistakes. */
  readonly traces: TraceSettings | undefined;
  readonly mistakes: readonly string[];
}

interface Env {
  readonly [name: string]: string | undefined;
}

interface ValueReader<T> {
  readonly expected: string;
  readonly isSecret?: boolean;
  read(text: string): T | undefined;
}

/** The general name; that of traces alone goes before it. */
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

export const tracesHelp = {
  env: ENDPOINT,
  help: 'collector of traces by OTLP/HTTP, such as http://localhost:4318; none: no traces',
} as const;

const exporter = named({ otlp: true, none: false });
/** A collector takes both kinds of HTTP on one port, but nobody should believe that it gets the other one. */
const protocol: ValueReader<string> = {
  expected:
    'expected http/json, which collectors take where they take http/protobuf; nothing else is spoken here',
  read: (text) => (text === 'http/json' ? text : undefined),
};

/** Undefined: the share that OTEL_TRACES_SAMPLER_ARG names. */
const sampler = named<{ readonly ratio: number | undefined; readonly followsParent: boolean }>({
  always_on: { ratio: 1, followsParent: false },
  always_off: { ratio: 0, followsParent: false },
  traceidratio: { ratio: undefined, followsParent: false },
  parentbased_always_on: { ratio: 1, followsParent: true },
  parentbased_always_off: { ratio: 0, followsParent: true },
  parentbased_traceidratio: { ratio: undefined, followsParent: true },
});

const TIMEOUT_MS = 10_000;
const TIMEOUT_MS_MAX = 600_000;
const SPANS_MAX = 2_048;
const SPANS_MAX_MAX = 100_000;
const DELAY_MS = 5_000;
const DELAY_MS_MAX = 600_000;
const BATCH_MAX = 512;

export function readTraceSettings(env: Env): UnderstoodTraces {
  const mistakes: string[] = [];

  /** Of the first name that is set; an empty variable is as if it were not. */
  function read<T>(names: readonly string[], reader: ValueReader<T>, standard: T): T {
    const name = names.find((each) => textOf(env, each) !== '');
    if (name === undefined) return standard;
    const text = textOf(env, name);
    const value = reader.read(text);
    if (value !== undefined) return value;
    const got = reader.isSecret === true ? '' : `, got ${JSON.stringify(withoutKeys(text))}`;
    mistakes.push(`${name}: ${reader.expected}${got}`);
    return standard;
  }

  if (!isAskedFor(env)) return { traces: undefined, mistakes };
  if (!read(['OTEL_TRACES_EXPORTER'], exporter, true)) return { traces: undefined, mistakes };
  read(['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'], protocol, '');
  const isOwn = textOf(env, TRACES_ENDPOINT) !== '';
  const address = read([TRACES_ENDPOINT, ENDPOINT], collectorUrl(isOwn), undefined);
  const headers = read(signal('HEADERS'), headerPairs, {});
  const queueMax = read(['OTEL_BSP_MAX_QUEUE_SIZE'], integer(1, SPANS_MAX_MAX), SPANS_MAX);
  const batch = read(['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], integer(1, SPANS_MAX_MAX), BATCH_MAX);
  const settings = {
    timeoutMs: read(signal('TIMEOUT'), integer(1, TIMEOUT_MS_MAX), TIMEOUT_MS),
    resource: resourceOf(read(['OTEL_RESOURCE_ATTRIBUTES'], pairs, {}), env),
    sampler: samplerOf(
      read(['OTEL_TRACES_SAMPLER'], sampler, { ratio: 1, followsParent: true }),
      () => read(['OTEL_TRACES_SAMPLER_ARG'], share, 1),
    ),
    queueMax,
    delayMs: read(['OTEL_BSP_SCHEDULE_DELAY'], integer(1, DELAY_MS_MAX), DELAY_MS),
    batchMax: Math.min(batch, queueMax),
  };
  if (address === undefined || mistakes.length > 0) return { traces: undefined, mistakes };
  return {
    traces: { ...settings, url: address.url, headers: { ...address.headers, ...headers } },
    mistakes,
  };
}

/** Nobody who does not name a collector wants to send to one, whatever the standard's default is. */
function isAskedFor(env: Env): boolean {
  if (textOf(env, 'OTEL_SDK_DISABLED').toLowerCase() === 'true') return false;
  return textOf(env, TRACES_ENDPOINT) !== '' || textOf(env, ENDPOINT) !== '';
}

function textOf(env: Env, name: string): string {
  return env[name]?.trim() ?? '';
}

function signal(of: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${of}`, `OTEL_EXPORTER_OTLP_${of}`];
}

function resourceOf(
  given: { readonly [name: string]: string },
  env: Env,
): TraceSettings['resource'] {
  const name = textOf(env, 'OTEL_SERVICE_NAME');
  return {
    'service.name': 'dragoman',
    'service.version': version,
    ...given,
    ...(name === '' ? {} : { 'service.name': name }),
  };
}

function samplerOf(
  { ratio, followsParent }: { readonly ratio: number | undefined; readonly followsParent: boolean },
  argument: () => number,
): SamplerSettings {
  return { ratio: ratio ?? argument(), followsParent };
}

function named<T>(values: { readonly [name: string]: T }): ValueReader<T> {
  return {
    expected: `expected one of ${Object.keys(values).join(', ')}`,
    read: (text) => (Object.hasOwn(values, text) ? values[text] : undefined),
  };
}
