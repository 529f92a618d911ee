/** A client's request body into the neutral form. */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type { Call } from '../../format.ts';
import type {
  ChatRequest,
  Effort,
  OutputFormat,
  ReasoningRequest,
  Sampling,
  ServiceTier,
} from '../../ir/request.ts';
import type { JsonArray, JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, numberIn, objectIn, textIn } from '../../openai/lenient.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredArray,
  requiredString,
  stringsOf,
  wrongType,
} from '../../read.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeTools } from './decode-tools.ts';
import { refuseOtherModalities, reportOtherFields } from './request-fields.ts';

/** What every server of this format insists on. */
export function checkShape(body: JsonObject): void {
  refuseResponsesBody(body);
  const messages = requiredArray(body, 'messages', '');
  if (messages.length === 0) throw invalidRequest('messages', 'messages: expected at least one');
}

export function decodeRequest(body: JsonObject, call: Call, report: Report): ChatRequest {
  refuseResponsesBody(body);
  refuseOtherModalities(body);
  const { tools, toolChoice, isLegacy } = decodeTools(body, report);
  const options = optionalObject(body, 'stream_options', '') ?? {};
  const request: ChatRequest = {
    model: call.model ?? requiredString(body, 'model', ''),
    stream: call.stream ?? optionalBoolean(body, 'stream', '') ?? false,
    streamUsage: options['include_usage'] === true,
    ...decodeMessages(requiredArray(body, 'messages', ''), report),
    tools,
    toolChoice,
    output: outputFormat(body),
    reasoning: reasoningRequest(body, report),
    sampling: sampling(body),
    outputTokensMax: outputTokensMax(body),
    candidates: candidates(body),
    logprobs: logprobs(body),
    verbosity: verbosity(body, report),
    user: optionalString(body, 'safety_identifier', '') ?? optionalString(body, 'user', ''),
    cacheKey: optionalString(body, 'prompt_cache_key', ''),
    serviceTier: serviceTier(body, report),
    clientNotes: isLegacy ? { legacyFunctions: true } : undefined,
  };
  reportOtherFields(body, report);
  return request;
}

function refuseResponsesBody(body: JsonObject): void {
  if (body['messages'] !== undefined || body['input'] === undefined) return;
  throw invalidRequest(
    'input',
    'this body is a request of the Responses API (it has "input" and no "messages"), which is not' +
      ' served on this path; set the client to Chat Completions',
  );
}

const outputTokensKeys = ['max_completion_tokens', 'max_tokens'];

/** Several clients write -1 for "no limit". */
function outputTokensMax(body: JsonObject): number | undefined {
  const key = outputTokensKeys.find((name) => (optionalInteger(body, name, '') ?? -1) >= 0);
  if (key === undefined) return undefined;
  const value = optionalInteger(body, key, '');
  if (value === 0) throw invalidRequest(key, `${key}: expected at least 1, got 0`);
  return value;
}

function candidates(body: JsonObject): number | undefined {
  const value = optionalInteger(body, 'n', '');
  if (value === undefined || value === 1) return undefined;
  if (value < 1) throw invalidRequest('n', `n: expected at least 1, got ${value}`);
  return value;
}

function logprobs(body: JsonObject): ChatRequest['logprobs'] {
  const top = optionalInteger(body, 'top_logprobs', '');
  const wanted = body['logprobs'];
  // Before it was a switch it was the number of alternatives, which some servers keep.
  if (typeof wanted === 'number') return { top: top ?? wanted };
  if (optionalBoolean(body, 'logprobs', '') === true) return { top: top ?? 0 };
  return undefined;
}

function sampling(body: JsonObject): Sampling {
  const topK = optionalInteger(body, 'top_k', '') ?? 0;
  return {
    temperature: optionalNumber(body, 'temperature', ''),
    topP: optionalNumber(body, 'top_p', ''),
    topK: topK > 0 ? topK : undefined,
    presencePenalty: optionalNumber(body, 'presence_penalty', ''),
    frequencyPenalty: optionalNumber(body, 'frequency_penalty', ''),
    seed: optionalInteger(body, 'seed', '') ?? optionalInteger(body, 'random_seed', ''),
    stop: stopSequences(body),
    logitBias: logitBias(body),
  };
}

function stopSequences(body: JsonObject): readonly string[] | undefined {
  const stop = body['stop'];
  if (stop === undefined || stop === null) return undefined;
  if (typeof stop === 'string') return [stop];
  if (!Array.isArray(stop)) throw wrongType('stop', 'a string or an array', stop);
  const list: JsonArray = stop;
  return list.length === 0 ? undefined : stringsOf(list, 'stop');
}

