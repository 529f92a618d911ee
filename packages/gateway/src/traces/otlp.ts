/** Spans as OTLP writes them in JSON. */
import { version } from '../lib/version.ts';

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  /** The parent is another program's. */
  readonly isParentRemote: boolean;
  readonly kind: 'server' | 'client';
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** Numbers are whole, but for those that say that they are not. Undefined ones are left out. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | { readonly double: number } | undefined;
}

const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
/** Recorded; and whether the parent is remote is known. */
const FLAGS = 0x101;
const FLAG_REMOTE_PARENT = 0x200;
const TEXT_LENGTH_MAX = 256;

export function spanText(span: Span): string {
  const { traceId, spanId, parentId, name, startMs, endMs, attributes } = span;
  return JSON.stringify({
    traceId,
    spanId,
    parentSpanId: parentId,
    flags: span.isParentRemote ? FLAGS | FLAG_REMOTE_PARENT : FLAGS,
    name: shortened(name),
    kind: span.kind === 'server' ? KIND_SERVER : KIND_CLIENT,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    status: span.isError ? { code: STATUS_ERROR } : {},
  });
}

/** What makes the body of a request of spans. */
export function createBatchText(resource: Attributes): (spans: readonly string[]) => string {
  const sdk = {
    'telemetry.sdk.name': 'dragoman',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': version,
  };
  const about = JSON.stringify({ attributes: attributesOf({ ...resource, ...sdk }) });
  const scope = JSON.stringify({ name: 'dragoman', version });
  return (spans) =>
    `{"resourceSpans":[{"resource":${about},"scopeSpans":[{"scope":${scope},"spans":[${spans.join(',')}]}]}]}`;
}

function attributesOf(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );
}

function valueOf(value: NonNullable<Attributes[string]>): object {
  if (typeof value === 'string') return { stringValue: shortened(value) };
  // As text: JSON's numbers are too small for what a protocol buffer calls an int.
  if (typeof value === 'number') return { intValue: String(Math.round(value)) };
  return typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value.double };
}

function shortened(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}\u2026` : text;
}

const NANOSECONDS_A_MILLISECOND = 1_000_000;

/** A double can not hold the whole of it. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  const rest = Math.floor((ms - whole) * NANOSECONDS_A_MILLISECOND);
  return `${whole}${String(rest).padStart(6, '0')}`;
}
