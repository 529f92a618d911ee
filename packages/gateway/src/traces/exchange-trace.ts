/** What is noted of one exchange while it runs, if its trace is recorded: ids and times, nothing that was said. */
import { nowMs, unixMs } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import {
  SAMPLED,
  type TraceContext,
  traceContextHeaders,
  traceContextOf,
} from '../lib/trace-context.ts';
import type { Target } from '../model/channel.ts';
import type { ExchangeRecord } from '../model/exchange.ts';
import type { RawRequest } from '../model/http.ts';
import type { SamplerSettings } from '../model/trace-settings.ts';
import type { AttemptTrace, Trace } from '../model/traces.ts';
import { routeOf } from './route.ts';
import { isSampled } from './sampler.ts';

/** Times are of the monotonic clock. */
export interface TracedAttempt {
  readonly spanId: string;
  readonly target: Target;
  readonly formatId: string;
  readonly startMs: number;
  /** Undefined: it ends with the exchange. */
  endMs: number | undefined;
  failure: string | undefined;
}

export interface TracedExchange {
  readonly context: TraceContext;
  readonly parentId: string | undefined;
  readonly route: string | undefined;
  readonly startMs: number;
  endMs: number;
  /** From the monotonic clock to milliseconds since 1970, as it was when the exchange began. */
  readonly toUnixMs: number;
  readonly attempts: TracedAttempt[];
}

interface Options {
  readonly sampler: SamplerSettings;
  readonly newId: NewId;
  /** Undefined: as far as the path tells. */
  readonly route: string | undefined;
  /** Called for what is recorded, once all is known of it. */
  settled(exchange: TracedExchange, record: ExchangeRecord): void;
}

const SPAN_ID_DIGITS = 16;

export function beginTrace(raw: RawRequest, options: Options): Trace {
  const { sampler, newId, route = routeOf(raw.path), settled } = options;
  const parent = traceContextOf(raw.header);
  const traceId = parent?.traceId ?? newId('');
  const isRecorded = isSampled(sampler, traceId, parent);
  const newSpanId = (): string => newId('').slice(0, SPAN_ID_DIGITS);
  const context = {
    traceId,
    spanId: newSpanId(),
    flags: ((parent?.flags ?? 0) & ~SAMPLED) | (isRecorded ? SAMPLED : 0),
    state: parent?.state,
  };
  const startMs = nowMs();
  const exchange: TracedExchange = {
    context,
    parentId: parent?.spanId,
    route,
    startMs,
    endMs: startMs,
    toUnixMs: unixMs() - startMs,
    attempts: [],
  };

  return {
    traceId,
    attempt: () => tracedAttempt(exchange, newSpanId()),
    ended() {
      exchange.endMs = nowMs();
    },
    settled(record) {
      if (isRecorded) settled(exchange, record);
    },
  };
}

function tracedAttempt({ context, attempts }: TracedExchange, spanId: string): AttemptTrace {
  let noted: TracedAttempt | undefined;
  return {
    headers: traceContextHeaders({ ...context, spanId }),
    sent(target, formatId) {
      noted = { spanId, target, formatId, startMs: nowMs(), endMs: undefined, failure: undefined };
      attempts.push(noted);
    },
    failed(result) {
      if (noted === undefined) return;
      noted.endMs = nowMs();
      noted.failure = result;
    },
  };
}
