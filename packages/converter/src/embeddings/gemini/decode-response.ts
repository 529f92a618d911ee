/** An answer of Google's, with one vector or several, into the neutral form. */
import { ConversionError, invalidUpstream } from '../../errors.ts';
import { errorInBody } from '../../formats/gemini/errors.ts';
import { numericOf } from '../../formats/gemini/fields.ts';
import type { Usage } from '../../ir/response.ts';
import { isArray, isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { EmbeddingResponse } from '../neutral.ts';
import { isVector } from '../vector.ts';

export function decodeResponse(body: JsonObject): EmbeddingResponse {
  const error = errorInBody(body);
  if (error !== undefined) throw new ConversionError(error);
  const { embedding, embeddings } = body;
  const list = isArray(embeddings) ? embeddings : isObject(embedding) ? [embedding] : undefined;
  if (list === undefined) throw invalidUpstream('the upstream sent an answer without embeddings');
  return { vectors: list.map(vectorOf), usage: readUsage(body) };
}

function vectorOf(embedding: JsonValue): readonly number[] {
  const values = isObject(embedding) ? embedding['values'] : undefined;
  if (isVector(values)) return values;
  throw invalidUpstream('the upstream sent an embedding that is no vector');
}

/** Nothing is generated: all tokens are the input's. */
export function readUsage({ usageMetadata }: JsonObject): Usage | undefined {
  if (!isObject(usageMetadata)) return undefined;
  const { promptTokenCount, totalTokenCount } = usageMetadata;
  const tokens = numericOf(promptTokenCount) ?? numericOf(totalTokenCount);
  return tokens === undefined ? undefined : { fresh: tokens, text: 0 };
}
