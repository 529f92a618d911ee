/** The W3C trace context of a request: `traceparent` and `tracestate`, read strictly and written. */
import type { Headers } from '../model/http.ts';

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 8 bits, of which the lowest says that the trace is recorded. */
  readonly flags: number;
  readonly state: string | undefined;
}

export const SAMPLED = 1;

/** Later versions may have more at the end, behind a dash. */
const parentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** Undefined: there is none, or none that can be relied upon. */
export function traceContextOf(
  header: (name: string) => string | undefined,
): TraceContext | undefined {
  const given = header('traceparent');
  if (given === undefined) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = parentPattern.exec(given) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: stateOf(header) };
}

const STATE_LENGTH_MAX = 512;
const MEMBERS_MAX = 32;
/** What a key of the gateway's own begins with: one that is sent by mistake must not go to an upstream. */
const KEY = 'dgm_';
const member =
  /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

function stateOf(header: (name: string) => string | undefined): string | undefined {
  const state = header('tracestate');
  if (state === undefined || state.length > STATE_LENGTH_MAX) return undefined;
  if (state.includes(KEY)) return undefined;
  const members = state
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (members.length === 0 || members.length > MEMBERS_MAX) return undefined;
  return members.every((text) => member.test(text)) ? state : undefined;
}

export function traceContextHeaders({ traceId, spanId, flags, state }: TraceContext): Headers {
  const traceparent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}
