/** A client's request body into the neutral form. */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type { Call } from '../../format.ts';
import type {
  ChatRequest,
  OutputFormat,
  ReasoningRequest,
  Sampling,
  ServiceTier,
} from '../../ir/request.ts';
import { isArray, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, listOf, numberIn, textIn } from '../../openai/lenient.ts';
import {
  missing,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  wrongType,
} from '../../read.ts';
import { type Conversation, decodeItems } from './decode-items.ts';
import { decodeTools } from './decode-tools.ts';
import { drop } from './losses.ts';
import { effortFromWire } from './mappings.ts';
import { refuseChatBody, refuseKeptState, reportOtherFields } from './request-fields.ts';
import { echoOf } from './response-object.ts';

/** What every server of this format insists on. */
export function checkShape(body: JsonObject): void {
  refuseChatBody(body);
  const { input } = body;
  if (typeof input === 'string' || isArray(input)) return;
  if (input !== undefined && input !== null)
    throw wrongType('input', 'a string or an array', input);
  // What the provider keeps can stand for the input.
  const hasOther = ['previous_response_id', 'conversation', 'prompt'].some((key) => body[key]);
  if (!hasOther) throw missing('input', 'a string or an array');
}

export function decodeRequest(body: JsonObject, call: Call, report: Report): ChatRequest {
  refuseChatBody(body);
  refuseKeptState(body);
  const { system, turns, found, update } = decodeItems(body, report);
  const { tools, toolChoice, callForms } = decodeTools(body, found, report);
  const request: ChatRequest = compact({
    model: call.model ?? requiredString(body, 'model', ''),
    stream: call.stream ?? optionalBoolean(body, 'stream', '') ?? false,
    streamUsage: true,
    system,
    turns,
    tools,
    toolChoice,
    output: outputFormat(body, update),
    reasoning: reasoningRequest(body, update, report),
    sampling: sampling(body),
    outputTokensMax: outputTokensMax(body),
    logprobs: logprobs(body),
    verbosity: verbosity(body, report),
    user: optionalString(body, 'safety_identifier', '') ?? optionalString(body, 'user', ''),
    cacheKey: optionalString(body, 'prompt_cache_key', ''),
    serviceTier: serviceTier(body, report),
    clientNotes: compact({
      echo: echoOf(body),
      // The client counts on an answer that is kept, unless it says otherwise.
      store: optionalBoolean(body, 'store', '') ?? true,
      callForms,
    }),
  });
  reportOtherFields(body, report);
  return request;
}

/** Several clients write -1 for "no limit". */
function outputTokensMax(body: JsonObject): number | undefined {
  const key = 'max_output_tokens';
  const value = optionalInteger(body, key, '') ?? -1;
  if (value === 0) throw invalidRequest(key, `${key}: expected at least 1, got 0`);
  return value < 0 ? undefined : value;
}

function logprobs(body: JsonObject): ChatRequest['logprobs'] {
  const top = optionalInteger(body, 'top_logprobs', '') ?? 0;
  const isIncluded = listOf(body['include']).includes('message.output_text.logprobs');
  return isIncluded || top > 0 ? { top } : undefined;
}

/** The last three are taken by servers of many models, though not by OpenAI. */
function sampling(body: JsonObject): Sampling {
  const topK = optionalInteger(body, 'top_k', '') ?? 0;
  return compact({
    temperature: optionalNumber(body, 'temperature', ''),
    topP: optionalNumber(body, 'top_p', ''),
    topK: topK > 0 ? topK : undefined,
    presencePenalty: optionalNumber(body, 'presence_penalty', ''),
    frequencyPenalty: optionalNumber(body, 'frequency_penalty', ''),
  });
}

function outputFormat(body: JsonObject, update: Conversation['update']): OutputFormat | undefined {
  const text = optionalObject(body, 'text', '') ?? {};
  const format = update.format ?? optionalObject(text, 'format', 'text');
  const type = format === undefined ? 'text' : (textIn(format, 'type') ?? 'text');
  if (format === undefined || type === 'text') return undefined;
  if (type === 'json_object') return { type: 'json' };
  const place = 'text.format';
  if (type !== 'json_schema') {
    throw unsupported(`${place}.type`, `${place}.type: "${type}" cannot be carried over`);
  }
  // Chat Completions have the same fields one level deeper.
  const holder = optionalObject(format, 'json_schema', place) ?? format;
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

function reasoningRequest(
  body: JsonObject,
  update: Conversation['update'],
  report: Report,
): ReasoningRequest | undefined {
  const settings = optionalObject(body, 'reasoning', '');
  const word = update.effort ?? filledIn(settings ?? {}, 'effort');
  if (settings !== undefined) reportReasoningSettings(settings, report);
  if (word === undefined && settings === undefined) return undefined;
  const effort = word === undefined ? undefined : effortFromWire(word);
  if (effort === 'off') return { mode: 'off' };
  const visible = isSummaryWanted(settings ?? {});
  if (effort !== undefined) return { mode: 'on', effort, visible };
  if (word !== undefined && word !== 'default' && word !== 'auto') {
    reportUnread({ path: 'reasoning.effort', value: word, report });
  }
  const budget = numberIn(settings ?? {}, 'max_tokens') ?? 0;
  if (budget > 0) return { mode: 'on', budget, visible };
  return visible ? { mode: 'auto', visible } : undefined;
}

/** What is not asked for is not told. */
function isSummaryWanted(settings: JsonObject): boolean {
  const wish = filledIn(settings, 'summary') ?? filledIn(settings, 'generate_summary');
  return wish !== undefined && wish !== 'none';
}

function reportReasoningSettings(settings: JsonObject, report: Report): void {
  const mode = filledIn(settings, 'mode') ?? 'standard';
  if (mode !== 'standard') reportUnread({ path: 'reasoning.mode', value: mode, report });
  if (filledIn(settings, 'context') === undefined) return;
  drop({ path: 'reasoning.context', report }, { feature: 'reasoning-context', effect: 'hint' });
}

const verbosities: ReadonlyMap<string, NonNullable<ChatRequest['verbosity']>> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

function verbosity(body: JsonObject, report: Report): ChatRequest['verbosity'] {
  const text = optionalObject(body, 'text', '') ?? {};
  const word = optionalString(text, 'verbosity', 'text');
  if (word === undefined) return undefined;
  const known = verbosities.get(word);
  if (known === undefined) reportUnread({ path: 'text.verbosity', value: word, report });
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
  const { path, value, report } = word;
  drop(
    { path, report },
    {
      feature: path.replace('text.', '').replaceAll(/[._]/g, '-'),
      effect: path === 'service_tier' ? 'hint' : 'answer',
      detail: `"${value}" is not known`,
    },
  );
}
