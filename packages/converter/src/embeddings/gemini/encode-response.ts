/** The neutral form into an answer for Gemini's clients: one vector or a list, as they asked. */
import type { JsonObject } from '../../json.ts';
import type { EmbeddingContext } from '../contract.ts';
import type { EmbeddingResponse } from '../neutral.ts';

export function encodeResponse(
  { vectors, usage }: EmbeddingResponse,
  { request }: EmbeddingContext,
): JsonObject {
  const embeddings = vectors.map((values) => ({ values }));
  return {
    ...(request.isList ? { embeddings } : { embedding: embeddings[0] }),
    ...(usage !== undefined && { usageMetadata: { promptTokenCount: usage.fresh } }),
  };
}
