/** Fields of a request that have no home in the neutral form: what is said of each when it goes. */
import { unsupported } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { listOf } from '../../openai/lenient.ts';

/** Read elsewhere, or about transport alone. */
const readFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'seed',
  'random_seed',
  'logprobs',
  'top_logprobs',
  'n',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'include_reasoning',
  'verbosity',
  'modalities',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'web_search_options',
]);

type Known = Pick<Loss, 'feature' | 'effect'> & { readonly detail?: string };

const knownFields: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['store', { feature: 'store', effect: 'hint', detail: 'answers are not kept for retrieval' }],
  ['metadata', { feature: 'metadata', effect: 'hint' }],
  ['prediction', { feature: 'prediction', effect: 'hint' }],
  ['audio', { feature: 'audio-output', effect: 'hint', detail: 'no audio output was asked for' }],
  ['moderation', { feature: 'moderation', effect: 'answer' }],
  ['prompt_cache_options', { feature: 'prompt-cache-options', effect: 'hint' }],
  ['prompt_cache_retention', { feature: 'prompt-cache-retention', effect: 'hint' }],
  ['cache_control', { feature: 'cache-control', effect: 'hint' }],
  ['min_p', { feature: 'min-p', effect: 'answer' }],
  ['top_a', { feature: 'top-a', effect: 'answer' }],
  ['repetition_penalty', { feature: 'repetition-penalty', effect: 'answer' }],
  ['usage', { feature: 'usage-option', effect: 'hint' }],
  ['provider', { feature: 'provider-preferences', effect: 'hint' }],
  ['models', { feature: 'fallback-models', effect: 'hint' }],
  ['route', { feature: 'fallback-models', effect: 'hint' }],
  ['transforms', { feature: 'transforms', effect: 'hint' }],
  ['trace', { feature: 'trace', effect: 'hint' }],
  ['session_id', { feature: 'session-id', effect: 'hint' }],
  ['reasoning_format', { feature: 'reasoning-format', effect: 'hint' }],
]);

export function reportOtherFields(body: JsonObject, report: Report): void {
  for (const key of Object.keys(body)) {
    const value = body[key];
    if (readFields.has(key) || value === null || value === undefined) continue;
    // What asks for nothing is not lost.
    if (value === false && key === 'store') continue;
    const known = knownFields.get(key);
    report({
      feature: known?.feature ?? 'unknown-field',
      path: key,
      action: 'dropped',
      reason: known === undefined ? 'unknown' : 'unsupported',
      effect: known?.effect ?? 'answer',
      ...(known?.detail === undefined ? {} : { detail: known.detail }),
    });
  }
}

/** Words are what every provider answers in; sound and pictures were asked for in vain. */
export function refuseOtherModalities(body: JsonObject): void {
  const other = listOf(body['modalities']).find((modality) => modality !== 'text');
  if (typeof other !== 'string') return;
  throw unsupported('modalities', `modalities: output of "${other}" cannot be carried over`);
}
