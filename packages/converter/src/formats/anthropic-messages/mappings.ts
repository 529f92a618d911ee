/** Finish reasons, usage, efforts, tiers and cache marks, in both directions. */
import type { CacheMark, Effort, ServiceTier } from '../../ir/request.ts';
import type { Finish, FinishReason, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { WireCacheControl, WireStop, WireStopReason, WireUsage } from './wire.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['max_tokens', 'length'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_use', 'tool-calls'],
  ['pause_turn', 'pause'],
  ['refusal', 'content-filter'],
  ['model_context_window_exceeded', 'context-length'],
]);

/** `stop` holds stop_reason, stop_sequence and stop_details: a message, or the delta of a stream. */
export function decodeFinish(stop: JsonObject, hasToolCall: boolean): Finish {
  const { stop_reason: raw, stop_sequence: sequence, stop_details: details } = stop;
  const reason = typeof raw === 'string' ? (reasons.get(raw) ?? 'other') : 'stop';
  const isNormalStop = reason === 'stop' || reason === 'tool-calls';
  return {
    reason: hasToolCall && isNormalStop ? 'tool-calls' : reason,
    raw: typeof raw === 'string' ? raw : undefined,
    stopSequence: typeof sequence === 'string' ? sequence : undefined,
    message:
      isObject(details) && typeof details['explanation'] === 'string'
        ? details['explanation']
        : undefined,
  };
}

const words: Readonly<Record<FinishReason, WireStopReason>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-length': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  'malformed-tool-call': 'end_turn',
  other: 'end_turn',
};

export interface Said {
  readonly toolCall: boolean;
  /** The model declined in its own words. */
  readonly refusal: boolean;
}

/** Clients act on `tool_use` and on nothing else when there are calls, and wait forever when there are none. */
export function encodeFinish(finish: Finish | undefined, said: Said): WireStop {
  const { reason = 'stop', stopSequence, message } = finish ?? {};
  const isCut = reason === 'length' || reason === 'context-length';
  const isRefused = reason === 'content-filter' || (said.refusal && !said.toolCall && !isCut);
  if (isRefused) {
    const explanation = reason === 'content-filter' ? (message ?? null) : null;
    return {
      stop_reason: 'refusal',
      stop_sequence: null,
      stop_details: { type: 'refusal', category: null, explanation },
    };
  }
  if (reason === 'stop-sequence' && stopSequence !== undefined && !said.toolCall) {
    return { stop_reason: 'stop_sequence', stop_sequence: stopSequence, stop_details: null };
  }
  return { stop_reason: wordOf(reason, said), stop_sequence: null, stop_details: null };
}

function wordOf(reason: FinishReason, { toolCall }: Said): WireStopReason {
  if (reason === 'length' || reason === 'context-length' || reason === 'pause') {
    return words[reason];
  }
  if (toolCall) return 'tool_use';
  // Without the sequence that was met, or without a call, the word would promise what is not there.
  return reason === 'stop-sequence' || reason === 'tool-calls' ? 'end_turn' : words[reason];
}

/** Counters of a stream are totals: a later one replaces an earlier one, and null leaves it. */
export function mergeUsage(
  known: JsonObject | undefined,
  wire: JsonValue | undefined,
): JsonObject | undefined {
  if (!isObject(wire)) return known;
  const told = Object.entries(wire).filter(([, value]) => value !== null && value !== undefined);
  return { ...known, ...Object.fromEntries(told) };
}

export function decodeUsage(wire: JsonValue | undefined): Usage | undefined {
  if (!isObject(wire)) return undefined;
  if (count(wire['input_tokens']) === undefined && count(wire['output_tokens']) === undefined) {
    return undefined;
  }
  const own = bucketsOf(wire);
  // The totals leave out what a compaction of the conversation on the way has cost.
  const iterations = Array.isArray(wire['iterations']) ? wire['iterations'] : [];
  const compactions = iterations.filter(isObject).filter(({ type }) => type === 'compaction');
  const sum = [own, ...compactions.map(bucketsOf)].reduce(added);
  const details = wire['output_tokens_details'];
  const reasoning = isObject(details) ? count(details['thinking_tokens']) : undefined;
  return {
    fresh: sum.fresh,
    cacheRead: sum.cacheRead,
    cacheWrite: sum.cacheWrite,
    cacheWriteLong: sum.cacheWriteLong,
    text: Math.max(0, sum.output - (reasoning ?? 0)),
    reasoning,
  };
}

interface Buckets {
  readonly fresh: number;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly cacheWriteLong: number | undefined;
  readonly output: number;
}

function bucketsOf(wire: JsonObject): Buckets {
  const creation = isObject(wire['cache_creation']) ? wire['cache_creation'] : {};
  const short = count(creation['ephemeral_5m_input_tokens']);
  const long = count(creation['ephemeral_1h_input_tokens']);
  return {
    fresh: count(wire['input_tokens']) ?? 0,
    cacheRead: count(wire['cache_read_input_tokens']),
    cacheWrite: count(wire['cache_creation_input_tokens']) ?? plus(short, long),
    cacheWriteLong: long,
    output: count(wire['output_tokens']) ?? 0,
  };
}

function added(one: Buckets, other: Buckets): Buckets {
  return {
    fresh: one.fresh + other.fresh,
    cacheRead: plus(one.cacheRead, other.cacheRead),
    cacheWrite: plus(one.cacheWrite, other.cacheWrite),
    cacheWriteLong: plus(one.cacheWriteLong, other.cacheWriteLong),
    output: one.output + other.output,
  };
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

export function encodeUsage(usage: Usage | undefined): WireUsage {
  const {
    fresh = 0,
    cacheRead = 0,
    cacheWrite,
    cacheWriteLong = 0,
    text = 0,
    reasoning,
  } = usage ?? {};
  return {
    input_tokens: fresh,
    cache_creation_input_tokens: cacheWrite ?? 0,
    cache_read_input_tokens: cacheRead,
    cache_creation:
      cacheWrite === undefined
        ? null
        : {
            ephemeral_5m_input_tokens: Math.max(0, cacheWrite - cacheWriteLong),
            ephemeral_1h_input_tokens: cacheWriteLong,
          },
    output_tokens: text + (reasoning ?? 0),
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
    service_tier: null,
    speed: null,
    inference_geo: null,
  };
}

const efforts: ReadonlyMap<unknown, Effort> = new Map(
  (['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const).map((effort) => [effort, effort]),
);

export function decodeEffort(value: unknown): Effort | undefined {
  return efforts.get(value);
}

/** There is nothing below `low`. */
export function encodeEffort(effort: Effort): Exclude<Effort, 'minimal'> {
  return effort === 'minimal' ? 'low' : effort;
}

/** Undefined: as if nothing had been said. */
export function decodeTier(
  tier: string | undefined,
  speed: string | undefined,
): ServiceTier | undefined {
  if (speed === 'fast') return 'fast';
  return tier === 'standard_only' ? 'default' : undefined;
}

export function decodeCacheMark(value: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(value)) return undefined;
  if (value['ttl'] === '1h') return { ttl: 'long' };
  return value['ttl'] === '5m' ? { ttl: 'short' } : {};
}

export function encodeCacheMark({ ttl }: CacheMark): WireCacheControl {
  if (ttl === undefined) return { type: 'ephemeral' };
  return { type: 'ephemeral', ttl: ttl === 'long' ? '1h' : '5m' };
}
