/** The neutral form into an answer for OpenAI's clients. */
import type { JsonObject } from '../../json.ts';
import type { EmbeddingContext } from '../contract.ts';
import { base64OfFloats } from '../floats.ts';
import type { EmbeddingResponse } from '../neutral.ts';

export function encodeResponse(
  { model, vectors, usage }: EmbeddingResponse,
  context: EmbeddingContext,
): JsonObject {
  const { request, upstreamModel } = context;
  const tokens = usage?.fresh ?? estimated(context);
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: request.encoding === 'base64' ? base64OfFloats(vector) : vector,
    })),
    model: model ?? upstreamModel,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** The format's clients count on a number. */
function estimated({ inputTokens, report }: EmbeddingContext): number {
  const detail = 'the upstream did not count; the number is an estimate';
  const what = { feature: 'usage', path: 'usage', action: 'weakened', reason: 'emulated' } as const;
  report({ ...what, effect: 'hint', detail });
  return inputTokens();
}
