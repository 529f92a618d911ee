/** The neutral form of a request into a body for an upstream of this format. */

import { compact } from '../../compact.ts';
import type { ChatRequest, OutputFormat } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { shortHash } from '../../openai/hash.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeTools } from './encode-tools.ts';

const STOP_SEQUENCES_MAX = 4;
const TOP_LOGPROBS_MAX = 20;
const USER_LENGTH_MAX = 64;

export function encodeRequest(request: ChatRequest, report: Report): JsonObject {
  const { sampling, reasoning } = request;
  reportUnsayable(request, report);
  return compact({
    model: request.model,
    messages: encodeMessages(request, report),
    ...encodeTools(request, report),
    max_completion_tokens: request.outputTokensMax,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    stop: stopSequences(request, report),
    logit_bias: sampling.logitBias,
    n: request.candidates,
    ...logprobs(request, report),
    response_format: request.output === undefined ? undefined : responseFormat(request.output),
    reasoning_effort: reasoning?.mode === 'off' ? 'none' : reasoning?.effort,
    verbosity: request.verbosity,
    safety_identifier: userName(request.user),
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
}

function reportUnsayable({ sampling, reasoning }: ChatRequest, report: Report): void {
  if (sampling.topK !== undefined) {
    report({
      feature: 'top-k',
      path: 'sampling.topK',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
    });
  }
  if (reasoning?.budget !== undefined && reasoning.effort === undefined) {
    report({
      feature: 'reasoning-budget',
      path: 'reasoning.budget',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'Chat Completions knows efforts, not budgets',
    });
  }
}

function stopSequences({ sampling }: ChatRequest, report: Report): readonly string[] | undefined {
  const stop = (sampling.stop ?? []).filter((text) => text !== '');
  if (stop.length > STOP_SEQUENCES_MAX) {
    report({
      feature: 'stop-sequences',
      path: 'sampling.stop',
      action: 'weakened',
      reason: 'limit',
      effect: 'answer',
      detail: `only the first ${STOP_SEQUENCES_MAX} of ${stop.length} are sent`,
    });
  }
  return stop.length === 0 ? undefined : stop.slice(0, STOP_SEQUENCES_MAX);
}

function logprobs(request: ChatRequest, report: Report): JsonObject {
  if (request.logprobs === undefined) return {};
  const { top } = request.logprobs;
  if (top > TOP_LOGPROBS_MAX) {
    report({
      feature: 'top-logprobs',
      path: 'logprobs.top',
      action: 'weakened',
      reason: 'range',
      effect: 'answer',
    });
  }
  if (top === 0) return { logprobs: true };
  return { logprobs: true, top_logprobs: Math.min(top, TOP_LOGPROBS_MAX) };
}

function responseFormat(output: OutputFormat): JsonObject {
  if (output.type === 'json') return { type: 'json_object' };
  const { schema, name, description, strict } = output;
  return {
    type: 'json_schema',
    json_schema: compact({
      name: schemaName(name),
      description,
      schema: isObject(schema) ? schema : {},
      strict,
    }),
  };
}

/** Required here, optional elsewhere, and narrower in its letters. */
function schemaName(name: string | undefined): string {
  const letters = (name ?? '').replace(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64);
  return letters === '' ? 'response' : letters;
}

/** Longer names (Claude Code sends such) are refused; their hash still tells users apart. */
function userName(user: string | undefined): string | undefined {
  if (user === undefined || user.length <= USER_LENGTH_MAX) return user;
  return `user_${shortHash(user)}`;
}