function logitBias(body: JsonObject): Sampling['logitBias'] {
  const bias = optionalObject(body, 'logit_bias', '');
  if (bias === undefined) return undefined;
  const entries = Object.keys(bias).flatMap((token) => {
    const value = optionalNumber(bias, token, 'logit_bias');
    return value === undefined ? [] : [[token, value] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function outputFormat(body: JsonObject): OutputFormat | undefined {
  const format = optionalObject(body, 'response_format', '');
  if (format === undefined) return undefined;
  const type = textIn(format, 'type') ?? 'text';
  if (type === 'text') return undefined;
  if (type === 'json_schema') {
    return schemaFormat(optionalObject(format, 'json_schema', 'response_format') ?? format);
  }
  // Together, Fireworks and llama.cpp take a schema beside `json_object`.
  if (type === 'json_object') return schemaFormat(format);
  const place = 'response_format.type';
  throw unsupported(place, `${place}: "${type}" cannot be carried over`);
}

function schemaFormat(holder: JsonObject): OutputFormat {
  const place = 'response_format.json_schema';
  const schema = optionalObject(holder, 'schema', place);
  if (schema === undefined) return { type: 'json' };
  return compact({
    type: 'schema' as const,
    schema,
    name: optionalString(holder, 'name', place),
    description: optionalString(holder, 'description', place),
    strict: optionalBoolean(holder, 'strict', place),
  });
}

const efforts: ReadonlyMap<string, Effort> = new Map([
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'max'],
]);

/** OpenAI's effort first; then what OpenRouter, DeepSeek and Qwen made of the subject. */
function reasoningRequest(body: JsonObject, report: Report): ReasoningRequest | undefined {
  const effort = optionalString(body, 'reasoning_effort', '');
  const settings = objectIn(body, 'reasoning') ?? {};
  const thinking = objectIn(body, 'thinking') ?? {};
  const word = effort ?? filledIn(settings, 'effort');
  const visible = visibility(body, settings);
  if (word === 'none') return { mode: 'off' };
  const known = efforts.get(word ?? '');
  if (known !== undefined) return compact({ mode: 'on' as const, effort: known, visible });
  if (word !== undefined && word !== 'default' && word !== 'auto') {
    reportUnread({ path: 'reasoning_effort', value: word, report });
  }
  const budget =
    numberIn(settings, 'max_tokens') ??
    numberIn(thinking, 'budget_tokens') ??
    numberIn(body, 'thinking_budget');
  const mode = thinkingMode(body, { settings, thinking });
  if (mode === 'off' || budget === 0) return { mode: 'off' };
  if (budget !== undefined && budget > 0) return compact({ mode: 'on' as const, budget, visible });
  if (mode === undefined && visible === undefined) return undefined;
  return compact({ mode: mode ?? ('auto' as const), visible });
}

function visibility(body: JsonObject, settings: JsonObject): boolean | undefined {
  if (typeof settings['exclude'] === 'boolean') return !settings['exclude'];
  const include = body['include_reasoning'];
  return typeof include === 'boolean' ? include : undefined;
}

function thinkingMode(
  body: JsonObject,
  extras: { readonly settings: JsonObject; readonly thinking: JsonObject },
): ReasoningRequest['mode'] | undefined {
  const enabled = extras.settings['enabled'] ?? body['enable_thinking'];
  if (typeof enabled === 'boolean') return enabled ? 'on' : 'off';
  const type = textIn(extras.thinking, 'type');
  if (type === undefined) return undefined;
  if (type === 'disabled') return 'off';
  return type === 'enabled' ? 'on' : 'auto';
}

const verbosities: ReadonlyMap<string, NonNullable<ChatRequest['verbosity']>> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

function verbosity(body: JsonObject, report: Report): ChatRequest['verbosity'] {
  const word = optionalString(body, 'verbosity', '');
  if (word === undefined) return undefined;
  const known = verbosities.get(word);
  if (known === undefined) reportUnread({ path: 'verbosity', value: word, report });
  return known;
}

const tiers: ReadonlyMap<string, ServiceTier> = new Map([
  ['auto', 'auto'],
  ['default', 'default'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'fast'],
]);

function serviceTier(body: JsonObject, report: Report): ServiceTier | undefined {
  const word = optionalString(body, 'service_tier', '');
  if (word === undefined) return undefined;
  const known = tiers.get(word);
  if (known === undefined) reportUnread({ path: 'service_tier', value: word, report });
  return known;
}

function reportUnread(word: {
  readonly path: string;
  readonly value: string;
  readonly report: Report;
}): void {
  word.report({
    feature: word.path.replaceAll('_', '-'),
    path: word.path,
    action: 'dropped',
    reason: 'unsupported',
    effect: word.path === 'service_tier' ? 'hint' : 'answer',
    detail: `"${word.value}" is not known`,
  });
}
