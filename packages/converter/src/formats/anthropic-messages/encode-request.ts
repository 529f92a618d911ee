/** Writes a neutral request as a body of the Messages API. */
import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type { ChatRequest, OutputFormat, ReasoningRequest } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { planCache } from './cache.ts';
import { encodeMessages, type Scope } from './encode-content.ts';
import { encodeTools } from './encode-tools.ts';
import { drop } from './losses.ts';
import { encodeEffort } from './mappings.ts';

/** The provider wants a bound; every model can do this much. */
const OUTPUT_TOKENS_DEFAULT = 4096;

export function encodeRequest(request: ChatRequest, report: Report): JsonObject {
  if (request.candidates !== undefined && request.candidates > 1) {
    throw unsupported('candidates', 'the Messages API gives one answer; ask several times instead');
  }
  reportRest(request, report);
  const scope = { report, markBlock: planCache(request, report) };
  const { sampling, reasoning, user, serviceTier } = request;
  const { tools, choice } = encodeTools(request, scope);
  return compact({
    model: request.model,
    max_tokens: request.outputTokensMax ?? OUTPUT_TOKENS_DEFAULT,
    stream: request.stream || undefined,
    system: unlessEmpty(encodeSystem(request, scope)),
    messages: encodeMessages(request, scope),
    tools: unlessEmpty(tools),
    tool_choice: choice,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    stop_sequences: unlessEmpty((sampling.stop ?? []).filter((text) => text.trim() !== '')),
    thinking: reasoning && encodeThinking(reasoning),
    output_config: outputConfig(request),
    metadata: user === undefined ? undefined : { user_id: user },
    service_tier: serviceTier === 'default' ? 'standard_only' : undefined,
    speed: serviceTier === 'fast' ? serviceTier : undefined,
  });
}

function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

const jsonInstruction = 'Respond with one JSON object only.';

/** One block a source message: joining them would lose where the cache marks stand. */
function encodeSystem(
  { system, output }: ChatRequest,
  { report, markBlock }: Scope,
): readonly JsonObject[] {
  const blocks = system
    .filter(({ text }) => text.trim() !== '')
    .map((block) => markBlock({ type: 'text', text: block.text }, block));
  if (output?.type !== 'json') return blocks;
  drop(
    { path: 'output', report },
    { feature: 'json-output', action: 'weakened', reason: 'emulated', effect: 'answer' },
  );
  return [...blocks, { type: 'text', text: jsonInstruction }];
}

function outputConfig({ reasoning, output }: ChatRequest): JsonObject | undefined {
  const effort = reasoning?.effort;
  const format = output && encodeFormat(output);
  if (effort === undefined && format === undefined) return undefined;
  return {
    ...(effort !== undefined && { effort: encodeEffort(effort) }),
    ...(format !== undefined && { format }),
  };
}

function encodeFormat(output: OutputFormat): JsonObject | undefined {
  if (output.type === 'json' || !isObject(output.schema)) return undefined;
  return { type: 'json_schema', schema: output.schema };
}

function encodeThinking({ mode, budget, visible }: ReasoningRequest): JsonObject | undefined {
  if (mode === 'off') return { type: 'disabled' };
  if (mode === 'auto' && budget === undefined && visible === false) return undefined;
  const display = visible !== undefined && { display: visible ? 'summarized' : 'omitted' };
  if (budget !== undefined) return { type: 'enabled', budget_tokens: budget, ...display };
  return { type: 'adaptive', ...display };
}

/** What the neutral form can say and this format cannot. */
function reportRest(request: ChatRequest, report: Report): void {
  const { sampling, output, serviceTier } = request;
  const lost = (feature: string, path: string, effect: Loss['effect']): void =>
    drop({ path, report }, { feature, effect });
  if (sampling.seed !== undefined) lost('seed', 'sampling.seed', 'answer');
  if (sampling.presencePenalty !== undefined) {
    lost('presence-penalty', 'sampling.presencePenalty', 'answer');
  }
  if (sampling.frequencyPenalty !== undefined) {
    lost('frequency-penalty', 'sampling.frequencyPenalty', 'answer');
  }
  if (sampling.logitBias !== undefined) lost('logit-bias', 'sampling.logitBias', 'answer');
  if (sampling.stop?.some((text) => text.trim() === '')) lost('stop', 'sampling.stop', 'answer');
  if (request.logprobs !== undefined) lost('logprobs', 'logprobs', 'answer');
  if (request.verbosity !== undefined) lost('verbosity', 'verbosity', 'answer');
  if (request.cacheKey !== undefined) lost('cache-key', 'cacheKey', 'hint');
  if (serviceTier === 'flex' || serviceTier === 'priority') {
    lost('service-tier', 'serviceTier', 'hint');
  }
  if (output?.type === 'schema' && output.description !== undefined) {
    lost('output-description', 'output.description', 'hint');
  }
}
