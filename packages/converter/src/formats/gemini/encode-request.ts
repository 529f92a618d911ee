/** Writes a neutral request as a generateContent body. The model and streaming are in the URL. */
import { compact } from '../../compact.ts';
import type { Part } from '../../ir/part.ts';
import type { ChatRequest, Effort, ReasoningRequest } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { at } from '../../read.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeTools } from './encode-tools.ts';
import { encodeTier } from './mappings.ts';

const STOP_SEQUENCES_MAX = 5;

export function encodeRequest(request: ChatRequest, report: Report): JsonObject {
  reportRest(request, report);
  const system = request.system.filter(({ text }) => text !== '').map(({ text }) => ({ text }));
  const tools = encodeTools(request.tools, request.toolChoice, report);
  const config = configOf(request, report);
  const tier = request.serviceTier === undefined ? undefined : encodeTier(request.serviceTier);
  return {
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    contents: encodeContents(request.turns, report),
    ...(tools !== undefined && { tools: tools.tools }),
    ...(tools?.toolConfig !== undefined && { toolConfig: tools.toolConfig }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
    ...(tier !== undefined && { serviceTier: tier }),
  };
}

function configOf(request: ChatRequest, report: Report): JsonObject {
  const { sampling, candidates, logprobs } = request;
  return compact({
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    stopSequences: stopOf(sampling.stop, report),
    maxOutputTokens: request.outputTokensMax,
    candidateCount: candidates,
    responseLogprobs: logprobs === undefined ? undefined : true,
    logprobs: logprobs === undefined || logprobs.top === 0 ? undefined : logprobs.top,
    ...outputOf(request, report),
    thinkingConfig: request.reasoning && thinkingOf(request.reasoning),
  });
}

function stopOf(
  stop: readonly string[] | undefined,
  report: Report,
): readonly string[] | undefined {
  const sequences = (stop ?? []).filter((text) => text !== '');
  if (sequences.length === 0) return undefined;
  if (sequences.length > STOP_SEQUENCES_MAX) {
    report({
      feature: 'stop',
      path: 'sampling.stop',
      action: 'weakened',
      reason: 'limit',
      effect: 'answer',
      detail: `Gemini takes ${STOP_SEQUENCES_MAX} stop sequences; the first ones were kept.`,
    });
  }
  return sequences.slice(0, STOP_SEQUENCES_MAX);
}

function outputOf({ output }: ChatRequest, report: Report): JsonObject {
  if (output === undefined) return {};
  const json = { responseMimeType: 'application/json' };
  if (output.type === 'json' || !isObject(output.schema)) return json;
  if (output.description !== undefined) {
    dropped(report, { feature: 'output-description', path: 'output.description', effect: 'hint' });
  }
  return { ...json, responseJsonSchema: output.schema };
}

const levels: Readonly<Record<Effort, string>> = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'XHIGH',
  max: 'XHIGH',
};

function thinkingOf(reasoning: ReasoningRequest): JsonObject | undefined {
  const { mode, effort, budget, visible } = reasoning;
  if (mode === 'off') return { thinkingBudget: 0 };
  const config = compact({
    thinkingBudget: budget,
    thinkingLevel: budget === undefined && effort !== undefined ? levels[effort] : undefined,
    includeThoughts: visible,
  });
  return Object.keys(config).length === 0 ? undefined : config;
}

/** What the neutral form can say and Gemini cannot. */
function reportRest(request: ChatRequest, report: Report): void {
  const { sampling, verbosity, user, cacheKey, serviceTier } = request;
  const lost = (feature: string, path: string, effect: Loss['effect']): void =>
    dropped(report, { feature, path, effect });
  if (sampling.logitBias !== undefined) lost('logit-bias', 'sampling.logitBias', 'answer');
  if (verbosity !== undefined) lost('verbosity', 'verbosity', 'answer');
  if (user !== undefined) lost('user', 'user', 'hint');
  if (cacheKey !== undefined) lost('cache-key', 'cacheKey', 'hint');
  if (serviceTier === 'fast') lost('service-tier', 'serviceTier', 'hint');
  for (const [index, block] of request.system.entries()) {
    if (block.cache !== undefined) {
      lost('cache-mark', block.path ?? at(at('system', index), 'cache'), 'hint');
    }
  }
  request.turns.forEach((turn, index) => {
    const isMarked = turn.parts.some(isCacheMarked);
    if (turn.name === undefined && !isMarked) return;
    const path = turn.path ?? at('turns', index);
    if (turn.name !== undefined) lost('author-name', at(path, 'name'), 'hint');
    if (isMarked) lost('cache-mark', path, 'hint');
  });
}

function isCacheMarked(part: Part): boolean {
  return 'cache' in part && part.cache !== undefined;
}

function dropped(report: Report, loss: Pick<Loss, 'feature' | 'path' | 'effect'>): void {
  report({ ...loss, action: 'dropped', reason: 'unsupported' });
}
