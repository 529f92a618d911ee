/** Small vocabularies of this format and the neutral ones: ends, token counts, efforts, cache marks. */

import { compact } from '../../compact.ts';
import type { CacheMark, TokenLogprob } from '../../ir/part.ts';
import type { Effort, ReasoningRequest } from '../../ir/request.ts';
import type { Finish, FinishReason, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import type { WireCacheBreakpoint, WireLogprob, WireStatus, WireUsage } from './wire.ts';

const incompleteReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['max_output_tokens', 'length'],
  ['max_tokens', 'length'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
]);

/** Of an answer that ended by itself or was cut short; what failed is an error, and not asked here. */
export function finishFromWire(response: JsonObject, hasToolCalls: boolean): Finish {
  const status = filledIn(response, 'status');
  if (status === 'incomplete') {
    const raw = filledIn(objectIn(response, 'incomplete_details') ?? {}, 'reason');
    return { reason: incompleteReasons.get(raw ?? '') ?? 'other', raw: raw ?? status };
  }
  return compact({
    reason: hasToolCalls ? ('tool-calls' as const) : ('stop' as const),
    raw: status,
  });
}

const wireReasons: { readonly [reason in FinishReason]: string | undefined } = {
  stop: undefined,
  'stop-sequence': undefined,
  length: 'max_output_tokens',
  'context-length': 'max_output_tokens',
  'tool-calls': undefined,
  'content-filter': 'content_filter',
  pause: undefined,
  'malformed-tool-call': undefined,
  other: undefined,
};

export function finishToWire(reason: FinishReason): WireStatus {
  const wire = wireReasons[reason];
  if (wire === undefined) return { status: 'completed', incomplete_details: null };
  return { status: 'incomplete', incomplete_details: { reason: wire } };
}

/** Undefined when there are no counts in it: an answer that only begins has null for usage. */
export function usageFromWire(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = numberIn(value, 'input_tokens');
  const output = numberIn(value, 'output_tokens');
  if (input === undefined && output === undefined) return undefined;
  const details = objectIn(value, 'input_tokens_details') ?? {};
  const cacheRead = numberIn(details, 'cached_tokens');
  const cacheWrite = numberIn(details, 'cache_write_tokens');
  const writes = objectIn(details, 'cache_write_tokens_details') ?? {};
  const cacheWriteLong = numberIn(writes, 'ttl_12h_tokens');
  const generated = objectIn(value, 'output_tokens_details') ?? {};
  const reasoning = numberIn(generated, 'reasoning_tokens');
  return {
    fresh: Math.max(0, (input ?? 0) - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(cacheWriteLong === undefined ? {} : { cacheWriteLong }),
    text: Math.max(0, (output ?? 0) - (reasoning ?? 0)),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** Clients fail on counts that are missing, so that all are there. */
export function usageToWire(usage: Usage): WireUsage {
  const input = usage.fresh + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const output = usage.text + (usage.reasoning ?? 0);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: input + output,
  };
}

const efforts: ReadonlyMap<string, Effort> = new Map([
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'max'],
]);

/** `off` for "none"; undefined for what nobody knows. */
export function effortFromWire(word: string): Effort | 'off' | undefined {
  return word === 'none' ? 'off' : efforts.get(word);
}

export function effortToWire({ mode, effort }: ReasoningRequest): string | undefined {
  return mode === 'off' ? 'none' : effort;
}

export function cacheMarkFromWire(holder: JsonObject): CacheMark | undefined {
  const mark = objectIn(holder, 'prompt_cache_breakpoint');
  if (mark === undefined) return undefined;
  const ttl = mark['ttl'];
  if (ttl === '12h') return { ttl: 'long' };
  return ttl === '30m' ? { ttl: 'short' } : {};
}

export function cacheMarkToWire(mark: CacheMark | undefined): WireCacheBreakpoint | undefined {
  if (mark === undefined) return undefined;
  return mark.ttl === 'long' ? { mode: 'explicit', ttl: '12h' } : { mode: 'explicit' };
}

/** `holder`: a part of a message, or an event that goes on with one. */
export function logprobsFromWire(holder: JsonObject): readonly TokenLogprob[] | undefined {
  const tokens = objectsIn(holder, 'logprobs');
  if (tokens.length === 0) return undefined;
  return tokens.map((token) => ({
    ...tokenLogprob(token),
    top: objectsIn(token, 'top_logprobs').map(tokenLogprob),
  }));
}

function tokenLogprob(token: JsonObject): Omit<TokenLogprob, 'top'> {
  const bytes = listOf(token['bytes']).filter((byte) => typeof byte === 'number');
  return compact({
    token: filledIn(token, 'token') ?? '',
    logprob: numberIn(token, 'logprob') ?? 0,
    bytes: bytes.length > 0 ? bytes : undefined,
  });
}

export function logprobsToWire(logprobs: readonly TokenLogprob[]): readonly WireLogprob[] {
  return logprobs.map(({ top, ...token }) => ({
    ...logprobToWire(token),
    top_logprobs: top.map(logprobToWire),
  }));
}

function logprobToWire(logprob: Omit<TokenLogprob, 'top'>): Omit<WireLogprob, 'top_logprobs'> {
  return { token: logprob.token, logprob: logprob.logprob, bytes: logprob.bytes ?? [] };
}
