/** The scripted provider's lists of models and counts of tokens, in each dialect. */
import type { IncomingMessage } from 'node:http';

/** What every request has. */
const countedTokens = 42;

export function countOf(path: string): object | undefined {
  if (path.endsWith(':countTokens')) return { totalTokens: countedTokens };
  if (path.endsWith('/messages/count_tokens')) return { input_tokens: countedTokens };
  if (!path.endsWith('/responses/input_tokens')) return undefined;
  return { object: 'response.input_tokens', input_tokens: countedTokens };
}

/** Which dialect is meant, path and headers tell, as with the vendors. */
export function listOfModels(
  { headers }: IncomingMessage,
  path: string,
  models: readonly string[],
): object {
  if (path.includes('/v1beta/') || headers['x-goog-api-key'] !== undefined) {
    return { models: models.map(geminiModel) };
  }
  if (headers['anthropic-version'] === undefined) {
    return { object: 'list', data: models.map(openaiModel) };
  }
  const ends = { first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
  return { data: models.map(anthropicModel), has_more: false, ...ends };
}

function openaiModel(id: string): object {
  return { id, object: 'model', created: 1_700_000_000, owned_by: 'conformance' };
}

function anthropicModel(id: string): object {
  return { id, type: 'model', display_name: id, created_at: '2026-01-01T00:00:00Z' };
}

function geminiModel(id: string): object {
  return {
    name: `models/${id}`,
    displayName: id,
    inputTokenLimit: 1_000_000,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  };
}
