/** An answer of OpenAI's, or of whoever imitates it, into the neutral form. */
import { ConversionError, invalidUpstream } from '../../errors.ts';
import { errorInBody } from '../../formats/openai-chat/errors.ts';
import type { Usage } from '../../ir/response.ts';
import { isArray, type JsonObject } from '../../json.ts';
import { numberIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { floatsOfBase64 } from '../floats.ts';
import type { EmbeddingResponse } from '../neutral.ts';
import { isVector } from '../vector.ts';

export function decodeResponse(body: JsonObject): EmbeddingResponse {
  const failure = errorInBody(body);
  if (failure !== undefined) throw new ConversionError(failure);
  if (!isArray(body['data'])) throw invalidUpstream('the upstream sent an answer without data');
  const ordered = objectsIn(body, 'data').toSorted((one, other) => indexOf(one) - indexOf(other));
  return {
    model: textIn(body, 'model'),
    vectors: ordered.map(vectorOf),
    usage: readUsage(body),
  };
}

/** Where it is missing, as with some imitations, the order stays as it is. */
function indexOf(entry: JsonObject): number {
  return numberIn(entry, 'index') ?? 0;
}

function vectorOf({ embedding }: JsonObject): readonly number[] {
  const values = typeof embedding === 'string' ? floatsOfBase64(embedding) : embedding;
  if (isVector(values)) return values;
  throw invalidUpstream('the upstream sent an embedding that is no vector');
}

/** Nothing is generated: all tokens are the input's. */
export function readUsage(body: JsonObject): Usage | undefined {
  const usage = objectIn(body, 'usage') ?? {};
  const tokens = numberIn(usage, 'prompt_tokens') ?? numberIn(usage, 'total_tokens');
  return tokens === undefined ? undefined : { fresh: tokens, text: 0 };
}
