/** Small vocabularies of this format and the neutral ones: ends, token counts, cache marks, probabilities. */

import { compact } from '../../compact.ts';
import type { TokenLogprob } from '../../ir/part.ts';
import type { CacheMark } from '../../ir/request.ts';
import type { Finish, FinishReason, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import type { WireCacheBreakpoint, WireFinishReason, WireLogprob, WireUsage } from './wire.ts';

/** Words of OpenAI and of those who answer in its format, in lower case. */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['completed', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['model_length', 'context-length'],
  ['model_context_window_exceeded', 'context-length'],
  ['tool_calls', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['safety', 'content-filter'],
  ['recitation', 'content-filter'],
  ['prohibited_content', 'content-filter'],
  ['refusal', 'content-filter'],
  ['pause_turn', 'pause'],
  ['malformed_function_call', 'malformed-tool-call'],
]);

export interface AnswerFacts {
  readonly hasToolCalls: boolean;
  /** The stop sequence that was met, where the upstream says. */
  readonly stopSequence?: string | undefined;
}

/** `raw` undefined: the upstream ended well without a word. */
export function finishFromWire(raw: string | undefined, facts: AnswerFacts): Finish {
  const known = raw === undefined ? 'stop' : (finishReasons.get(raw.toLowerCase()) ?? 'other');
  const normal = known === 'stop' || known === 'stop-sequence';
  if (facts.hasToolCalls && normal) return compact({ reason: 'tool-calls' as const, raw });
  if (known === 'tool-calls' && !facts.hasToolCalls)
    return compact({ reason: 'stop' as const, raw });
  if (normal && facts.stopSequence !== undefined) {
    return compact({ reason: 'stop-sequence' as const, raw, stopSequence: facts.stopSequence });
  }
  return compact({ reason: known, raw });
}

/** vLLM names the stop string in `stop_reason`, SGLang in `matched_stop`; both put token ids there too. */
export function stopSequenceOf(choice: JsonObject): string | undefined {
  const stop = filledIn(choice, 'stop_reason');
  if (stop !== undefined && !finishReasons.has(stop.toLowerCase())) return stop;
  return filledIn(choice, 'matched_stop');
}

const wireFinishReasons: { readonly [reason in FinishReason]: WireFinishReason } = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-length': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  'malformed-tool-call': 'stop',
  other: 'stop',
};

/** The client takes a paused answer for a whole one: nothing here says that there is more to come. */
export function reportPause({ reason }: Finish, report: Report): void {
  if (reason !== 'pause') return;
  report({
    feature: 'pause',
    path: 'choices[].finish_reason',
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: 'the provider paused its answer; here it looks complete',
  });
}

export function finishToWire(reason: FinishReason, hasToolCalls: boolean): WireFinishReason {
  const wire = wireFinishReasons[reason];
  return wire === 'stop' && hasToolCalls ? 'tool_calls' : wire;
}

/** Where compatible upstreams say how much was read from their cache; OpenAI's own place first. */
function cachedTokens(usage: JsonObject): number | undefined {
  const details = objectIn(usage, 'prompt_tokens_details') ?? {};
  return (
    numberIn(details, 'cached_tokens') ??
    numberIn(usage, 'prompt_cache_hit_tokens') ??
    numberIn(usage, 'cached_tokens') ??
    numberIn(usage, 'num_cached_tokens') ??
    numberIn(usage, 'cache_read_input_tokens')
  );
}

function cacheWriteTokens(usage: JsonObject): number | undefined {
  const details = objectIn(usage, 'prompt_tokens_details') ?? {};
  return (
    numberIn(details, 'cache_write_tokens') ??
    numberIn(details, 'cache_creation_tokens') ??
    numberIn(usage, 'cache_creation_input_tokens')
  );
}

/** Undefined when there are no counts in it: some upstreams send the object with nulls on every chunk. */
export function usageFromWire(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const prompt = numberIn(value, 'prompt_tokens');
  const completion = numberIn(value, 'completion_tokens');
  if (prompt === undefined && completion === undefined) return undefined;
  const cacheRead = cachedTokens(value);
  const cacheWrite = cacheWriteTokens(value);
  const generated = objectIn(value, 'completion_tokens_details') ?? {};
  const reasoning = numberIn(generated, 'reasoning_tokens') ?? numberIn(value, 'reasoning_tokens');
  const audioInput = numberIn(objectIn(value, 'prompt_tokens_details') ?? {}, 'audio_tokens');
  const audioOutput = numberIn(generated, 'audio_tokens');
  // Put together instead of `compact`: it is read with every answer, and objects from which
  // properties were deleted are slow to read.
  return {
    fresh: Math.max(0, (prompt ?? 0) - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    text: textTokens(value, { completion: completion ?? 0, reasoning: reasoning ?? 0 }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(audioInput === undefined ? {} : { audioInput }),
    ...(audioOutput === undefined ? {} : { audioOutput }),
  };
}

/** OpenAI counts reasoning among completion tokens; xAI beside them, which only its total shows. */
function textTokens(
  usage: JsonObject,
  counts: { readonly completion: number; readonly reasoning: number },
): number {
  const { completion, reasoning } = counts;
  const total = numberIn(usage, 'total_tokens');
  const beside = (numberIn(usage, 'prompt_tokens') ?? 0) + completion + reasoning;
  if (reasoning > 0 && (total === beside || reasoning > completion)) return completion;
  return Math.max(0, completion - reasoning);
}

export function usageToWire(usage: Usage): WireUsage {
  const prompt = usage.fresh + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const completion = usage.text + (usage.reasoning ?? 0);
  const promptDetails = compact({
    cached_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite,
    audio_tokens: usage.audioInput,
  });
  const completionDetails = compact({
    reasoning_tokens: usage.reasoning,
    audio_tokens: usage.audioOutput,
  });
  return compact({
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: unlessEmpty(promptDetails),
    completion_tokens_details: unlessEmpty(completionDetails),
  });
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

/** OpenAI's breakpoint, or Anthropic's mark as OpenRouter and LiteLLM take it. */
export function cacheMarkFromWire(holder: JsonObject): CacheMark | undefined {
  const own = objectIn(holder, 'prompt_cache_breakpoint');
  const mark = own ?? objectIn(holder, 'cache_control');
  if (mark === undefined) return undefined;
  const ttl = mark['ttl'];
  if (ttl === '12h' || ttl === '1h' || ttl === '24h') return { ttl: 'long' };
  return ttl === '30m' || ttl === '5m' ? { ttl: 'short' } : {};
}

export function cacheMarkToWire(mark: CacheMark | undefined): WireCacheBreakpoint | undefined {
  if (mark === undefined) return undefined;
  return mark.ttl === 'long' ? { mode: 'explicit', ttl: '12h' } : { mode: 'explicit' };
}

export function logprobsFromWire(choice: JsonObject): readonly TokenLogprob[] | undefined {
  const logprobs = objectIn(choice, 'logprobs');
  if (logprobs === undefined) return undefined;
  const tokens = objectsIn(logprobs, 'content');
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
  return logprobs.map(({ token, logprob, bytes, top }) => ({
    token,
    logprob,
    bytes: bytes ?? null,
    top_logprobs: top.map((other) => ({
      token: other.token,
      logprob: other.logprob,
      bytes: other.bytes ?? null,
    })),
  }));
}
