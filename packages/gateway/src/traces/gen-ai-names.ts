/** Every `gen_ai.*` name of spans, by v0.1.0 of semantic-conventions-genai: all in development still. */
import type { ProviderId } from '../model/settings.ts';

export const genAi = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
} as const;

type Operation = 'chat' | 'embeddings' | 'text_completion';

const generation = /\/(?:chat\/completions|messages|responses)$|:(?:g|streamG)enerateContent$/;

/** `route`: what was asked for. Undefined: something that the conventions have no name for. */
export function operationOf(route: string | undefined): Operation | undefined {
  if (route === undefined || generation.test(route)) return 'chat';
  if (/embed/i.test(route)) return 'embeddings';
  return route === '/v1/completions' ? 'text_completion' : undefined;
}

/** The conventions' words for providers; who only imitates an API has none. */
export const providerNames: { readonly [id in ProviderId]: string } = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gcp.gemini',
  'openai-compatible': 'openai-compatible',
  'azure-openai': 'azure.ai.openai',
};
