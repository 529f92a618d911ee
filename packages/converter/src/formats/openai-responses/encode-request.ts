/**
 * The neutral form of a request into a body for an upstream of this format. Nothing is kept at the
 * provider: what a conversation needs of its past stands in the request.
 */

import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type { ChatRequest, OutputFormat, Sampling } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { shortHash } from '../../openai/hash.ts';
import { encodeInput } from './encode-input.ts';
import { encodeTools } from './encode-tools.ts';
import { effortToWire } from './mappings.ts';

const TOP_LOGPROBS_MAX = 20;
const USER_LENGTH_MAX = 64;

export function encodeRequest(request: ChatRequest, report: Report): JsonObject {
  const { sampling, candidates } = request;
  if (candidates !== undefined && candidates > 1) {
    throw unsupported('candidates', 'candidates: the Responses API gives one answer a request');
  }
  reportUnsayable(request, report);
  return compact({
    model: request.model,
    ...encodeInput(request, report),
    ...encodeTools(request, report),
    max_output_tokens: outputTokensMax(request, report),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: topLogprobs(request, report),
    reasoning: reasoningOf(request),
    text: textOf(request),
    include: includeOf(request),
    store: false,
    safety_identifier: shortened(request.user, 'user'),
    prompt_cache_key: shortened(request.cacheKey, 'cache'),
    service_tier: request.serviceTier,
    stream: request.stream ? true : undefined,
  });
}

const unsayable: readonly (readonly [name: keyof Sampling, feature: string])[] = [
  ['topK', 'top-k'],
  ['presencePenalty', 'presence-penalty'],
  ['frequencyPenalty', 'frequency-penalty'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['logitBias', 'logit-bias'],
];

function reportUnsayable({ sampling, reasoning }: ChatRequest, report: Report): void {
  for (const [name, feature] of unsayable) {
    if (isEmpty(sampling[name])) continue;
    report({
      feature,
      path: `sampling.${name}`,
      action: 'dropped',
      reason: 'unsupported',
      effect: sampling[name] === 0 && name !== 'seed' && name !== 'topK' ? 'hint' : 'answer',
      detail: 'the Responses API has no such parameter',
    });
  }
  if (reasoning?.budget === undefined || reasoning.effort !== undefined) return;
  report({
    feature: 'reasoning-budget',
    path: 'reasoning.budget',
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: 'the Responses API knows efforts, not budgets',
  });
}

function isEmpty(value: Sampling[keyof Sampling]): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** The API refuses less. */
const OUTPUT_TOKENS_MIN = 16;

function outputTokensMax(
  { outputTokensMax: max }: ChatRequest,
  report: Report,
): number | undefined {
  if (max === undefined || max >= OUTPUT_TOKENS_MIN) return max;
  report({
    feature: 'output-tokens',
    path: 'outputTokensMax',
    action: 'weakened',
    reason: 'range',
    effect: 'hint',
    detail: `the least that the Responses API takes is ${OUTPUT_TOKENS_MIN}`,
  });
  return OUTPUT_TOKENS_MIN;
}

function topLogprobs({ logprobs }: ChatRequest, report: Report): number | undefined {
  if (logprobs === undefined || logprobs.top === 0) return undefined;
  if (logprobs.top > TOP_LOGPROBS_MAX) {
    report({
      feature: 'top-logprobs',
      path: 'logprobs.top',
      action: 'weakened',
      reason: 'range',
      effect: 'answer',
    });
  }
  return Math.min(logprobs.top, TOP_LOGPROBS_MAX);
}

/** What was not asked for is not shown: some accounts may not ask for summaries. */
function reasoningOf({ reasoning }: ChatRequest): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const wish = compact({
    effort: effortToWire(reasoning),
    summary: reasoning.visible === true && reasoning.mode !== 'off' ? 'auto' : undefined,
  });
  return Object.keys(wish).length === 0 ? undefined : wish;
}

function textOf({ output, verbosity }: ChatRequest): JsonObject | undefined {
  if (output === undefined && verbosity === undefined) return undefined;
  return compact({ format: output === undefined ? undefined : formatOf(output), verbosity });
}

function formatOf(output: OutputFormat): JsonObject {
  if (output.type === 'json') return { type: 'json_object' };
  const { schema, name, description, strict } = output;
  return compact({
    type: 'json_schema',
    name: schemaName(name),
    description,
    schema: isObject(schema) ? schema : {},
    strict: strict ?? false,
  });
}

/** Required here, optional elsewhere, and narrower in its letters. */
function schemaName(name: string | undefined): string {
  const letters = (name ?? '').replace(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64);
  return letters === '' ? 'response' : letters;
}

/** Models that do not reason refuse to be asked for reasoning. */
function includeOf({ sealedReasoning, logprobs }: ChatRequest): readonly string[] | undefined {
  const include = [
    ...(sealedReasoning === true ? ['reasoning.encrypted_content'] : []),
    ...(logprobs === undefined ? [] : ['message.output_text.logprobs']),
  ];
  return include.length === 0 ? undefined : include;
}

/** Longer names (Claude Code sends such) are refused; their hash still tells users apart. */
function shortened(name: string | undefined, prefix: string): string | undefined {
  if (name === undefined || name.length <= USER_LENGTH_MAX) return name;
  return `${prefix}_${shortHash(name)}`;
}
